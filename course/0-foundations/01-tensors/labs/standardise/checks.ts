import { tensor, type Tensor } from "gradus";
import {
  compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** Rows with different means and spreads in each column. */
const TABLE = [[1, 10], [2, 30], [3, 50], [6, 30]];
const standardise = (exports: Exports) => (rows: number[][]): unknown =>
  functionOf(exports, "standardise")(tensor(rows));
const distances = (exports: Exports) => (a: number[][], b: number[][]): unknown =>
  functionOf(exports, "distances")(tensor(a), tensor(b));
async function is(value: unknown, other: Tensor): Promise<boolean> {
  const [a, b] = [await numbersOf(value), await numbersOf(other)];
  return String(a.shape) === String(b.shape) && a.numbers.every((v, i) => Math.abs(v - b.numbers[i]) < 1e-4);
}

export const checks: readonly Check[] = [
  {
    name: "Four rows, two columns: means 0, deviations 1.",
    async run(exports) {
      const found = await standardise(exports)(TABLE), x = tensor(TABLE);
      await expectShape(found, [4, 2], "standardise of a [4, 2] matrix");
      const centred = x.sub(x.mean([0]));
      if (await is(found, centred)) {
        throw new Wrong("Every column has mean 0 now, but its old spread. Divide by the standard deviation as well.");
      }
      if (await is(found, centred.div(x.std([0])))) {
        throw new Wrong("The squares were divided by n − 1. Here they are divided by n: std([0], { correction: 0 }).");
      }
      if (await is(found, centred.div(x.variance([0], { correction: 0 })))) {
        throw new Wrong("You divided by the variance, the mean of the squares; the deviation is the root of it.");
      }
      if (await is(found, x.sub(x.mean([1], { keepdim: true })).div(x.std([1], { correction: 0, keepdim: true })))) {
        throw new Wrong("Each row has mean 0, not each column: you let axis 1 go. A mean for each column is what is " +
          "left when axis 0 goes.");
      }
      if (await is(found, x.sub(x.mean()).div(x.std([0, 1], { correction: 0 })))) {
        throw new Wrong("One mean and one deviation were used for all numbers. Name the axis that should go, [0].");
      }
      await expectClose(found, reference.standardise(x), { name: "the standardised table", input: write(TABLE) });
    },
  },
  {
    name: "A column of equal numbers becomes zeros.",
    async run(exports) {
      const rows = [[7, 1], [7, 3], [7, 5]], found = await standardise(exports)(rows);
      const { numbers } = await numbersOf(found);
      if (numbers.some((v) => !Number.isFinite(v))) {
        throw new Wrong(`For ${write(rows)} the first column is ${write(numbers[0])}: its deviation is 0, and 0 / 0 ` +
          "is not a number. Put a 1 where the deviation is 0.");
      }
      await expectClose(found, reference.standardise(tensor(rows)), { name: "the standardised table",
        input: write(rows) });
    },
  },
  {
    name: "Any matrix: the same as the reference.",
    run: (exports) => compareWithReference(standardise(exports),
      (rows: number[][]) => reference.standardise(tensor(rows)),
      (any) => any.record({ x: any.matrix(5, 3, any.integer(-9, 9)) }),
      { name: "the standardised table", tolerance: 1e-4 }),
  },
  {
    name: "Two rows against three: squared distances of shape [2, 3].",
    async run(exports) {
      const a = [[0, 0], [1, 2]], b = [[3, 4], [1, 2], [0, 1]], input = `${write(a)} and ${write(b)}`;
      const found = await distances(exports)(a, b), right = reference.distances(tensor(a), tensor(b));
      if (await is(found, right.T)) {
        throw new Wrong("The shape is [3, 2]: rows and columns are exchanged. Place [i, j] belongs to row i of a and " +
          "row j of b.");
      }
      await expectShape(found, [2, 3], "distances of 2 rows to 3");
      if (await is(found, right.sqrt())) {
        throw new Wrong("The distances are right, their squares were asked for: leave the root out.");
      }
      if (await is(found, tensor(a).matmul(tensor(b).T))) {
        throw new Wrong("That is the matrix product of a and the transpose of b: dot products, not distances.");
      }
      await expectClose(found, right, { name: "distances", input });
    },
  },
  {
    name: "As many rows on both sides: still every row with every row.",
    async run(exports) {
      const a = [[0, 0], [1, 2]], b = [[3, 4], [1, 1]];
      const found = await distances(exports)(a, b);
      await expectShape(found, [2, 2], "distances of 2 rows to 2");
      await expectClose(found, reference.distances(tensor(a), tensor(b)), { name: "distances",
        input: `${write(a)} and ${write(b)}` });
    },
  },
  {
    name: "Any rows: the same as the reference.",
    run: (exports) => compareWithReference(distances(exports),
      (a: number[][], b: number[][]) => reference.distances(tensor(a), tensor(b)),
      (any) => any.record({ a: any.matrix(3, 3), b: any.matrix(4, 3) }), { name: "distances", tolerance: 1e-4 }),
  },
];
