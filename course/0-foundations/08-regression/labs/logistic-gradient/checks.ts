import {
  checkGradient, compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Generators,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const ROWS = [[1, 2], [-1, 0.5], [0.5, -1]], LABELS = [1, 0, 1], WEIGHTS = [0.3, -0.2], BIAS = 0.1;
const problem = (any: Generators) => any.record({
  weights: any.vector(2), bias: any.number(-1, 1), rows: any.matrix(4, 2), labels: any.vector(4, any.integer(0, 1)),
});
const one = async (value: unknown, name: string): Promise<number> => (await numbersOf(value, name)).numbers[0];

export const checks: readonly Check[] = [
  {
    name: "The sigmoid at 0, at ln 3, and far out on both sides.",
    async run(exports) {
      const sigmoid = functionOf(exports, "sigmoid");
      const middle = await one(sigmoid(Math.log(3)), "sigmoid");
      if (Math.abs(middle - 0.25) < 1e-9) {
        throw new Wrong("sigmoid(ln 3) is 0.25, which is its value at −ln 3: check the sign in the exponent.");
      }
      await expectClose([await sigmoid(0), middle], [0.5, 0.75], { name: "sigmoid", input: "0 and ln 3" });
      for (const z of [-1000, 1000]) {
        const far = await one(sigmoid(z), "sigmoid");
        if (Number.isNaN(far)) {
          throw new Wrong(`sigmoid(${write(z)}) is not a number: infinity was divided by infinity. Use the form in ` +
            `which ` +
            "only the denominator can become infinite.");
        }
        await expectClose(far, z > 0 ? 1 : 0, { name: "sigmoid", input: write(z) });
      }
    },
  },
  {
    name: "A probability needs the bias too.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "probability"), reference.probability, (any) => any.record({
        weights: any.vector(3), bias: any.number(), x: any.vector(3) }), { name: "probability" });
    },
  },
  {
    name: "Zero weights cost ln 2 for each row, and the loss is a mean.",
    async run(exports) {
      const loss = functionOf(exports, "loss"), found = await one(loss([0, 0], 0, ROWS, LABELS), "loss");
      if (Math.abs(found - 3 * Math.LN2) < 1e-5) throw new Wrong("loss is 3 ln 2 for three rows: divide the sum by 3.");
      if (Math.abs(found + Math.LN2) < 1e-5) throw new Wrong("loss is −ln 2: logarithms of probabilities are " +
        "negative, " +
        "the loss is minus their mean.");
      await expectClose(found, Math.LN2, { name: "loss", input: "three rows and zero weights" });
      await compareWithReference(loss, reference.loss, (any) => problem(any), { name: "loss" });
    },
  },
  {
    name: "The gradient is that of your loss, by central differences.",
    async run(exports) {
      const gradient = functionOf(exports, "gradient");
      const found = await numbersOf(await gradient([...WEIGHTS], BIAS, ROWS, LABELS), "gradient");
      const exact = reference.gradient(WEIGHTS, BIAS, ROWS, LABELS);
      const factor = (f: number): boolean => found.numbers.length === 3
        && found.numbers.every((v, i) => Math.abs(v - f * exact[i]) < 1e-5);
      if (factor(3)) throw new Wrong("Each number is three times too large for three rows: the loss is a mean, so is " +
        "its " +
        "gradient.");
      if (factor(-1)) throw new Wrong("Each number has the opposite sign: y − p points downhill. The gradient has p " +
        "− y.");
      if (found.numbers.length === 2) throw new Wrong("gradient has 2 numbers; after the two weights comes the bias.");
      await checkGradient(([a, b, bias]) => reference.loss([a, b], bias, ROWS, LABELS), found.numbers, [...WEIGHTS,
        BIAS],
        { name: "the gradient" });
    },
  },
  {
    name: "Any weights, any rows: the same gradient as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "gradient"), reference.gradient, (any) => problem(any),
        { name: "the gradient" });
    },
  },
];
