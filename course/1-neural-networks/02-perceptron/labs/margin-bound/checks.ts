import { compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check,
  type Generators } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const INPUTS = [[2, 1], [1, 3], [-1, -2], [-3, 0.5]], TARGETS = [1, 1, -1, -1];

/** Examples that some weights separate: points too near the hyperplane are pushed off it. */
function separable(raw: readonly number[][], weights: readonly number[]): { inputs: number[][]; targets: number[] } {
  const length = Math.hypot(...weights);
  const inputs = raw.map((x) => {
    const side = x.reduce((sum, v, k) => sum + v * weights[k], 0) / length, push = Math.abs(side) < 0.4
      ? (side < 0 ? -0.5 : 0.5) : 0;
    return x.map((v, k) => v + push * weights[k] / length);
  });
  return { inputs, targets: inputs.map((x) => (x.reduce((sum, v, k) => sum + v * weights[k], 0) > 0 ? 1 : -1)) };
}
const weightsOf = (any: Generators) => any.vector(3, any.number(0.3, 2));

export const checks: readonly Check[] = [
  {
    name: "The margin of four points.",
    async run(exports) {
      const found = (await numbersOf(functionOf(exports, "margin")([2, 0], INPUTS, TARGETS), "the margin")).numbers[0];
      if (Math.abs(found - 2) < 1e-9) {
        throw new Wrong("Yours is 2, the smallest sum. A margin is a distance: divide by the length of the weights, " +
          "which is 2 here.");
      }
      if (Math.abs(found - 3) < 1e-9) throw new Wrong("Yours is 3, the distance of the farthest example. The margin " +
        "is that of the nearest.");
      await expectClose(found, 1, { name: "the margin", input: "weights [2, 0]" });
    },
  },
  {
    name: "It is negative when an example is on the wrong side.",
    async run(exports) {
      const found = (await numbersOf(functionOf(exports, "margin")([0, 1], INPUTS, TARGETS), "the margin")).numbers[0];
      if (found > 0) {
        throw new Wrong(`With weights [0, 1] the last example, target −1, has a positive sum, so the margin is ` +
          `negative; yours is ${write(found)}. Multiply by the target, ` +
          "and take no absolute value.");
      }
      await compareWithReference(functionOf(exports, "margin"), reference.margin, (any) => any.record({
        weights: weightsOf(any), inputs: any.matrix(4, 3), targets: any.vector(4, any.choice(-1, 1)),
      }), { name: "the margin" });
    },
  },
  {
    name: "The radius is the longest example.",
    async run(exports) {
      await expectClose(functionOf(exports, "radius")(INPUTS), Math.sqrt(10),
        { name: "the radius", input: write(INPUTS) });
    },
  },
  {
    name: "The bound, and no bound without separation.",
    async run(exports) {
      const bound = functionOf(exports, "bound");
      const found = (await numbersOf(bound([2, 0], INPUTS, TARGETS), "the bound")).numbers[0];
      if (Math.abs(found - Math.sqrt(10)) < 1e-6) throw new Wrong("That is R/γ. The theorem has its square.");
      await expectClose(found, 10, { name: "the bound", input: "weights [2, 0]" });
      const none = (await numbersOf(bound([0, 1], INPUTS, TARGETS), "the bound")).numbers[0];
      if (none !== Infinity) {
        throw new Wrong(`Weights [0, 1] do not separate the examples, so they promise nothing: return Infinity, not ` +
          `${write(none)}.`);
      }
    },
  },
  {
    name: "Mistakes are counted until a pass makes none.",
    async run(exports) {
      const mistakes = functionOf(exports, "mistakes");
      const found = (await numbersOf(mistakes([[1, 0], [0, 1]], [1, -1]), "the count")).numbers[0];
      if (found === 0) {
        throw new Wrong("At the start all weights are 0, so every sum is exactly 0, and that counts as a mistake; " +
          "yours made none.");
      }
      await expectClose(found, 2, { name: "the count", input: "inputs [[1, 0], [0, 1]], targets [1, −1]" });
      const one = [[1, 0], [-1, 0.2], [0.9, 0.5]], targets = [1, 1, 1];
      await expectClose(mistakes(one, targets), reference.mistakes(one, targets),
        { name: "the count", input: `inputs ${write(one)}, all targets 1` });
    },
  },
  {
    name: "Never more mistakes than the bound, wherever the examples lie.",
    async run(exports) {
      const mistakes = functionOf(exports, "mistakes"), bound = functionOf(exports, "bound");
      await forAll((any) => any.record({ weights: weightsOf(any), raw: any.matrix(6, 3) }),
        async ({ weights, raw }) => {
        const { inputs, targets } = separable(raw, weights);
        const made = (await numbersOf(mistakes(inputs, targets), "the count")).numbers[0];
        const most = (await numbersOf(bound([...weights], inputs, targets), "the bound")).numbers[0];
        if (made > most) throw new Wrong(`${write(made)} mistakes where your bound allows ${write(most)}. The ` +
          `theorem holds, so one of the two is off.`);
        await expectClose(made, reference.mistakes(inputs, targets),
          { name: "the count", input: `inputs ${write(inputs)}, targets ${write(targets)}` });
        await expectClose(most, reference.bound([...weights], inputs, targets),
          { name: "the bound", input: `weights ${write(weights)}` });
      }, { runs: 25 });
    },
  },
];
