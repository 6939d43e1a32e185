import {
  compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write, type Check, type Exports,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const A = [[1, 2], [3, 4]], SWAP = [[0, 1], [1, 0]];
const isIt = async (value: unknown, other: unknown): Promise<boolean> => {
  const [a, b] = [await numbersOf(value), await numbersOf(other)];
  return String(a.shape) === String(b.shape) && a.numbers.every((v, i) => Math.abs(v - b.numbers[i]) < 1e-6);
};
/** The three norms as a list. */
const normsOf = (exports: Exports) => async (x: number[]): Promise<number[]> => {
  const found = (await functionOf(exports, "norms")(x)) as Record<string, unknown> | null | undefined;
  if (typeof found !== "object" || found === null) throw new Wrong("norms should return an object with one, two and " +
    "max.");
  const numbers = await Promise.all(["one", "two", "max"].map((name) => numbersOf(found[name], name)));
  return numbers.map(({ numbers: [value] }) => value);
};

export const checks: readonly Check[] = [
  {
    name: "Three rows of two become two rows of three.",
    async run(exports) {
      const found = await functionOf(exports, "transpose")([[1, 2], [3, 4], [5, 6]]);
      await expectShape(found, [2, 3], "the transpose of a [3, 2] matrix");
      if (await isIt(found, [[1, 2, 3], [4, 5, 6]])) {
        throw new Wrong("The shape is right, but the numbers were only read into new rows in their old order. The " +
          "first " +
          "row of the transpose is the first column, [1, 3, 5].");
      }
      await expectClose(found, [[1, 3, 5], [2, 4, 6]], { name: "the transpose", input: "[[1, 2], [3, 4], [5, 6]]" });
    },
  },
  {
    name: "A product of two by two, in both orders.",
    async run(exports) {
      const multiply = functionOf(exports, "multiply"), found = await multiply(A, SWAP);
      if (await isIt(found, [[0, 2], [3, 0]])) {
        throw new Wrong("[[0, 2], [3, 0]] is each number times its partner. In the matrix product every place needs " +
          "a " +
          "whole row of a and a whole column of b.");
      }
      if (await isIt(found, [[3, 4], [1, 2]])) {
        throw new Wrong("[[3, 4], [1, 2]] is b times a. The order matters: rows come from a, columns from b.");
      }
      await expectClose(found, [[2, 1], [4, 3]], { name: "the product", input: "[[1, 2], [3, 4]] and [[0, 1], [1, " +
        "0]]" });
      const skew = [[1, 2], [0, 1]], twice = await multiply(A, skew);
      if (await isIt(twice, [[5, 2], [11, 4]])) {
        throw new Wrong("For [[1, 2], [3, 4]] and [[1, 2], [0, 1]] you took rows of a with rows of b, which gives " +
          "[[5, 2], [11, 4]]. Walk down the columns of b instead.");
      }
      await expectClose(twice, [[1, 4], [3, 10]], { name: "the product", input: "[[1, 2], [3, 4]] and [[1, 2], [0, " +
        "1]]" });
    },
  },
  {
    name: "Any shapes that fit: [2, 3] times [3, 4] is [2, 4].",
    async run(exports) {
      const multiply = functionOf(exports, "multiply");
      await compareWithReference(multiply, reference.multiply,
        (any) => any.record({ a: any.matrix(2, 3), b: any.matrix(3, 4) }), { name: "the product" });
    },
  },
  {
    name: "Three norms of [3, −4].",
    async run(exports) {
      const [one, two, max] = await normsOf(exports)([3, -4]);
      if (one === -1) throw new Wrong("one is −1: the numbers were added with their signs. A norm adds magnitudes, 3 " +
        "+ 4.");
      if (two === 25) throw new Wrong("two is 25, the square of the length. The root of it is the length.");
      if (max === 3) throw new Wrong("max is 3, but −4 is the larger one in magnitude.");
      await expectClose([one, two, max], [7, 5, 4], { name: "one, two, max", input: write([3, -4]) });
    },
  },
  {
    name: "Any vector: the same norms as the reference.",
    async run(exports) {
      const flat = (x: number[]): number[] => {
        const { one, two, max } = reference.norms(x);
        return [one, two, max];
      };
      await compareWithReference(normsOf(exports), flat, (any) => any.record({ x: any.vector(4) }),
        { name: "one, two, max" });
    },
  },
];
