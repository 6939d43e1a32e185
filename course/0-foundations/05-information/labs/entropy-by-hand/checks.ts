import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** The one number that a function gave. */
const one = async (value: unknown, name: string): Promise<number> => (await numbersOf(value, name)).numbers[0];

export const checks: readonly Check[] = [
  {
    name: "Surprise: half is one bit, certain is none.",
    async run(exports) {
      const surprise = functionOf(exports, "surprise"), half = await one(surprise(0.5), "the surprise");
      if (Math.abs(half - Math.LN2) < 1e-9) {
        throw new Wrong("0.693 is the surprise in nats. Bits take the logarithm to base 2.");
      }
      if (half === -1) throw new Wrong("The logarithm of a probability is negative; surprise is minus that.");
      for (const p of [1, 0.5, 0.125, 1 / 27]) {
        await expectClose(surprise(p), reference.surprise(p), { name: "the surprise", input: `p = ${write(p)}` });
      }
      const never = await one(surprise(0), "the surprise");
      if (never !== Infinity) throw new Wrong(`The surprise at p = 0 is Infinity; yours is ${write(never)}.`);
    },
  },
  {
    name: "1/2, 1/4, 1/8, 1/8 have 1.75 bits.",
    async run(exports) {
      const found = await one(functionOf(exports, "entropy")([0.5, 0.25, 0.125, 0.125]), "the entropy");
      if (Math.abs(found - 9) < 1e-9 || Math.abs(found - 2.25) < 1e-9) {
        throw new Wrong(`${write(found)} counts every outcome alike. Entropy is the mean under the distribution: ` +
          "each surprise times its own probability.");
      }
      await expectClose(found, 1.75, { name: "the entropy", input: "1/2, 1/4, 1/8, 1/8" });
    },
  },
  {
    name: "What never happens adds nothing.",
    async run(exports) {
      const found = await one(functionOf(exports, "entropy")([0, 0.5, 0.5, 0]), "the entropy");
      if (Number.isNaN(found)) {
        throw new Wrong("0 times an infinite surprise is not a number for a computer. Its limit is 0: leave such " +
          "outcomes out.");
      }
      await expectClose(found, 1, { name: "the entropy", input: "0, 1/2, 1/2, 0" });
    },
  },
  {
    name: "Counts of any kind: the same as the reference.",
    async run(exports) {
      const fromCounts = functionOf(exports, "fromCounts");
      await expectClose(fromCounts([4, 2, 1, 1]), 1.75, { name: "the entropy", input: "counts 4, 2, 1, 1" });
      await compareWithReference(fromCounts, reference.fromCounts, (any) => any.record({
        counts: any.list(any.integer(0, 9), 1, 6).map((counts) => [1, ...counts]),
      }), { name: "the entropy" });
    },
  },
  {
    name: "Independent things tell nothing, equal things everything.",
    async run(exports) {
      const mutual = functionOf(exports, "mutualInformation");
      const apart = await one(mutual([[0.12, 0.28], [0.18, 0.42]]), "the information");
      if (Math.abs(apart) > 1e-6) {
        throw new Wrong(`Rows 0.4, 0.6 and columns 0.3, 0.7 are independent here: every cell is a product. Yours ` +
          `gives ` +
          `${write(apart)} bits; it should be 0. Is it H(X) + H(Y) − H(X, Y), with the sums of rows and of columns?`);
      }
      await expectClose(mutual([[0.5, 0], [0, 0.5]]), 1, { name: "the information", input: "[[0.5, 0], [0, 0.5]]" });
    },
  },
  {
    name: "Any joint table: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "mutualInformation"), reference.mutualInformation, (any) =>
        any.record({
          joint: any.matrix(2, 3, any.integer(0, 6)).map((table) => {
            const total = table.flat().reduce((a, b) => a + b, 1);
            return table.map((row, r) => row.map((count, c) => (count + (r + c === 0 ? 1 : 0)) / total));
          }),
        }), { name: "the information" });
    },
  },
];
