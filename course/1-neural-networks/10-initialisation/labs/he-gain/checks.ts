import { RandomStream } from "gradus";
import { compareWithReference, expectClose, expectShape, functionOf, numbersOf, Wrong, write, type Check }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const relu = (z: number): number => Math.max(0, z);
const leaky = (z: number): number => (z > 0 ? z : 0.2 * z);
const one = async (value: unknown, name: string): Promise<number> => {
  await expectShape(value, [], name);
  return (await numbersOf(value, name)).numbers[0];
};

export const checks: readonly Check[] = [
  {
    name: "The mean square behind ReLU is one half.",
    async run(exports) {
      const meanSquare = functionOf(exports, "meanSquare"), name = "the mean square";
      const plain = await one(meanSquare((z: number) => z), name);
      if (Math.abs(plain - 2.5066) < 1e-2) {
        throw new Wrong("Without an activation yours is 2.507, the root of 2π. The density of a standard normal " +
          "number is divided by that root, so that it sums to 1.");
      }
      await expectClose(plain, 1, { name, input: "g(z) = z", tolerance: 2e-3 });
      const found = await one(meanSquare(relu), name);
      if (Math.abs(found - (0.5 - 1 / (2 * Math.PI))) < 2e-3) {
        throw new Wrong("Behind ReLU yours is 0.341, which is the variance: a mean was taken away. The next layer's " +
          "weights multiply all of g(z), mean and all, so it is the mean square that counts.");
      }
      if (Math.abs(found - 1 / Math.sqrt(2 * Math.PI)) < 2e-3) {
        throw new Wrong("Behind ReLU yours is 0.399, the mean of g(z). Square g(z) before you weigh it.");
      }
      await expectClose(found, 0.5, { name, input: "ReLU", tolerance: 2e-3 });
    },
  },
  {
    name: "The mean square of other activations.",
    async run(exports) {
      const meanSquare = functionOf(exports, "meanSquare");
      for (const [label, g] of [["tanh", Math.tanh], ["leaky ReLU with slope 0.2", leaky],
        ["g(z) = 1", () => 1]] as const) {
        await expectClose(meanSquare(g), reference.meanSquare(g),
          { name: "the mean square", input: label, tolerance: 2e-3 });
      }
    },
  },
  {
    name: "The gain undoes it.",
    async run(exports) {
      const gain = functionOf(exports, "gain"), found = await one(gain(relu), "the gain");
      if (Math.abs(found - 2) < 5e-3) {
        throw new Wrong("For ReLU yours is 2. That is gain squared: it multiplies the mean square, and weights " +
          "multiply the signal itself.");
      }
      if (Math.abs(found - Math.SQRT1_2) < 5e-3) {
        throw new Wrong("For ReLU yours is 0.707: it shrinks a signal that ReLU has already made smaller. Take one " +
          "over it.");
      }
      await expectClose(found, Math.SQRT2, { name: "the gain", input: "ReLU", tolerance: 5e-3 });
      await expectClose(gain(Math.tanh), reference.gain(Math.tanh),
        { name: "the gain", input: "tanh", tolerance: 5e-3 });
    },
  },
  {
    name: "Weights have the right shape and deviation.",
    async run(exports) {
      const weights = functionOf(exports, "weights"), stream = new RandomStream(5);
      const drawn = weights(30, 120, 1.5, () => stream.normal());
      await expectShape(drawn, [30, 120], "the matrix");
      const { numbers } = await numbersOf(drawn, "the matrix");
      if (new Set(numbers).size < numbers.length / 2) {
        throw new Wrong("Many entries of the matrix are the same number. Call normal() once for each entry.");
      }
      const deviation = Math.sqrt(numbers.reduce((sum, v) => sum + v * v, 0) / numbers.length);
      const near = (value: number): boolean => Math.abs(deviation / value - 1) < 0.08;
      if (near(1.5 / Math.sqrt(30))) {
        throw new Wrong(`With 30 outputs and 120 inputs the deviation is ${write(deviation)}, near gain/√30. ` +
          "Each sum has a term for each input: divide by the root of 120.");
      }
      if (near(1.5 / 120)) {
        throw new Wrong(`The deviation is ${write(deviation)}, gain divided by 120. Variances of the 120 terms add ` +
          "up, so the variance is divided by 120 and the deviation by its root.");
      }
      const wanted = 1.5 / Math.sqrt(120);
      if (!near(wanted)) {
        throw new Wrong(`With 120 inputs and gain 1.5 the deviation is ${write(deviation)}; it should be about ` +
          `${write(wanted)}.`);
      }
    },
  },
  {
    name: "Sizes are measured after each layer.",
    async run(exports) {
      const sizes = functionOf(exports, "sizes"), layers = [[[1, 2], [3, -4]], [[1, 1], [0.5, 0]]];
      const { numbers } = await numbersOf(sizes(layers, relu, [1, 1]), "the list of sizes");
      if (numbers.length === 2) {
        throw new Wrong("Yours has 2 sizes for 2 layers. There is one more: the size of x before the first layer.");
      }
      if (numbers.length === 3 && Math.abs(numbers[0] - Math.SQRT2) < 1e-9) {
        throw new Wrong("The size of [1, 1] should be 1: the root of the mean square, not of the sum, so that layers " +
          "of different widths compare.");
      }
      await expectClose(sizes(layers, relu, [1, 1]), reference.sizes(layers, relu, [1, 1]),
        { name: "the list of sizes", input: "layers [[1, 2], [3, −4]] and [[1, 1], [0.5, 0]], ReLU, x = [1, 1]" });
      await compareWithReference((first: number[][], second: number[][], x: number[]) =>
        sizes([first, second], Math.tanh, x), (first: number[][], second: number[][], x: number[]) =>
        reference.sizes([first, second], Math.tanh, x), (any) => any.record({
        first: any.matrix(3, 2), second: any.matrix(2, 3), x: any.vector(2),
      }), { name: "the list of sizes", runs: 20 });
    },
  },
  {
    name: "Twenty layers with your gain keep the signal, with ReLU and leaky ReLU.",
    async run(exports) {
      const gain = functionOf(exports, "gain"), weights = functionOf(exports, "weights"),
        sizes = functionOf(exports, "sizes"), width = 100;
      for (const [label, g] of [["ReLU", relu], ["leaky ReLU", leaky]] as const) {
        const stream = new RandomStream(11), normal = (): number => stream.normal();
        const layers = Array.from({ length: 20 }, () => weights(width, width, gain(g), normal));
        const { numbers } = await numbersOf(sizes(layers, g, Array.from({ length: width }, normal)), "the sizes");
        const left = numbers[numbers.length - 1] / numbers[0];
        if (!(left > 0.2 && left < 5)) {
          throw new Wrong(`After 20 layers with ${label} the signal is ${write(left)} times its first size. With the ` +
            "right gain it stays within a small factor of 1.");
        }
      }
    },
  },
];
