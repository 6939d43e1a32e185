import { forAll, functionOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const say = (value: unknown): string => JSON.stringify(value);
async function same(exports: Exports, name: string, args: readonly unknown[], wanted: unknown, about: string):
  Promise<unknown> {
  const found: unknown = await functionOf(exports, name)(...(structuredClone(args) as unknown[]));
  if (say(found) !== say(wanted)) {
    throw new Wrong(`${name} of ${about} gives ${say(found) ?? "nothing"}; it should be ${say(wanted)}.`);
  }
  return found;
}
const letters = (text: string): string[][] => text.split(" ").map((word) => [...word]);

export const checks: readonly Check[] = [
  {
    name: "The most frequent pair of neighbours.",
    async run(exports) {
      const mostFrequent = functionOf(exports, "mostFrequent"), across = letters("xa by za bw");
      if (say(await mostFrequent(letters("ab ba cab"))) === say(["b", "a"])) {
        throw new Wrong("In ab, ba, cab the pair a, b occurs twice and b, a once.");
      }
      const found = await mostFrequent(structuredClone(across));
      if (say(found) === say(["a", "b"])) {
        throw new Wrong("You counted a, b in “xa by”, across the end of a word. Only neighbours inside a word are a " +
          "pair.");
      }
      const tied = await mostFrequent(letters("cd cd ab ab"));
      if (say(tied) === say(["a", "b"])) {
        throw new Wrong("In cd, cd, ab, ab both pairs occur twice; the one that is met first, c and d, wins.");
      }
      await same(exports, "mostFrequent", [letters("ab ba cab")], ["a", "b"], "ab, ba, cab");
      await same(exports, "mostFrequent", [letters("cd cd ab ab")], ["c", "d"], "cd, cd, ab, ab");
      await same(exports, "mostFrequent", [letters("a b c")], null, "three words of one letter");
    },
  },
  {
    name: "A pair is joined wherever it stands.",
    async run(exports) {
      const merge = functionOf(exports, "merge"), given = ["a", "b", "c", "a", "b"];
      const found = await merge(given, ["a", "b"]);
      if (given.length !== 5) throw new Wrong("merge changed the list it was given; return a new one.");
      if (say(found) === say(["ab", "c", "a", "b"])) {
        throw new Wrong("Only the first occurrence was joined; a word may hold the pair more than once.");
      }
      const triple = await merge(["a", "a", "a"], ["a", "a"]);
      if (say(triple) === say(["aa", "aa"])) {
        throw new Wrong("In a, a, a the middle token was used twice. Once joined, a token is used up: aa, a.");
      }
      await same(exports, "merge", [["a", "b", "c", "a", "b"], ["a", "b"]], ["ab", "c", "ab"], "a b c a b");
      await same(exports, "merge", [["a", "a", "a"], ["a", "a"]], ["aa", "a"], "a a a");
      await same(exports, "merge", [["th", "e", "r", "e"], ["th", "e"]], ["the", "r", "e"], "th e r e");
      await same(exports, "merge", [["x"], ["x", "y"]], ["x"], "a word of one token");
    },
  },
  {
    name: "Merges are learned one on top of the other.",
    async run(exports) {
      const text = letters("low low lower newest newest newest widest");
      const found = await functionOf(exports, "learn")(structuredClone(text), 4), wanted = reference.learn(text, 4);
      if (Array.isArray(found) && found.length === 4 && found.every((pair) => say(pair) === say(wanted[0]))) {
        throw new Wrong("The same pair was learned four times: join it in all words before you count again.");
      }
      await same(exports, "learn", [text, 4], wanted, "low low lower newest newest newest widest, four merges");
      const once = await functionOf(exports, "learn")(letters("ab cd"), 3);
      if (Array.isArray(once) && once.length > 0) {
        throw new Wrong("In ab, cd no pair occurs twice, and you learned one all the same.");
      }
      await same(exports, "learn", [letters("ab cd"), 3], [], "ab, cd");
    },
  },
  {
    name: "A new word is cut by the merges in their order.",
    async run(exports) {
      const merges = [["e", "s"], ["es", "t"], ["l", "o"], ["lo", "w"]];
      const found = await functionOf(exports, "encode")("lowest", structuredClone(merges));
      if (say(found) === say(["low", "e", "s", "t"]) || say(found) === say(["lo", "w", "e", "s", "t"])
        || say(found) === say(["lo", "w", "es", "t"])) {
        throw new Wrong(`encode gives ${say(found)} for lowest: a merge was not applied, or before those it stands ` +
          `on. ` +
          "Start from letters and apply every merge once, in the order in which they were learned.");
      }
      await same(exports, "encode", ["lowest", merges], ["low", "est"], "lowest");
      await same(exports, "encode", ["abc", [["b", "c"], ["a", "b"]]], ["a", "bc"], "abc with the merges b+c, a+b");
      await same(exports, "encode", ["zoo", merges], ["z", "o", "o"], "zoo, which holds no pair");
    },
  },
  {
    name: "Whatever the text: joined again, the tokens are the word.",
    async run(exports) {
      await forAll((any) => any.list(any.list(any.choice("a", "b", "c"), 1, 6), 1, 6) as never,
        async (words: string[][]) => {
          const wanted = reference.learn(words, 5);
          await same(exports, "learn", [words, 5], wanted, words.map((word) => word.join("")).join(", "));
          for (const word of words) {
            const tokens = await functionOf(exports, "encode")(word.join(""), structuredClone(wanted)) as string[];
            if (tokens.join("") !== word.join("")) {
              throw new Wrong(`The tokens of ${word.join("")} are ${write(tokens)}; side by side they are another ` +
                `word.`);
            }
            await same(exports, "encode", [word.join(""), wanted], reference.encode(word.join(""), wanted),
              `${word.join("")} with ${say(wanted)}`);
          }
        }, { runs: 40 });
    },
  },
];
