import { compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const SETS = [[1, 4], [3, 8], [2, 3]], TRUTH = [1, 6.5];
const GIVEN = `predictions ${write(SETS)}, truth ${write(TRUTH)}`;
const one = async (value: unknown, name: string): Promise<number> => (await numbersOf(value, name)).numbers[0];

export const checks: readonly Check[] = [
  {
    name: "Squared bias: average first, then compare.",
    async run(exports) {
      const bias = functionOf(exports, "squaredBias"), name = "the squared bias";
      const value = await one(bias(structuredClone(SETS), [...TRUTH]), name);
      const right = reference.squaredBias(SETS, TRUTH);
      if (Math.abs(value - reference.error(SETS, TRUTH)) < 1e-9) {
        throw new Wrong(`For ${GIVEN} yours is ${write(value)}: that is the whole error. Average the predictions ` +
          "over the training sets before you square.");
      }
      if (Math.abs(value - 2 * right) < 1e-9) throw new Wrong(`Yours is ${write(value)}, the sum over both places; ` +
        "take their mean.");
      const signed = SETS.flatMap((row) => row.map((v, i) => v - TRUTH[i])).reduce((a, b) => a + b, 0) / 6;
      if (Math.abs(value - signed ** 2) < 1e-9) {
        throw new Wrong(`Yours is ${write(value)}: you averaged over the places before squaring, so that too high at ` +
          "one place makes up for too low at another. Square at each place.");
      }
      await expectClose(value, right, { name, input: GIVEN });
      await compareWithReference(bias, reference.squaredBias, (any) =>
        any.record({ predictions: any.matrix(3, 2), truth: any.vector(2) }), { name });
    },
  },
  {
    name: "Variance: how far the models are from each other.",
    async run(exports) {
      const variance = functionOf(exports, "variance"), name = "the variance";
      const value = await one(variance(structuredClone(SETS)), name), right = reference.variance(SETS);
      if (Math.abs(value - right * 3 / 2) < 1e-9) {
        throw new Wrong(`For ${write(SETS)} yours is ${write(value)}: you divided by one less than the number of ` +
          "sets. Here it is the mean, so that bias and variance add up.");
      }
      const rows = SETS.map((row) => reference.variance(row.map((v) => [v])));
      if (Math.abs(value - rows.reduce((a, b) => a + b, 0) / rows.length) < 1e-9) {
        throw new Wrong(`For ${write(SETS)} yours is ${write(value)}: the spread within each model, from place to ` +
          "place. Stay at one place and go from model to model.");
      }
      await expectClose(value, right, { name, input: `predictions ${write(SETS)}` });
      await compareWithReference(variance, reference.variance, (any) => any.record({ predictions: any.matrix(4, 2) }),
        { name });
    },
  },
  {
    name: "The error is the sum of both.",
    async run(exports) {
      const { squaredBias, variance, error } = { squaredBias: functionOf(exports, "squaredBias"),
        variance: functionOf(exports, "variance"), error: functionOf(exports, "error") };
      await forAll((any) => any.record({ predictions: any.matrix(3, 2), truth: any.vector(2) }), async (given) => {
        const { predictions, truth } = given, copy = (): number[][] => structuredClone(predictions);
        const sum = await one(squaredBias(copy(), [...truth]), "the squared bias") + await one(variance(copy()),
          "the variance");
        const value = await one(error(copy(), [...truth]), "the error");
        if (Math.abs(value - sum) > 1e-5 * (1 + sum)) throw new Wrong(`Squared bias and variance are ${write(sum)} ` +
          `together, your error is ${write(value)}, for ${write(given)}. They must be equal.`);
      });
      await compareWithReference(error, reference.error, (any) =>
        any.record({ predictions: any.matrix(3, 2), truth: any.vector(2) }), { name: "the error" });
    },
  },
  {
    name: "The expected error of a shrunken average.",
    async run(exports) {
      const shrunk = functionOf(exports, "shrunkError"), name = "the expected error";
      const given = "c = 0.5, μ = 2, σ = 4, n = 8";
      const value = await one(shrunk(0.5, 2, 4, 8), name);
      const slips: readonly (readonly [number, string])[] = [
        [1 + 0.5 * 2, "the variance of c times something is c² times its variance"],
        [1 + 0.25 * 16, "the average of n measurements has the variance σ²/n"],
        [1 + 0.25 * 4 / 8, "σ is the standard deviation; the variance is its square"],
        [0.25 * 2, "the bias is missing: the mean of your answer is cμ, and not μ"],
        [1 + 2, "the variance shrinks too, by c²"],
      ];
      const slip = slips.find(([number]) => Math.abs(value - number) < 1e-9);
      if (slip !== undefined) throw new Wrong(`For ${given} yours is ${write(value)}: ${slip[1]}.`);
      await expectClose(value, reference.shrunkError(0.5, 2, 4, 8), { name, input: given });
      await compareWithReference(shrunk, reference.shrunkError, (any) => any.record({ c: any.number(-1, 2),
        mu: any.number(), sigma: any.number(0, 3), n: any.integer(1, 20) }), { name });
    },
  },
  {
    name: "The best shrinkage.",
    async run(exports) {
      const best = functionOf(exports, "bestShrink");
      await forAll((any) => any.record({ mu: any.number(-3, 3), sigma: any.number(0.1, 3), n: any.integer(1, 20) }),
        async ({ mu, sigma, n }) => {
          const given = `μ = ${write(mu)}, σ = ${write(sigma)}, n = ${n}`, c = await one(best(mu, sigma, n), "c");
          const right = reference.bestShrink(mu, sigma, n), reached = reference.shrunkError(c, mu, sigma, n);
          if (Math.abs(c - right) <= 1e-6) return;
          const plain = reference.shrunkError(1, mu, sigma, n);
          if (Math.abs(c - 1) < 1e-9) {
            throw new Wrong(`For ${given} you do not shrink at all: the error is ${write(plain)}. With c = ` +
              `${write(right)} it would be ${write(reference.shrunkError(right, mu, sigma, n))}.`);
          }
          throw new Wrong(`For ${given} your c is ${write(c)}, with the expected error ${write(reached)}; there is a ` +
            "c with a smaller one. Where is the derivative zero?");
        });
    },
  },
];
