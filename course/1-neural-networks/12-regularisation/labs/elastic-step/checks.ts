import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

export const checks: readonly Check[] = [
  {
    name: "The soft threshold moves towards zero and stops there.",
    async run(exports) {
      const soft = functionOf(exports, "softThreshold"), name = "the soft threshold";
      const [down, small, below] = await Promise.all([[2, 0.5], [0.3, 0.5], [-2, 0.5]].map(async ([v, t]) =>
        (await numbersOf(soft(v, t), name)).numbers[0]));
      if (down === 2) {
        throw new Wrong("softThreshold(2, 0.5) leaves 2 as it is. What is kept is shrunk too: that is the “soft” in " +
          "the name.");
      }
      if (small !== 0) {
        throw new Wrong(`softThreshold(0.3, 0.5) is ${write(small)}. The way to zero is shorter than 0.5: stop at 0.`);
      }
      if (below === -2.5) {
        throw new Wrong("softThreshold(−2, 0.5) is −2.5, farther from zero. Towards zero means up for a negative " +
          "number.");
      }
      if (below === 0) {
        throw new Wrong("softThreshold(−2, 0.5) is 0. A negative number far from zero is moved up by 0.5 only.");
      }
      await compareWithReference(soft, reference.softThreshold, (any) =>
        any.record({ v: any.number(), t: any.number(0, 2) }), { name });
    },
  },
  {
    name: "The elastic step: the loss first, then the penalties.",
    async run(exports) {
      const step = functionOf(exports, "elasticStep"), name = "the weights";
      const w = [1, -0.05, 0.5], gradient = [0.5, 2, -1];
      const { numbers } = await numbersOf(step([...w], gradient, 0.1, 1, 0), name);
      const threshold = w.map((v, i) => reference.softThreshold(v - 0.1 * gradient[i], 1));
      if (numbers.every((v, i) => Math.abs(v - threshold[i]) < 1e-9)) {
        throw new Wrong("With rate 0.1 and l1 = 1 you moved towards zero by 1. The penalty is multiplied by the " +
          "rate, so it is 0.1.");
      }
      const before = w.map((v, i) => reference.softThreshold(v, 0.1) - 0.1 * gradient[i]);
      if (numbers.every((v, i) => Math.abs(v - before[i]) < 1e-9)) {
        throw new Wrong("You shrank first and took the gradient step afterwards. Then no weight ends at zero: shrink " +
          "last.");
      }
      await expectClose(numbers, reference.elasticStep(w, gradient, 0.1, 1, 0),
        { name, input: "w = [1, −0.05, 0.5], gradient [0.5, 2, −1], rate 0.1, l1 = 1, l2 = 0" });
      const ridge = (await numbersOf(step([1], [0], 0.5, 0, 2), name)).numbers[0];
      if (Math.abs(ridge) < 1e-9) {
        throw new Wrong("For w = 1, no gradient, rate 0.5 and l2 = 2 yours is 0: that is a gradient step for the " +
          "square. The smallest of ½(w − v)² + rate · ½ l2 w² is v divided by 1 + rate · l2, which is ½.");
      }
      await compareWithReference(step, reference.elasticStep, (any) => any.record({ w: any.vector(3),
        gradient: any.vector(3), rate: any.number(0.01, 1), l1: any.number(0, 2), l2: any.number(0, 2) }), { name });
    },
  },
  {
    name: "Decoupled decay takes a share of each weight.",
    async run(exports) {
      const step = functionOf(exports, "decayStep"), name = "the weights";
      const { numbers } = await numbersOf(step([2], [1], 0.1, 0.5), name);
      if (Math.abs(numbers[0] - 0.9) < 1e-9) {
        throw new Wrong("From w = 2 you came to 0.9: the decay was not multiplied by the rate. It takes " +
          "0.1 · 0.5 · 2.");
      }
      await compareWithReference(step, reference.decayStep, (any) => any.record({ w: any.vector(3),
        gradient: any.vector(3), rate: any.number(0.01, 1), decay: any.number(0, 1) }), { name });
    },
  },
  {
    name: "A lasso that leaves out what does not matter.",
    async run(exports) {
      const lasso = functionOf(exports, "lasso"), name = "the weights";
      const inputs = [[1, 1, 0.2], [1, -1, -0.1], [-1, 1, 0.3], [-1, -1, -0.4]], targets = [2.2, 1.8, -1.9, -2.1];
      const given = "four examples, rate 0.2, l1 = 0.2, 200 steps";
      const { numbers } = await numbersOf(lasso(inputs, targets, 0.2, 0.2, 200), name);
      const expected = reference.lasso(inputs, targets, 0.2, 0.2, 200);
      if (Math.abs(numbers[0] - reference.lasso(inputs, targets, 0.2, 0.05, 200)[0]) < 1e-6) {
        throw new Wrong(`Your first weight is ${write(numbers[0])}, as if l1 were 0.05: with the sum of four ` +
          "examples the loss weighs four times as much. Take the mean.");
      }
      await expectClose(numbers, expected, { name, input: given });
      await compareWithReference((x: number[][], y: number[], l1: number) => lasso(x, y, 0.05, l1, 10),
        (x: number[][], y: number[], l1: number) => reference.lasso(x, y, 0.05, l1, 10), (any) => any.record({
        x: any.matrix(4, 2), y: any.vector(4), l1: any.number(0, 1) }), { name, runs: 20 });
    },
  },
];
