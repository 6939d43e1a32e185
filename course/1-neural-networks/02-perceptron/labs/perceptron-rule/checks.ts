import {
  compareWithReference,
  expectClose,
  functionOf,
  numbersOf,
  Wrong,
  write,
  type Check,
  type Generators,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const GATES = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];

interface Unit {
  readonly weights: readonly number[];
  readonly bias: number;
}
/** What `update` or `train` returned, as numbers: the weights, then the bias. */
async function numbersOfUnit(value: unknown, name: string): Promise<number[]> {
  const unit = value as Partial<Unit> | null | undefined;
  if (typeof unit !== "object" || unit === null || !("weights" in unit) || !("bias" in unit)) {
    throw new Wrong(`${name} should return an object with weights and bias.`);
  }
  const weights = await numbersOf(unit.weights, `weights of ${name}`),
    bias = await numbersOf(unit.bias, `bias of ${name}`);
  return [...weights.numbers, ...bias.numbers];
}
/** Examples of the size that `features` says. */
const unit = (any: Generators, features: number) => ({
  weights: any.vector(features),
  bias: any.number(),
  x: any.vector(features),
});

export const checks: readonly Check[] = [
  {
    name: "The unit answers 1 above zero and 0 below it.",
    async run(exports) {
      const predict = functionOf(exports, "predict");
      await expectClose(predict([2, -1], 0.5, [1, 1]), 1, {
        name: "predict",
        input: "weights [2, −1], bias 0.5, x [1, 1]",
      });
      await expectClose(predict([2, -1], 0.5, [-1, 1]), 0, {
        name: "predict",
        input: "weights [2, −1], bias 0.5, x [−1, 1]",
      });
      if ((await predict([1, 1], -2, [1, 1])) !== 0) {
        throw new Wrong(
          "At exactly zero the unit should answer 0: weights [1, 1], bias −2, x [1, 1] give 1 + 1 − 2 = 0.",
        );
      }
    },
  },
  {
    name: "Any weights, any input: the same answer as the reference.",
    async run(exports) {
      await compareWithReference(
        functionOf(exports, "predict"),
        reference.predict,
        (any) => any.record(unit(any, 3)),
        { name: "predict" },
      );
    },
  },
  {
    name: "A right answer changes nothing.",
    async run(exports) {
      const found = await numbersOfUnit(functionOf(exports, "update")([1, -1], 0.5, [2, 1], 1, 0.1), "update");
      if (String(found) !== "1,-1,0.5") {
        throw new Wrong(
          "The unit was right about x [2, 1] and should stay as it is; yours became weights " +
            `${write(found.slice(0, -1))}, bias ${write(found.at(-1))}.`,
        );
      }
    },
  },
  {
    name: "A wrong answer moves the weights towards the target.",
    async run(exports) {
      const update = functionOf(exports, "update");
      const before = [1, -1];
      const [first, , bias] = await numbersOfUnit(update(before, -3, [2, 0], 1, 0.1), "update");
      if (first < 1) {
        throw new Wrong(
          `The target was 1 and the answer 0, so the sum has to grow; your first weight fell from 1 to ` +
          `${write(first)}.`,
        );
      }
      if (bias === -3) {
        throw new Wrong(
          "The bias stayed at −3. It learns like a weight whose input is always 1: add rate · (target − answer).",
        );
      }
      if (String(before) !== "1,-1") {
        throw new Wrong("update changed the list of weights it was given; return a new list instead.");
      }
    },
  },
  {
    name: "Single steps agree with the reference.",
    async run(exports) {
      const update = functionOf(exports, "update");
      const flat =
        (f: (...args: never[]) => unknown) =>
        async (...args: never[]) =>
          numbersOfUnit(await f(...args), "update");
      await compareWithReference(
        flat(update),
        flat(reference.update),
        (any) =>
          any.record({
            ...unit(any, 2),
            target: any.choice(0, 1),
            rate: any.choice(0.1, 0.5, 1),
          }),
        { name: "the unit (weights, then bias) after update" },
      );
    },
  },
  {
    name: "AND, OR and NOT-AND are learned.",
    async run(exports) {
      const train = functionOf(exports, "train"),
        predict = functionOf(exports, "predict");
      for (const [name, targets] of [
        ["AND", [0, 0, 0, 1]],
        ["OR", [0, 1, 1, 1]],
        ["NOT-AND", [1, 1, 1, 0]],
      ] as const) {
        const learned = (await train(GATES, [...targets], 0.5, 50)) as Unit;
        await numbersOfUnit(learned, "train");
        const answers = await Promise.all(GATES.map((x) => predict([...learned.weights], learned.bias, x)));
        await expectClose(answers, targets, { name: `${name} after training`, input: "the inputs 00, 01, 10, 11" });
      }
    },
  },
  {
    name: "Training stops at the first pass without a mistake, and at the limit.",
    async run(exports) {
      const train = functionOf(exports, "train");
      const passes = async (targets: number[], epochs: number): Promise<unknown> =>
        ((await train(GATES, targets, 0.5, epochs)) as { passes?: unknown } | undefined)?.passes;
      await expectClose(await passes([0, 1, 1, 0], 9), 9, {
        name: "passes",
        input: "XOR, which no unit can learn, and 9 epochs",
      });
      const expected = reference.train(GATES, [0, 0, 0, 1], 0.5, 50).passes;
      await expectClose(await passes([0, 0, 0, 1], 50), expected, { name: "passes", input: "AND and 50 epochs" });
    },
  },
];
