import { tensor, type Tensor } from "gradus";
import { expectClose, expectShape, functionOf, numbersOf, Wrong, write, type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const TOLERANCE = 1e-4;
const X = [[1, 10, -2], [3, 30, 0], [5, 20, 5], [2, 60, 1]], GAMMA = [1.5, 0.5, -2], BETA = [0.1, 1, -0.3];
const DY = [[0.2, -1, 0.5], [1, 0.4, -0.3], [-0.6, 0.8, 0.9], [0.1, 0.3, 0.2]];
const x = tensor(X), gamma = tensor(GAMMA), beta = tensor(BETA), dy = tensor(DY), ones = tensor([1, 1, 1]);
const zero = tensor([0, 0, 0]);
const RUNNING = { mean: tensor([2, 25, 0]), variance: tensor([4, 100, 9]) };

const near = async (yours: unknown, other: unknown): Promise<boolean> => {
  const [a, b] = await Promise.all([numbersOf(yours), numbersOf(other)]);
  return a.numbers.length === b.numbers.length
    && a.numbers.every((v, i) => Math.abs(v - b.numbers[i]) <= TOLERANCE * Math.max(1, Math.abs(b.numbers[i])));
};
function partOf<T extends object>(value: unknown, name: keyof T & string, from: string): unknown {
  const part = (value as Partial<T> | null | undefined)?.[name];
  if (part === undefined) throw new Wrong(`${from} should return an object with ${name}.`);
  return part;
}
const centred = x.sub(x.mean([0]));

export const checks: readonly Check[] = [
  {
    name: "Forward: each column gets mean beta and deviation |gamma|.",
    async run(exports) {
      const forward = functionOf(exports, "forward"), plain = await forward(x, ones, zero);
      await expectShape(plain, [4, 3], "forward");
      const rows = x.sub(x.mean([1], { keepdim: true }));
      if (await near(plain, rows.div(rows.square().mean([1], { keepdim: true }).add(1e-5).sqrt()))) {
        throw new Wrong("Your statistics run along each row: that is layer normalisation. Batch normalisation takes " +
          "the mean of each column, over the examples.");
      }
      const unbiased = centred.div(centred.square().sum([0]).div(3).add(1e-5).sqrt());
      if (await near(plain, unbiased)) {
        throw new Wrong("You divided the squares by B − 1. In the forward pass the variance is divided by B; only " +
          "the running one uses B − 1.");
      }
      if (await near(plain, centred.div(centred.square().mean([0])))) {
        throw new Wrong("You divided by the variance. Divide by its root, and the column has deviation 1.");
      }
      await expectClose(plain, reference.forward(x, ones, zero), { name: "forward", tolerance: TOLERANCE,
        input: "gamma 1 and beta 0" });
      await expectClose(await forward(x, gamma, beta), reference.forward(x, gamma, beta), { name: "forward",
        tolerance: TOLERANCE, input: `gamma ${write(GAMMA)} and beta ${write(BETA)}` });
    },
  },
  {
    name: "A column of equal numbers gives beta, not infinity.",
    async run(exports) {
      const { numbers } = await numbersOf(await functionOf(exports, "forward")(tensor([[2], [2], [2]]), tensor([3]),
        tensor([0.5])), "forward");
      if (numbers.some((v) => !Number.isFinite(v))) {
        throw new Wrong("Equal numbers have variance 0, and you divided 0 by 0. Add ε = 1e−5 to the variance, under " +
          "the root.");
      }
      await expectClose(numbers, [0.5, 0.5, 0.5], { name: "forward", tolerance: TOLERANCE, input: "2, 2, 2" });
    },
  },
  {
    name: "Backward: gamma and beta collect from the whole batch.",
    async run(exports) {
      const found = await functionOf(exports, "backward")(x, gamma, dy), expected = reference.backward(x, gamma, dy);
      const dbeta = partOf<reference.Gradients>(found, "dbeta", "backward");
      const dgamma = partOf<reference.Gradients>(found, "dgamma", "backward");
      await expectShape(dbeta, [3], "dbeta");
      if (await near(dbeta, expected.dbeta.div(4))) {
        throw new Wrong("dbeta is the mean over the batch. beta was added to every example, so their gradients " +
          "add up.");
      }
      await expectClose(dbeta, expected.dbeta, { name: "dbeta", tolerance: TOLERANCE });
      await expectShape(dgamma, [3], "dgamma");
      if (await near(dgamma, dy.mul(x).sum([0]))) {
        throw new Wrong("dgamma used x. What gamma was multiplied with is the normalised x.");
      }
      await expectClose(dgamma, expected.dgamma, { name: "dgamma", tolerance: TOLERANCE });
    },
  },
  {
    name: "Backward: x knows that it moves its own mean and size.",
    async run(exports) {
      const backward = functionOf(exports, "backward");
      const dx = partOf<reference.Gradients>(await backward(x, gamma, dy), "dx", "backward");
      await expectShape(dx, [4, 3], "dx");
      const expected = reference.backward(x, gamma, dy).dx, root = centred.square().mean([0]).add(1e-5).sqrt();
      if (await near(dx, dy.mul(gamma).div(root))) {
        throw new Wrong("dx takes mean and size as constants. Moving one x moves both, and with them every other " +
          "example: two terms are missing.");
      }
      if (await near(dx, dy.sub(dy.mean([0])).mul(gamma).div(root))) {
        throw new Wrong("dx accounts for the mean and not for the size. The term with x̂ times the mean of dy x̂ is " +
          "missing.");
      }
      const all: Tensor = reference.backward(x, ones, dy).dx;
      if (await near(dx, all)) throw new Wrong("dx is right for gamma = 1. Multiply by gamma, too.");
      await expectClose(dx, expected, { name: "dx", tolerance: TOLERANCE });
    },
  },
  {
    name: "Running statistics move a tenth of the way, to the unbiased variance.",
    async run(exports) {
      const found = await functionOf(exports, "track")(RUNNING, x), expected = reference.track(RUNNING, x);
      const mean = partOf<reference.Statistics>(found, "mean", "track");
      const variance = partOf<reference.Statistics>(found, "variance", "track");
      const { mean: old } = RUNNING;
      if (await near(mean, old.mul(0.1).add(x.mean([0]).mul(0.9)))) {
        throw new Wrong("The running mean moved nine tenths of the way. Keep nine tenths of the old one.");
      }
      await expectClose(mean, expected.mean, { name: "the running mean", tolerance: TOLERANCE });
      const biased = RUNNING.variance.mul(0.9).add(centred.square().mean([0]).mul(0.1));
      if (await near(variance, biased)) {
        throw new Wrong("The running variance took the squares divided by B. Of few examples that is too small on " +
          "average: divide by B − 1 here.");
      }
      await expectClose(variance, expected.variance, { name: "the running variance", tolerance: TOLERANCE });
    },
  },
  {
    name: "When predicting, an example does not depend on its neighbours.",
    async run(exports) {
      const evaluate = functionOf(exports, "evaluate"), one = tensor([X[0]]);
      const expected = reference.evaluate(x, gamma, beta, RUNNING);
      const found = await evaluate(x, gamma, beta, RUNNING);
      if (await near(found, reference.forward(x, gamma, beta))) {
        throw new Wrong("evaluate used the statistics of the batch. It should use the running ones.");
      }
      await expectClose(found, expected, { name: "evaluate", tolerance: TOLERANCE });
      await expectClose(await evaluate(one, gamma, beta, RUNNING), reference.evaluate(one, gamma, beta, RUNNING), {
        name: "evaluate", tolerance: TOLERANCE, input: "one example alone" });
    },
  },
];
