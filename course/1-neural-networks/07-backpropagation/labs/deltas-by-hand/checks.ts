import { checkGradient, compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const NAMES = ["w1", "b1", "w2", "b2"] as const;
type Name = (typeof NAMES)[number];
interface Network { readonly w1: number[][]; readonly b1: number[]; readonly w2: number[][]; readonly b2: number[];
readonly x: number[]; readonly t: number[] }

const affine = (w: number[][], b: number[], x: number[]): number[] =>
  w.map((row, j) => row.reduce((sum, weight, i) => sum + weight * x[i], b[j]));
/** The loss, in a form that stays exact for large sums. */
function lossOf({ w1, b1, w2, b2, x, t }: Network): number {
  const z = affine(w2, b2, affine(w1, b1, x).map(Math.tanh));
  return z.reduce((sum, v, k) => sum + Math.max(v, 0) - v * t[k] + Math.log1p(Math.exp(-Math.abs(v))), 0);
}

export const checks: readonly Check[] = [
  {
    name: "The delta of an output is its answer minus its target.",
    async run(exports) {
      const found = await numbersOf(functionOf(exports, "outputDelta")([0.9, 0.2], [0, 1]), "outputDelta");
      if (found.numbers[0] < 0) {
        throw new Wrong("Yours is target minus answer. A slope points to where the loss grows: it is y − t.");
      }
      await expectClose(found.numbers, [0.9, -0.8], { name: "outputDelta", input: "y [0.9, 0.2], t [0, 1]" });
    },
  },
  {
    name: "A hidden unit collects from all outputs, by the weights that lead there.",
    async run(exports) {
      const w2 = [[1, -2], [3, 0.5]], delta2 = [0.5, -0.1], h = [0, 0.5];
      const { numbers } = await numbersOf(functionOf(exports, "hiddenDelta")(w2, delta2, h), "hiddenDelta");
      if (numbers.length === 2 && Math.abs(numbers[0] - (1 * 0.5 + -2 * -0.1)) < 1e-9) {
        throw new Wrong("You went along the rows of W₂. A row leads to one output; a hidden unit reaches all " +
          "outputs, along a column: that is what the transposed matrix does.");
      }
      if (numbers.length === 2 && Math.abs(numbers[1] - -1.05) < 1e-9) {
        throw new Wrong("What arrives is right; the slope of tanh is missing. With h = 0.5 it is 1 − 0.25 = 0.75.");
      }
      await expectClose(numbers, [0.2, -0.7875], { name: "hiddenDelta",
        input: "w2 [[1, −2], [3, 0.5]], delta2 [0.5, −0.1], h [0, 0.5]" });
    },
  },
  {
    name: "A weight’s gradient: the delta above times the value below.",
    async run(exports) {
      const found = await numbersOf(functionOf(exports, "weightGradient")([1, 10], [2, 3, 4]), "weightGradient");
      if (String(found.shape) === "3,2") {
        throw new Wrong("Yours has shape [3, 2]: a row for each value below. The weights have a row for each unit " +
          "above, so their gradient has shape [2, 3].");
      }
      await expectClose(functionOf(exports, "weightGradient")([1, 10], [2, 3, 4]), [[2, 3, 4], [20, 30, 40]],
        { name: "weightGradient", input: "delta [1, 10], below [2, 3, 4]" });
    },
  },
  {
    name: "Any network: the same as the reference.",
    async run(exports) {
      for (const name of NAMES) {
        const part = (f: (...args: never[]) => unknown) => async (...args: never[]): Promise<unknown> => {
          const found = await f(...args) as Partial<Record<Name, unknown>> | undefined;
          if (typeof found !== "object" || !(name in found)) {
            throw new Wrong(`gradients should return an object with w1, b1, w2 and b2; ${name} is missing.`);
          }
          return found[name];
        };
        await compareWithReference(part(functionOf(exports, "gradients")), part(reference.gradients), (any) =>
          any.record<Network>({ w1: any.matrix(3, 2), b1: any.vector(3), w2: any.matrix(2, 3), b2: any.vector(2),
            x: any.vector(2), t: any.vector(2, any.integer(0, 1)) }), { name: `the gradient of ${name}`, runs: 25 });
      }
    },
  },
  {
    name: "Central differences agree, for every weight.",
    async run(exports) {
      const gradients = functionOf(exports, "gradients");
      await forAll((any) => any.record<Network>({ w1: any.matrix(2, 2, any.number(-1, 1)), b1: any.vector(2),
        w2: any.matrix(2, 2, any.number(-1, 1)), b2: any.vector(2), x: any.vector(2),
        t: any.vector(2, any.integer(0, 1)) }), async (net) => {
        const found = await gradients(...Object.values(structuredClone(net))) as Record<Name, unknown>;
        await checkGradient((w) => lossOf({ ...net, w1: [[w[0], w[1]], [w[2], w[3]]] }),
          (await numbersOf(found.w1, "the gradient of w1")).numbers, net.w1.flat(), { name: "the gradient of w1" });
      }, { runs: 15 });
    },
  },
];
