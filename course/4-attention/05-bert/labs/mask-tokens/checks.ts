import { RandomStream } from "gradus";
import { functionOf, numbersOf, write, Wrong, type Check, type Exports } from "@gradus/lessons/grade";

interface Options { vocabulary: number; mask: number; special: readonly number[]; rate: number }
interface Made { inputs: readonly number[]; labels: readonly number[] }
const [PAD, CLS, SEP, MASK, VOCABULARY] = [0, 1, 2, 3, 200];
const SPECIAL = [PAD, CLS, SEP, MASK];
const OPTIONS: Options = { vocabulary: VOCABULARY, mask: MASK, special: SPECIAL, rate: 0.15 };
/** A text with its special tokens, and padding at the end. */
function text(length: number, seed: number): number[] {
  const random = new RandomStream(seed), some = Array.from({ length }, () => 4 + random.integer(VOCABULARY - 4));
  return [CLS, ...some, SEP, PAD, PAD];
}
async function run(exports: Exports, ids: readonly number[], options: Options, seed: number): Promise<Made> {
  const stream = new RandomStream(seed), given = [...ids];
  const made: unknown = functionOf(exports, "maskTokens")(given, options, () => stream.uniform());
  if (typeof made !== "object" || made === null || !("inputs" in made) || !("labels" in made)) {
    throw new Wrong("maskTokens should return { inputs, labels }.");
  }
  const inputs = (await numbersOf(made.inputs, "inputs")).numbers, labels = (await numbersOf(made.labels, "labels"))
    .numbers;
  if (given.some((id, t) => id !== ids[t])) {
    throw new Wrong("The list that was given has been changed. Work on a copy: tomorrow’s reading hides other words.");
  }
  for (const [name, list] of [["inputs", inputs], ["labels", labels]] as const) {
    if (list.length !== ids.length) throw new Wrong(`${name} has ${list.length} entries for ${ids.length} tokens.`);
  }
  return { inputs, labels };
}
/** Many texts at once: what became of every token. */
async function many(exports: Exports, options: Options, texts = 80, length = 100):
  Promise<(Made & { ids: readonly number[] })[]> {
  return await Promise.all(Array.from({ length: texts }, async (_, i) => {
    const ids = text(length, 100 + i);
    return { ids, ...await run(exports, ids, options, 1000 + i) };
  }));
}
/** Whether a count of n is within five deviations of its share. */
const fits = (found: number, n: number, share: number): boolean =>
  Math.abs(found - n * share) <= 5 * Math.sqrt(n * share * (1 - share)) + 1;
const percent = (part: number, whole: number): string => `${(100 * part / Math.max(1, whole)).toFixed(1)} %`;
function fates(all: readonly (Made & { ids: readonly number[] })[]): Record<"plain" | "chosen" | "masked" | "other" |
  "kept", number> {
  const counts = { plain: 0, chosen: 0, masked: 0, other: 0, kept: 0 };
  for (const { ids, inputs, labels } of all) {
    ids.forEach((id, t) => {
      if (SPECIAL.includes(id)) return;
      counts.plain++;
      if (labels[t] === -100) return;
      counts.chosen++;
      counts[inputs[t] === MASK ? "masked" : inputs[t] === id ? "kept" : "other"]++;
    });
  }
  return counts;
}

export const checks: readonly Check[] = [
  {
    name: "Labels hold the original token, or −100.",
    async run(exports) {
      const ids = text(60, 1), { inputs, labels } = await run(exports, ids, { ...OPTIONS, rate: 0.5 }, 5);
      if (labels.every((label, t) => label === ids[t])) {
        throw new Wrong("Every place has a label, so the loss would also reward copying what stands there in the " +
          "open. Where nothing was chosen, the label is −100.");
      }
      if (labels.every((label) => label === -100)) {
        throw new Wrong("No place has a label: with a rate of 0.5 about 30 of 60 tokens are to be asked for.");
      }
      ids.forEach((id, t) => {
        if (labels[t] === -100 || labels[t] === id) return;
        if (labels[t] === inputs[t]) {
          throw new Wrong(`At place ${t} the label is ${labels[t]}, what the model reads; it is asked for what stood ` +
            `there before, ${id}.`);
        }
        throw new Wrong(`At place ${t} the label is ${labels[t]}; it should be ${id}, or −100 where nothing was ` +
          "chosen.");
      });
      ids.forEach((id, t) => {
        if (labels[t] === -100 && inputs[t] !== id && !SPECIAL.includes(id)) {
          throw new Wrong(`Token ${id} at place ${t} was changed to ${inputs[t]} and has no label: the model reads ` +
            "something wrong and is never asked about it.");
        }
      });
    },
  },
  {
    name: "Special tokens are left alone.",
    async run(exports) {
      for (const { ids, inputs, labels } of await many(exports, { ...OPTIONS, rate: 0.5 }, 20, 30)) {
        ids.forEach((id, t) => {
          if (!SPECIAL.includes(id) || (inputs[t] === id && labels[t] === -100)) return;
          throw new Wrong(`The special token ${id} at place ${t} was chosen. [CLS], [SEP] and padding are not words: ` +
            "pass over what is in `special`.");
        });
      }
    },
  },
  {
    name: "About 15 % are chosen, in other places each time.",
    async run(exports) {
      const ids = text(100, 3), places = async (seed: number): Promise<string> =>
        (await run(exports, ids, OPTIONS, seed)).labels.map((label) => (label === -100 ? "." : "x")).join("");
      if (await places(1) !== await places(1)) {
        throw new Wrong("The same random numbers gave different places: use `random`, not Math.random, for every " +
          "choice.");
      }
      const rows = await Promise.all(Array.from({ length: 30 }, (_, seed) => places(seed)));
      const once = rows.map((row) => [...row].filter((letter) => letter === "x").length);
      if (once.every((n) => n === 0 || n === 100)) {
        throw new Wrong(`Of 100 tokens the readings chose ${write(once.slice(0, 8))}: decide for each token by ` +
          "itself, not once for the text.");
      }
      if (new Set(rows).size === 1) throw new Wrong("Other random numbers gave the same places.");
      const { plain, chosen } = fates(await many(exports, OPTIONS));
      if (!fits(chosen, plain, 0.15)) {
        const others = fits(chosen, plain, 0.85) ? " Those are the others: a token is chosen where random() < rate."
          : "";
        throw new Wrong(`Of ${plain} tokens ${chosen} have a label, ${percent(chosen, plain)}; 15 % were asked ` +
          `for.${others}`);
      }
    },
  },
  {
    name: "Of the chosen, 80 % are masked, 10 % exchanged, 10 % left.",
    async run(exports) {
      // An exchanged word is by chance the same one now and then: 1 of 200.
      const { chosen, masked, other, kept, plain } = fates(await many(exports, { ...OPTIONS, rate: 0.5 }, 100));
      const same = 0.1 / VOCABULARY, right = fits(masked, chosen, 0.8 + same) && fits(other, chosen, 0.1 - 2 * same)
        && fits(kept, chosen, 0.1 + same);
      if (right) return;
      const found = `Of ${chosen} chosen tokens ${percent(masked, chosen)} became [MASK], ${percent(other, chosen)} ` +
        `another token, ${percent(kept, chosen)} stayed.`;
      if (masked === chosen) {
        throw new Wrong(`${found} All of them are masked. If one number decides both whether and how, it is below ` +
          "the rate already: draw a second one, or compare with 0.8 · rate.");
      }
      if (fits(other, chosen, 0.02 - 0.2 * same)) {
        throw new Wrong(`${found} 2 % is a tenth of the remaining 20 %: exchange half of those.`);
      }
      if (kept <= 3 * chosen * same + 3) {
        throw new Wrong(`${found} A tenth of the chosen tokens stays as it is, and has its label all the same.`);
      }
      if (fits(other, chosen, 0)) throw new Wrong(`${found} A tenth of them should become a token of the vocabulary.`);
      if (fits(masked, plain, 0.8)) throw new Wrong(`${found} The shares are meant of the chosen tokens, not of all.`);
      throw new Wrong(`${found} It should be 80, 10 and 10 %.`);
    },
  },
  {
    name: "An exchanged token can be any of the vocabulary.",
    async run(exports) {
      const all = await many(exports, { ...OPTIONS, rate: 0.5 }, 100), seen = new Map<number, number>();
      for (const { ids, inputs, labels } of all) {
        ids.forEach((id, t) => {
          if (labels[t] !== -100 && inputs[t] !== id && inputs[t] !== MASK) {
            seen.set(inputs[t], (seen.get(inputs[t]) ?? 0) + 1);
          }
        });
      }
      const found = [...seen.values()].reduce((a, b) => a + b, 0), strange = [...seen.keys()].find((id) =>
        !Number.isInteger(id) || id < 0 || id >= VOCABULARY);
      if (strange !== undefined) {
        throw new Wrong(`An exchanged token is ${write(strange)}; tokens are whole numbers from 0 to ` +
          `${VOCABULARY - 1}.`);
      }
      if (seen.size < 0.6 * VOCABULARY) {
        throw new Wrong(`${found} exchanged tokens are only ${seen.size} different ones of ${VOCABULARY}: draw from ` +
          "the whole vocabulary.");
      }
      const most = Math.max(...seen.values());
      if (most > 30 + 4 * found / VOCABULARY) {
        throw new Wrong(`One token was drawn ${most} times among ${found}; all are to be equally likely.`);
      }
    },
  },
];
