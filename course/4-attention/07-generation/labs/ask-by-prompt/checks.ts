import { forAll, functionOf, write, Wrong, type Check, type Exports } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** What a function of the learner says, as a text. */
async function textOf(exports: Exports, name: string, ...inputs: readonly unknown[]): Promise<string> {
  const found = await functionOf(exports, name)(...structuredClone(inputs));
  if (typeof found !== "string") throw new Wrong(`${name} should return a text; it returned ${write(found)}.`);
  return found;
}
/** Fails unless two texts are equal, and shows both with their line breaks. */
function same(yours: string, wanted: string, name: string, input: string): void {
  if (yours !== wanted) throw new Wrong(`${name} of ${input} is ${write(yours)}; it should be ${write(wanted)}.`);
}
const SHOT: reference.Example = ["1 1", "2"];

export const checks: readonly Check[] = [
  {
    name: "Zero-shot: the question alone, open at its end.",
    async run(exports) {
      const yours = await textOf(exports, "prompt", "", [], "2 3");
      if (yours === "Q: 2 3\nA: ") {
        throw new Wrong("Your prompt ends with a space. The space belongs to the token that follows; with it the " +
          "usual " +
          "tokens cannot come any more.");
      }
      if (yours.startsWith("\n")) {
        throw new Wrong("Without an instruction your prompt begins with empty lines. A block that is not there " +
          "needs no " +
          "separation.");
      }
      same(yours, "Q: 2 3\nA:", "prompt", "no instruction, no example and “2 3”");
    },
  },
  {
    name: "Instruction and examples, in the same form.",
    async run(exports) {
      const yours = await textOf(exports, "prompt", "Add.", [SHOT], "2 3");
      if (yours === "Add.\nQ: 1 1\nA: 2\nQ: 2 3\nA:") {
        throw new Wrong("Blocks follow each other without an empty line. It tells the model, and your program, " +
          "where an " +
          "answer ends.");
      }
      same(yours, "Add.\n\nQ: 1 1\nA: 2\n\nQ: 2 3\nA:", "prompt", "“Add.”, one example and “2 3”");
      const two = await textOf(exports, "prompt", "", [SHOT, ["4 5", "9"]], "2 3");
      if (two === reference.prompt("", [["4 5", "9"], SHOT], "2 3")) {
        throw new Wrong("Your examples stand in reverse order. The order is the caller’s choice, and it matters.");
      }
      same(two, reference.prompt("", [SHOT, ["4 5", "9"]], "2 3"), "prompt", "two examples and “2 3”");
    },
  },
  {
    name: "The answer ends where the model asks its own next question.",
    async run(exports) {
      const yours = await textOf(exports, "answerOf", " 5\n\nQ: 7 1\nA: 8");
      if (yours === "5\n\nQ: 7 1\nA: 8") {
        throw new Wrong("Your answer contains a further question, which the model invented. Stop at the end of the " +
          "line.");
      }
      if (yours === "8") throw new Wrong("That is the answer to a question which the model asked itself. Yours " +
        "comes first.");
      same(yours, "5", "answerOf", "“ 5”, an empty line and a further question");
      const late = await textOf(exports, "answerOf", "\n  owl \nfox");
      if (late === "") {
        throw new Wrong("The model began with a line break, and your answer is empty. Take the first line that is " +
          "not.");
      }
      same(late, "owl", "answerOf", "a line break, “  owl ” and “fox”");
      same(await textOf(exports, "answerOf", " \n \n"), "", "answerOf", "spaces only");
    },
  },
  {
    name: "The most frequent answer wins, empty ones do not count.",
    async run(exports) {
      same(await textOf(exports, "vote", ["7", "5", "5", "7", "5"]), "5", "vote", "7, 5, 5, 7, 5");
      const empty = await textOf(exports, "vote", ["", "", "", "9", "4", "4"]);
      if (empty === "") throw new Wrong("Three empty answers won the vote. Where no answer was given, none is " +
        "counted.");
      same(empty, "4", "vote", "three empty answers, 9, 4, 4");
      const tie = await textOf(exports, "vote", ["b", "a", "a", "b"]);
      if (tie === "a") throw new Wrong("“b” and “a” have two votes each, and “b” came first. You say “a”.");
      same(tie, "b", "vote", "b, a, a, b");
      same(await textOf(exports, "vote", []), "", "vote", "no answers");
    },
  },
  {
    name: "Labels are compared by the token.",
    async run(exports) {
      const labels = ["good", "not very good"], scores = [[-2], [-1, -0.5, -0.75]];
      const yours = await textOf(exports, "choose", labels, scores);
      if (yours === "good") {
        throw new Wrong("“good” has −2 for its one token, “not very good” −2.25 for three, −0.75 each. By the sum " +
          "the " +
          "shorter label nearly always wins; take the mean.");
      }
      same(yours, "not very good", "choose", "two labels");
      same(await textOf(exports, "choose", ["a", "b"], [[-1], [-1, -1]]), "a", "choose", "two labels that are equal");
    },
  },
  {
    name: "Anything: the same as the reference.",
    run: (exports) => forAll((any) => any.record({ answers: any.list(any.choice("a", "b", "c", ""), 0, 7),
      scores: any.list(any.list(any.number(-3, 0), 1, 4), 1, 4) }), async ({ answers, scores }) => {
      same(await textOf(exports, "vote", answers), reference.vote(answers), "vote", write(answers));
      const labels = scores.map((_, i) => `label ${i}`);
      same(await textOf(exports, "choose", labels, scores), reference.choose(labels, scores), "choose", write(scores));
    }, { runs: 30 }),
  },
];
