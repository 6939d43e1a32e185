import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const WEATHER = [[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.4, 0.4]];
const copy = (moves: readonly (readonly number[])[]): number[][] => moves.map((row) => [...row]);

export const checks: readonly Check[] = [
  {
    name: "Sun, sun, rain.",
    async run(exports) {
      const chance = functionOf(exports, "pathChance");
      const { numbers: [found] } = await numbersOf(chance(copy(WEATHER), [0, 0, 2]), "the chance");
      if (Math.abs(found - 0.7 * 0.2) < 1e-9) {
        throw new Wrong("You read the table by columns. From sun (row 0) to rain (column 2) is moves[0][2], 0.1.");
      }
      await expectClose(found, 0.07, { name: "the chance", input: "the weather and the path 0, 0, 2" });
      await expectClose(chance(copy(WEATHER), [1]), 1, { name: "the chance", input: "a path of one state" });
    },
  },
  {
    name: "One step from certain sun gives the row of sun.",
    async run(exports) {
      const step = functionOf(exports, "step"), moved = step([1, 0, 0], copy(WEATHER));
      await expectShape(moved, [3], "the distribution");
      const { numbers } = await numbersOf(moved, "the distribution"), sum = numbers.reduce((a, b) => a + b, 0);
      if (Math.abs(numbers[1] - 0.3) < 1e-9) {
        throw new Wrong(`From sun you go to ${write(numbers)}, which is a column and adds up to ${write(sum)}. What ` +
          "leaves sun stands in its row: p′ⱼ = Σᵢ pᵢ moves[i][j].");
      }
      await expectClose(numbers, [0.7, 0.2, 0.1], { name: "the distribution", input: "p = 1, 0, 0" });
    },
  },
  {
    name: "Any chain: the same step as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "step"), reference.step, (any) => any.record({
        p: any.vector(3, any.integer(1, 9)).map(shares), moves: any.matrix(3, 3, any.integer(1, 9)).map(rows),
      }), { name: "the distribution" });
    },
  },
  {
    name: "Many steps, and none.",
    async run(exports) {
      await expectClose(functionOf(exports, "after")([0.2, 0.3, 0.5], copy(WEATHER), 0), [0.2, 0.3, 0.5],
        { name: "the distribution", input: "0 steps" });
      await compareWithReference(functionOf(exports, "after"), reference.after, (any) => any.record({
        p: any.vector(3, any.integer(1, 9)).map(shares), moves: any.matrix(3, 3, any.integer(1, 9)).map(rows),
        steps: any.integer(0, 6),
      }), { name: "the distribution" });
    },
  },
  {
    name: "The weather settles at 6, 4 and 3 in 13.",
    async run(exports) {
      await still(exports, WEATHER);
      await expectClose(functionOf(exports, "stationary")(copy(WEATHER)), [6 / 13, 4 / 13, 3 / 13],
        { name: "the stationary distribution", input: "the weather" });
    },
  },
  {
    name: "A chain in which everything leads to one state.",
    async run(exports) {
      await still(exports, [[0.9, 0.1, 0], [0, 0.9, 0.1], [0, 0, 1]]);
    },
  },
  {
    name: "Chains that go round and round.",
    async run(exports) {
      await still(exports, [[0, 1], [1, 0]]);
      await still(exports, [[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 1, 0]]);
    },
  },
  {
    name: "Any chain: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "stationary"), reference.stationary, (any) => any.record({
        moves: any.matrix(3, 3, any.integer(1, 9)).map(rows),
      }), { name: "the stationary distribution", runs: 20 });
    },
  },
];

/** Fails unless what `stationary` gives for a chain is a distribution that a step leaves as it is. */
async function still(exports: Parameters<Check["run"]>[0], moves: readonly (readonly number[])[]): Promise<void> {
  const given = functionOf(exports, "stationary")(copy(moves));
  await expectShape(given, [moves.length], "the stationary distribution");
  const { numbers } = await numbersOf(given, "the stationary distribution"), sum = numbers.reduce((a, b) => a + b, 0);
  if (!(Math.abs(sum - 1) < 1e-6)) {
    throw new Wrong(`For moves ${write(moves)} yours is ${write(numbers)}, which adds up to ${write(sum)} and not to ` +
      `1.`);
  }
  const moved = reference.step([...numbers], copy(moves));
  const gap = Math.max(...moved.map((share, i) => Math.abs(share - numbers[i])));
  if (gap > 1e-5) {
    throw new Wrong(`For moves ${write(moves)} yours is ${write(numbers)}, and one step makes ${write(moved)} of it. ` +
      "If it jumps to and fro for ever, let the walker rest half of the time: same levels, no rhythm.");
  }
}

/** Counts as shares, and rows of counts as rows of shares. */
function shares(counts: number[]): number[] {
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((count) => count / total);
}
const rows = (table: number[][]): number[][] => table.map(shares);
