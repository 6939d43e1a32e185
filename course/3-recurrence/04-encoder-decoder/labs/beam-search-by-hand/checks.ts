import { zeros, tensor } from "gradus";
import { beamSearch as librarySearch, type Decoder } from "gradus/models";
import { expectClose, forAll, functionOf, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Options = reference.Options;
type Hypothesis = reference.Hypothesis;
const logs = (row: readonly number[]): number[] => {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => Math.log(value / sum));
};
/** Only the last token counts; row 0 is the beginning, row t + 1 what follows token t. */
const byLast = (rows: readonly (readonly number[])[]): reference.Next => (tokens) =>
  logs(rows[tokens.length === 0 ? 0 : tokens[tokens.length - 1] + 1]);
/** No two totals are equal then, and no order is a matter of luck. */
const untied = (rows: readonly (readonly number[])[]): number[][] =>
  rows.map((row, i) => row.map((value, j) => value + 0.01 * Math.sqrt(2 + 5 * i + j)));
const lettersOf = (tokens: readonly number[]): string => tokens.map((token) => "ABCD"[token]).join(" ");

/** A is likelier than B, but what follows A is undecided. C ends. */
const TRAP = byLast([[5, 4, 1], [3.4, 3.35, 3.25], [0.5, 0.6, 9], [1, 1, 1]]);
const BASE: Options = { end: 2, beams: 2, length: 3, alpha: 0 };
const same = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

async function run(exports: Exports, next: reference.Next, options: Options): Promise<Hypothesis[]> {
  const made = await functionOf(exports, "beamSearch")((tokens: number[]) => next([...tokens]), { ...options });
  if (!Array.isArray(made)) throw new Wrong("beamSearch should return a list of finished hypotheses.");
  for (const one of made as Partial<Hypothesis>[]) {
    if (!Array.isArray(one?.tokens) || typeof one.total !== "number" || typeof one.score !== "number") {
      throw new Wrong("Each hypothesis should be { tokens, total, score }: a list and two numbers.");
    }
  }
  return made as Hypothesis[];
}
/** The sum of a hypothesis' own tokens. */
const totalOf = (tokens: readonly number[], next: reference.Next): number =>
  tokens.reduce((sum, token, i) => sum + next(tokens.slice(0, i))[token], 0);

/** What is true of every answer, before it is compared. */
function sound(yours: readonly Hypothesis[], next: reference.Next, { end, length, alpha }: Options): void {
  for (const { tokens, total, score } of yours) {
    const name = `The hypothesis ${lettersOf(tokens)}`, n = tokens.length, middle = tokens.indexOf(end);
    if (n > length) throw new Wrong(`${name} has ${n} tokens; at most ${length} are allowed.`);
    if (middle >= 0 && middle < n - 1) {
      throw new Wrong(`${name} goes on after its end. What is finished leaves the beam and is not continued.`);
    }
    if (n === 0 || (middle < 0 && n < length)) {
      throw new Wrong(`${name} of ${n} tokens is returned, but it neither ends nor has ${length} tokens.`);
    }
    const right = totalOf(tokens, next);
    if (right === -Infinity) {
      throw new Wrong(`${name} contains a token that cannot follow: its logarithm is −∞. Leave such candidates out.`);
    }
    if (!same(total, right)) {
      throw new Wrong(`${name} has a total of ${write(total)}. The logarithms of its tokens, each after those before ` +
        `it, add up to ${write(right)}.`);
    }
    if (same(score, right / n ** alpha)) continue;
    if (n > 1 && same(score, right / (n - 1) ** alpha)) {
      throw new Wrong(`${name} is divided by ${n - 1} to the power ${write(alpha)}. The end counts too: it has ` +
        `${n} tokens.`);
    }
    throw new Wrong(`${name} has total ${write(total)} and score ${write(score)}. Divided by ${n} to the power ` +
      `${write(alpha)} it is ${write(right / n ** alpha)}.`);
  }
  yours.forEach(({ score }, i) => {
    if (i > 0 && score > yours[i - 1].score + 1e-9) {
      throw new Wrong(`The scores come as ${write(yours.map((one) => one.score))}. The best, nearest to zero, ` +
        `comes first.`);
    }
  });
}
/** Fails unless the same hypotheses were finished. */
function agrees(yours: readonly Hypothesis[], next: reference.Next, options: Options): void {
  const { beams } = options, wanted = reference.beamSearch(next, options);
  const keys = (list: readonly Hypothesis[]): string[] => list.map(({ tokens }) => lettersOf(tokens));
  const missing = keys(wanted).filter((key) => !keys(yours).includes(key));
  const more = keys(yours).filter((key) => !keys(wanted).includes(key));
  if (missing.length === 0 && more.length === 0 && yours.length === wanted.length) return;
  const story = `With ${beams} beams, at most ${options.length} tokens: finished should be ` +
    `${keys(wanted).join("; ")}. `;
  if (yours.length < wanted.length && more.length === 0) {
    throw new Wrong(`${story}Yours lacks ${missing.join("; ")}. Does the search go on until nothing goes on?`);
  }
  throw new Wrong(`${story}Yours are ${keys(yours).join("; ")}. Are all candidates in one list when they are cut to ` +
    `${beams}, and is the cut by total, before what is finished is taken out?`);
}
async function grade(exports: Exports, next: reference.Next, options: Options): Promise<void> {
  const yours = await run(exports, next, options);
  sound(yours, next, options);
  agrees(yours, next, options);
}

export const checks: readonly Check[] = [
  {
    name: "One beam is greedy search.",
    async run(exports) {
      const options = { ...BASE, beams: 1 }, yours = await run(exports, TRAP, options);
      if (yours.length === 0) throw new Wrong("With one beam one sentence should be finished; yours returns none.");
      if (yours.length > 1) {
        throw new Wrong(`With one beam one hypothesis survives each step, and one is finished; yours returns ` +
          `${yours.length}.`);
      }
      sound(yours, TRAP, options);
      if (yours[0].tokens[0] !== 0) {
        throw new Wrong(`After nothing, A has the largest probability; yours begins with ` +
          `${lettersOf(yours[0].tokens)}. ` +
          "The best candidate has the largest total, the one nearest to zero.");
      }
      agrees(yours, TRAP, options);
    },
  },
  {
    name: "Two beams find what greedy search misses.",
    async run(exports) {
      const yours = await run(exports, TRAP, BASE);
      sound(yours, TRAP, BASE);
      if (!yours.some(({ tokens }) => lettersOf(tokens) === "B C")) {
        throw new Wrong("With two beams B survives the first step, and B C is finished after the second with " +
          `${write(totalOf([1, 2], TRAP))}. Yours does not have it.`);
      }
      agrees(yours, TRAP, BASE);
    },
  },
  {
    name: "The cut is over all candidates together.",
    async run(exports) {
      // After A two continuations are better than anything after B.
      await grade(exports, byLast([[6, 3, 1], [4.5, 4.4, 1.1], [3, 4.1, 2.9], [1, 1, 1]]), BASE);
    },
  },
  {
    name: "The length penalty orders what is finished, and nothing else.",
    async run(exports) {
      for (const alpha of [0, 0.7, 1.5]) await grade(exports, TRAP, { ...BASE, beams: 3, alpha });
    },
  },
  {
    name: "What cannot follow is never taken.",
    async run(exports) {
      await grade(exports, byLast([[1, 1.1, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), { ...BASE, beams: 4 });
    },
  },
  {
    name: "With beams enough it finds the best there is.",
    run: (exports) => forAll((any) => any.matrix(4, 3, any.integer(1, 9)), async (rows) => {
      const next = byLast(untied(rows)), options = { ...BASE, beams: 40, alpha: 0.5 };
      const walk = (tokens: number[]): number[][] => (tokens.at(-1) === 2 || tokens.length === 3 ? [tokens]
        : [0, 1, 2].flatMap((token) => walk([...tokens, token])));
      const all = walk([]).map((tokens) => totalOf(tokens, next) / tokens.length ** 0.5);
      const yours = await run(exports, next, options);
      sound(yours, next, options);
      if (yours.length !== all.length) {
        throw new Wrong(`There are ${all.length} sentences of at most 3 tokens, and 40 beams hold them all; yours ` +
          `finishes ${yours.length}.`);
      }
      await expectClose(yours[0].score, Math.max(...all), { name: "the best score", input: write(rows) });
    }, { runs: 15 }),
  },
  {
    name: "Other models, other widths.",
    run: (exports) => forAll((any) => any.record({ rows: any.matrix(5, 4, any.number(0.1, 9)), beams: any.integer(1, 4),
      length: any.integer(1, 4), alpha: any.choice(0, 0.6, 1, 2) }), async ({ rows, ...options }) => {
      await grade(exports, byLast(untied(rows)), { end: 3, ...options });
    }, { runs: 40 }),
  },
  {
    name: "One beam agrees with the library.",
    async run(exports) {
      // A fourth token stands for the beginning; nothing leads to it.
      const table = tensor([...[0, 1, 2].map((token) => TRAP([token])), TRAP([])].map((row) => [...row, -Infinity]));
      const model: Decoder = { vocabulary: 4, context: Infinity, start: (batch) => [zeros([batch])],
        step: (token, state) => ({ logits: table.take(token, 0), state }) };
      const { sequences: [best] } = await librarySearch(model, [3], { length: 3, beams: 1, stopTokens: [2] });
      const [yours] = await run(exports, TRAP, { ...BASE, beams: 1, alpha: 1 });
      await expectClose(yours.tokens, best.tokens, { name: "the tokens" });
      await expectClose(yours.score, best.score, { name: "the score" });
    },
  },
];
