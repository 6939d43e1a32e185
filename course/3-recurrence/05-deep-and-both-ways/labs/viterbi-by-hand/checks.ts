import { nn, noGrad, RandomStream, tensor } from "gradus";
import { expectClose, expectShape, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Rows = number[][];
/** Near New York today; tags O, B, I; I cannot stand behind O. */
const WORDS: Rows = [[2, -1, -4], [1.2, 0.9, 0.8], [0, 0.5, 1.8], [0.9, -0.7, 0.1]];
const RULES: Rows = [[-0.5, -0.7, -Infinity], [-0.1, -0.8, 0.1], [-0.3, -0.7, 0]];
const NAMES = "OBI";
const nameOf = (tags: readonly number[]): string => tags.map((k) => NAMES[k]).join(" ");
const all = (T: number, K: number): Rows => Array.from({ length: K ** T }, (_, n) =>
  Array.from({ length: T }, (_, t) => Math.floor(n / K ** t) % K));
const copy = (rows: Rows): Rows => rows.map((row) => [...row]);
const turned = (rows: Rows): Rows => rows.map((row, i) => row.map((_, j) => rows[j][i]));
const largest = (values: readonly number[]): number => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
const scoreOf = reference.pathScore;
const near = (a: number, b: number): boolean => a === b || Math.abs(a - b) < 1e-6;

async function numberOf(made: unknown, name: string): Promise<number> {
  await expectShape(made, [], name);
  return (await numbersOf(made, name)).numbers[0];
}
async function pathOf(exports: Exports, x: Rows, A: Rows): Promise<number[]> {
  const made = functionOf(exports, "viterbi")(copy(x), copy(A));
  await expectShape(made, [x.length], "the list of tags");
  const tags = [...(await numbersOf(made, "the list of tags")).numbers];
  if (!tags.every((k) => Number.isInteger(k) && k >= 0 && k < A.length)) {
    throw new Wrong(`Tags are whole numbers from 0 to ${A.length - 1}; yours are ${write(tags)}.`);
  }
  return tags;
}
/** The best of all sequences, one by one. */
function bestOf(x: Rows, A: Rows): { readonly tags: number[]; readonly score: number } {
  const scored = all(x.length, A.length).map((tags) => ({ tags, score: scoreOf(x, A, tags) }));
  return scored.reduce((best, next) => (next.score > best.score ? next : best));
}

/** Slips that a path gives away; `say` writes it. */
function tell(yours: readonly number[], x: Rows, A: Rows, say: (tags: readonly number[]) => string): void {
  const { tags, score } = bestOf(x, A), found = scoreOf(x, A, [...yours]), walk = [largest(x[0])];
  if (found >= score - 1e-6) return;
  const is = (other: readonly number[]): boolean => yours.every((k, t) => k === other[t]);
  for (let t = 1; t < x.length; t++) walk.push(largest(x[t].map((v, j) => v + A[walk[t - 1]][j])));
  const both = `Yours is ${say(yours)}, with a score of ${write(found)}; best is ${say(tags)}, with ${write(score)}.`;
  if (is(x.map(largest))) {
    throw new Wrong(`${both} Yours takes the highest score of each word for itself: the transitions have no part in ` +
      "it.");
  }
  if (is(walk)) {
    throw new Wrong(`${both} Yours decides on each word and never goes back. Keep the best score for every tag, and ` +
      "decide at the end.");
  }
  if (is([...tags].reverse())) {
    throw new Wrong(`${both} That is the best sequence from its end to its beginning: the way back gives the last ` +
      "tag first.");
  }
  if (is(bestOf(x, turned(A)).tags)) {
    throw new Wrong(`${both} Yours is best if transitions are read the other way round: the tag before is the row, ` +
      "the tag behind it the column.");
  }
  const last = yours.length - 1;
  if (yours[last] !== tags[last] && yours[last] === 0) {
    throw new Wrong(`${both} Yours ends in tag 0, the best in ${tags[last]}. Which tag does the way back begin at?`);
  }
  throw new Wrong(both);
}

export const checks: readonly Check[] = [
  {
    name: "The score of one sequence.",
    async run(exports) {
      const tags = [0, 1, 2, 0], own = tags.reduce((sum, k, t) => sum + WORDS[t][k], 0);
      const made = functionOf(exports, "pathScore")(copy(WORDS), copy(RULES), [...tags]);
      const yours = await numberOf(made, "the score");
      if (near(yours, own)) {
        throw new Wrong("Your score has the emissions only. Add a transition for each two neighbours.");
      }
      if (near(yours, scoreOf(WORDS, turned(RULES), tags))) {
        throw new Wrong("Your score reads transitions the other way round. In transitions[i][j] the tag before is " +
          "the row i, the tag behind it the column j.");
      }
      await expectClose(yours, scoreOf(WORDS, RULES, tags), { name: "the score", input: "O B I O" });
      await forAll((any) => any.record({ x: any.matrix(3, 2), A: any.matrix(2, 2),
        tags: any.vector(3, any.integer(0, 1)) }), async ({ x, A, tags: some }) => {
        await expectClose(functionOf(exports, "pathScore")(copy(x), copy(A), [...some]), scoreOf(x, A, some),
          { name: "the score", input: write({ x, A, tags: some }) });
      }, { runs: 30 });
    },
  },
  {
    name: "“near New York today”: the best of 81 sequences.",
    async run(exports) {
      tell(await pathOf(exports, WORDS, RULES), WORDS, RULES, nameOf);
    },
  },
  {
    name: "Any scores, against every sequence tried.",
    run: (exports) => forAll((any) => any.record({ x: any.matrix(4, 3), A: any.matrix(3, 3) }), async ({ x, A }) => {
      const input = write({ emissions: x, transitions: A });
      tell(await pathOf(exports, x, A), x, A, (tags) => `${write(tags)} for ${input}`);
    }, { runs: 40 }),
  },
  {
    name: "ln Z is the logarithm of the sum over all sequences.",
    async run(exports) {
      const yours = await numberOf(functionOf(exports, "logPartition")(copy(WORDS), copy(RULES)), "ln Z");
      const scores = all(4, 3).map((tags) => scoreOf(WORDS, RULES, tags)), most = Math.max(...scores);
      const wanted = most + Math.log(scores.reduce((sum, v) => sum + Math.exp(v - most), 0));
      if (near(yours, most)) {
        throw new Wrong(`Your ln Z is ${write(yours)}, the score of the best sequence alone. Sum where Viterbi takes ` +
          "the largest.");
      }
      if (near(yours, Math.exp(wanted))) throw new Wrong("That is Z itself. Give its logarithm.");
      if (Number.isNaN(yours)) {
        throw new Wrong("Your ln Z is not a number. Where all scores are −∞, “less the largest” is −∞ + ∞.");
      }
      await expectClose(yours, wanted, { name: "ln Z", input: "near New York today" });
      await forAll((any) => any.record({ x: any.matrix(3, 3), A: any.matrix(3, 3) }), async ({ x, A }) => {
        const each = all(3, 3).map((tags) => Math.exp(scoreOf(x, A, tags)));
        await expectClose(functionOf(exports, "logPartition")(copy(x), copy(A)),
          Math.log(each.reduce((a, b) => a + b, 0)), { name: "ln Z", input: write({ emissions: x, transitions: A }) });
      }, { runs: 30 });
    },
  },
  {
    name: "40 words and 9 tags, scores in the hundreds: as nn.CRF.",
    async run(exports) {
      const stream = new RandomStream(4), draw = (rows: number, columns: number, size: number): Rows =>
        Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.round(size * stream.normal())));
      const x = draw(40, 9, 60), A = draw(9, 9, 60), crf = new nn.CRF(9);
      crf.transitions.assign(tensor(A));
      crf.start_transitions.assign(nn.init.zeros([9]));
      crf.end_transitions.assign(nn.init.zeros([9]));
      const [tags, logZ] = noGrad(() => [crf.decode(tensor([x])), crf.logPartition(tensor([x]))]);
      const best = Array.from(await tags.data()), found = scoreOf(x, A, await pathOf(exports, x, A));
      const score = scoreOf(x, A, best);
      if (found < score - 1e-6) {
        throw new Wrong(`Your path has ${write(found)}; nn.CRF finds one with ${write(score)}.`);
      }
      const yours = await numberOf(functionOf(exports, "logPartition")(copy(x), copy(A)), "ln Z");
      if (!Number.isFinite(yours)) {
        throw new Wrong(`Your ln Z is ${write(yours)}: e to the power of a thousand is beyond a computer's numbers. ` +
          "Take the largest score out of the sum first, and add it again at the end.");
      }
      await expectClose(yours, (await logZ.data())[0], { name: "ln Z", input: "40 words" });
    },
  },
];
