import { checkGradient, compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const ROWS = [[2, 1, 0], [-1, 0.5, 3]], TARGETS = [[1, 0, 0], [0, 1, 0]];
const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 1e-9);
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
/** Positive numbers that add up to 1. */
const shares = (numbers: readonly number[]): number[] => {
  const parts = numbers.map((v) => Math.abs(v) + 0.1), total = sum(parts);
  return parts.map((v) => v / total);
};

export const checks: readonly Check[] = [
  {
    name: "softmax turns a row of logits into shares.",
    async run(exports) {
      const softmax = functionOf(exports, "softmax"), name = "softmax";
      const { numbers } = await numbersOf(softmax([2, 1, 0]), "softmax([2, 1, 0])");
      const total = sum(numbers);
      if (numbers.length === 3 && Math.abs(total - 1) > 1e-6) {
        throw new Wrong(`softmax([2, 1, 0]) is ${write(numbers)}, which adds up to ${write(total)}. ` +
          "Shares add up to 1.");
      }
      await compareWithReference(softmax, reference.softmax, (any) => any.record({ z: any.vector(4) }), { name });
    },
  },
  {
    name: "softmax and logSumExp bear logits of any size.",
    async run(exports) {
      const softmax = functionOf(exports, "softmax"), logSumExp = functionOf(exports, "logSumExp");
      const small = (await numbersOf(logSumExp([2, 1, 0]), "log-sum-exp")).numbers[0];
      if (Math.abs(small - reference.logSumExp([2, 1, 0]) + 2) < 1e-6) {
        throw new Wrong(`logSumExp([2, 1, 0]) is ${write(small)}: the number that you took away, 2, must be added ` +
          "again.");
      }
      await compareWithReference(logSumExp, reference.logSumExp, (any) => any.record({ z: any.vector(3) }),
        { name: "log-sum-exp" });
      for (const z of [[1000, 999, 0], [-1000, -1001, -1003]]) {
        const of = `softmax(${write(z)})`, { numbers } = await numbersOf(softmax([...z]), of);
        if (numbers.some((v) => !Number.isFinite(v))) {
          throw new Wrong(`${of} is ${write(numbers)}. ${z[0] > 0 ? "e to the 1,000 is infinite"
            : "e to the −1,000 is 0, and so is the sum"}: take the same number away from every logit first.`);
        }
        await expectClose(numbers, reference.softmax(z), { name: of });
        const log = `logSumExp(${write(z)})`, value = (await numbersOf(logSumExp([...z]), log)).numbers[0];
        if (!Number.isFinite(value)) throw new Wrong(`${log} is ${write(value)}. The same remedy helps here, and at ` +
          "the end what was taken away is added again.");
        await expectClose(value, reference.logSumExp(z), { name: log });
      }
    },
  },
  {
    name: "The loss is the mean over the rows.",
    async run(exports) {
      const loss = functionOf(exports, "loss"), name = "the loss";
      const value = (await numbersOf(loss(ROWS, TARGETS), name)).numbers[0], right = reference.loss(ROWS, TARGETS);
      if (Math.abs(value - 2 * right) < 1e-9) {
        throw new Wrong(`For two rows the loss is ${write(value)}, twice ${write(right)}: that is their sum. ` +
          "Take the mean.");
      }
      if (Math.abs(value + right) < 1e-9) throw new Wrong(`The loss is ${write(value)}. Logarithms of shares are ` +
        "negative; the minus makes the loss positive.");
      await compareWithReference((z: number[][], t: number[][]) => loss(z, t.map(shares)),
        (z: number[][], t: number[][]) => reference.loss(z, t.map(shares)), (any) =>
          any.record({ logits: any.matrix(2, 3), targets: any.matrix(2, 3) }), { name });
      const far = (await numbersOf(loss([[1000, 0]], [[0, 1]]), name)).numbers[0];
      if (far !== 1000) {
        throw new Wrong(`For logits [1000, 0] and the second class the loss is ${write(far)}; it is 1000. The share ` +
          "of the second class is 0 in the computer, so do not take its logarithm: use logSumExp.");
      }
    },
  },
  {
    name: "The gradient, against its formula.",
    async run(exports) {
      const gradient = functionOf(exports, "gradient"), name = "the gradient";
      const { numbers } = await numbersOf(gradient(ROWS.map((row) => [...row]), TARGETS), name);
      const right = reference.gradient(ROWS, TARGETS).flat(), p = ROWS.flatMap(reference.softmax), y = TARGETS.flat();
      if (near(numbers, right.map((v) => -v))) {
        throw new Wrong("Every number has the wrong sign. If the right logit grows, the loss falls: its slope is " +
          "negative.");
      }
      if (near(numbers, right.map((v) => 2 * v))) {
        throw new Wrong("With two rows every number is twice as large as it should be: the loss is a mean over rows.");
      }
      if (near(numbers, right.map((v) => v * 2 / 3))) {
        throw new Wrong("You divided by the number of classes. The loss is a mean over rows only; over classes it is " +
          "a sum.");
      }
      if (near(numbers, right.map((v, i) => v * p[i] * (1 - p[i])))) {
        throw new Wrong("There is a factor p(1 − p) too many. That is the gradient’s shape for a squared error; here " +
          "the logarithm cancels it.");
      }
      if (near(numbers, p.map((v, i) => -y[i] * (1 - v) / 2))) {
        throw new Wrong("Only the right class has a slope in yours. The other logits stand in the denominator: " +
          "raising one of them lowers the share of the right class.");
      }
      await expectClose(numbers, right, { name: "the gradient, row after row,",
        input: `logits ${write(ROWS)}, targets ${write(TARGETS)}` });
    },
  },
  {
    name: "The gradient, against central differences, with soft targets.",
    async run(exports) {
      const gradient = functionOf(exports, "gradient"), target = [[0.7, 0.2, 0.1]], at = [0.3, -1.2, 0.8];
      await checkGradient((z) => reference.loss([z], target), gradient([[...at]], target), at);
      await compareWithReference((z: number[][], t: number[][]) => gradient(z, t.map(shares)),
        (z: number[][], t: number[][]) => reference.gradient(z, t.map(shares)), (any) =>
          any.record({ logits: any.matrix(3, 2), targets: any.matrix(3, 2) }), { name: "the gradient" });
    },
  },
];
