import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** Eigenvalues 3 and 1 along (1, 1) and (1, −1). */
const SYMMETRIC = [[2, 1], [1, 2]], SKEW = [[2, 1], [0, 1]];

interface Pair { readonly value?: unknown; readonly vector?: unknown }
async function pairOf(found: unknown): Promise<{ value: number; vector: readonly number[] }> {
  const pair = found as Pair | null | undefined;
  if (typeof pair !== "object" || pair === null || !("value" in pair) || !("vector" in pair)) {
    throw new Wrong("dominant should return an object with value and vector.");
  }
  const [value, vector] = [await numbersOf(pair.value, "value"), await numbersOf(pair.vector, "vector")];
  return { value: value.numbers[0], vector: vector.numbers };
}

export const checks: readonly Check[] = [
  {
    name: "A matrix times a vector.",
    async run(exports) {
      const apply = functionOf(exports, "apply"), { numbers } = await numbersOf(await apply(SKEW, [1, 3]), "apply");
      if (String(numbers) === "2,4") {
        throw new Wrong("apply gives [2, 4] for [[2, 1], [0, 1]] and [1, 3]: the numbers of x met the columns of the " +
          "matrix. Each entry is one row with x: 2 · 1 + 1 · 3 = 5.");
      }
      await expectClose(numbers, [5, 3], { name: "apply", input: "[[2, 1], [0, 1]] and [1, 3]" });
      await compareWithReference(apply, reference.apply, (any) => any.record({ a: any.matrix(3, 3), x: any.vector(3) }),
        { name: "apply" });
    },
  },
  {
    name: "A step gives an arrow one long, in the direction of the product.",
    async run(exports) {
      const step = functionOf(exports, "step"), { numbers } = await numbersOf(await step([[3, 0], [0, 4]], [1, 1]),
        "step");
      const long = Math.hypot(...numbers);
      if (Math.abs(long - 1) > 1e-5) {
        throw new Wrong(`For [[3, 0], [0, 4]] and [1, 1] your arrow is ${write(long)} long; it should be 1. Divide ` +
          `by the ` +
          "length of Ax, which is 5 here.");
      }
      await expectClose(numbers, [0.6, 0.8], { name: "step", input: "[[3, 0], [0, 4]] and [1, 1]" });
    },
  },
  {
    name: "A product of zeros leaves the arrow alone.",
    async run(exports) {
      const { numbers } = await numbersOf(await functionOf(exports, "step")([[0, 1], [0, 0]], [1, 0]), "step");
      if (numbers.some(Number.isNaN)) {
        throw new Wrong("[[0, 1], [0, 0]] sends [1, 0] to zero, and zero divided by its length is not a number. " +
          "Return x.");
      }
      await expectClose(numbers, [1, 0], { name: "step", input: "[[0, 1], [0, 0]] and [1, 0]" });
    },
  },
  {
    name: "The quotient estimates the eigenvalue, whatever the length of x.",
    async run(exports) {
      const rayleigh = functionOf(exports, "rayleigh"), negative = await numbersOf(await rayleigh([[-2, 0], [0, 1]],
        [1, 0]));
      if (negative.numbers[0] === 2) {
        throw new Wrong("[[−2, 0], [0, 1]] turns [1, 0] round: its eigenvalue is −2, and yours is 2. A length has no " +
          "sign; " +
          "a dot product has.");
      }
      const longer = (await numbersOf(await rayleigh(SYMMETRIC, [2, 2]), "rayleigh")).numbers[0];
      if (Math.abs(longer - 24) < 1e-6) {
        throw new Wrong("At [2, 2] the eigenvalue of [[2, 1], [1, 2]] is 3, and yours is 24 = x · Ax. Divide by x · " +
          "x, " +
          "which is 8.");
      }
      await expectClose(longer, 3, { name: "rayleigh", input: "[[2, 1], [1, 2]] and [2, 2]" });
      await expectClose(negative.numbers, [-2], { name: "rayleigh", input: "[[−2, 0], [0, 1]] and [1, 0]" });
    },
  },
  {
    name: "Repeated, it finds the largest eigenvalue of a symmetric matrix.",
    async run(exports) {
      const dominant = functionOf(exports, "dominant"), { value, vector } = await pairOf(await dominant(SYMMETRIC,
        [1, 0], 1));
      await expectClose([value, ...vector], [2.8, 2 / Math.sqrt(5), 1 / Math.sqrt(5)], { name: "value, then vector",
        input: "[[2, 1], [1, 2]] from [1, 0], one step" });
      const later = await pairOf(await dominant(SYMMETRIC, [1, 0], 30));
      await expectClose(later.value, 3, { name: "value", input: "[[2, 1], [1, 2]] from [1, 0], 30 steps" });
      await expectClose(later.vector.map(Math.abs), [Math.SQRT1_2, Math.SQRT1_2], { name: "the magnitudes in vector",
        input: "the same" });
    },
  },
  {
    name: "Any matrix, any start: the same as the reference after four steps.",
    async run(exports) {
      const flat = (f: (...args: never[]) => unknown) => async (...args: never[]) => {
        const { value, vector } = await pairOf(await f(...args));
        return [value, ...vector];
      };
      await compareWithReference(flat(functionOf(exports, "dominant")), flat(reference.dominant), (any) => any.record({
        a: any.matrix(3, 3, any.number(1, 3)), start: any.vector(3, any.number(0.5, 2)), steps: any.choice(4),
      }), { name: "value, then vector" });
    },
  },
];
