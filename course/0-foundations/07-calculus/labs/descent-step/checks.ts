import { compareWithReference, expectClose, functionOf, numbersOf, Wrong, write,
  type Check } from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

/** The gradient of x² + 3y². */
const bowl = ([x, y]: number[]): number[] => [2 * x, 6 * y];

export const checks: readonly Check[] = [
  {
    name: "A step goes downhill, and leaves its input alone.",
    async run(exports) {
      const x = [1, -2], { numbers } = await numbersOf(functionOf(exports, "step")(x, [2, -12], 0.1), "the step");
      if (numbers.length === 2 && Math.abs(numbers[0] - 1.2) < 1e-9) {
        throw new Wrong("From [1, −2] with gradient [2, −12] you went to " + write(numbers)
          + ", which is uphill. Subtract.");
      }
      if (x[0] !== 1) throw new Wrong("step changed the list it was given; return a new one.");
      await expectClose(numbers, [0.8, -0.8], { name: "the step", input: "x [1, −2], gradient [2, −12], rate 0.1" });
    },
  },
  {
    name: "Any point, any gradient: the same as the reference.",
    async run(exports) {
      await compareWithReference(functionOf(exports, "step"), reference.step, (any) =>
        any.record({ x: any.vector(3), gradient: any.vector(3), rate: any.number(0, 1) }), { name: "the step" });
    },
  },
  {
    name: "A path has one point more than it has steps.",
    async run(exports) {
      const { shape } = await numbersOf(functionOf(exports, "descend")(bowl, [1, 1], 0.1, 4), "the path");
      if (shape[0] !== 5) throw new Wrong(`Four steps give five points, the start among them; yours has ` +
        `${write(shape[0])}.`);
    },
  },
  {
    name: "The gradient is taken anew at every point.",
    async run(exports) {
      const descend = functionOf(exports, "descend"), path = await descend(bowl, [1, 1], 0.1, 3);
      const frozen = [[1, 1], [0.8, 0.4], [0.6, -0.2], [0.4, -0.8]], { numbers } = await numbersOf(path, "the path");
      if (frozen.flat().every((v, i) => Math.abs(v - numbers[i]) < 1e-9)) {
        throw new Wrong("Every step of yours is the same: the gradient of the start is used all the way. Ask " +
          "gradientOf again at each point.");
      }
      await expectClose(path, reference.descend(bowl, [1, 1], 0.1, 3),
        { name: "the path", input: "the gradient of x² + 3y², start [1, 1], rate 0.1" });
    },
  },
  {
    name: "Momentum adds steps that agree.",
    async run(exports) {
      const found = await functionOf(exports, "momentumStep")([1, 1], [10, 0], [2, 4], 0.1, 0.9) as { x?: unknown;
      velocity?: unknown } | undefined;
      if (typeof found !== "object" || found === null || !("x" in found) || !("velocity" in found)) {
        throw new Wrong("momentumStep should return an object with x and velocity.");
      }
      const { numbers } = await numbersOf(found.x, "x");
      if (Math.abs(numbers[0] - 0.8) < 1e-9 && Math.abs(numbers[1] - 0.6) < 1e-9) {
        throw new Wrong("The point moved by the gradient alone. Move it by the new velocity.");
      }
      if (Math.abs(numbers[0]) < 1e-9 && Math.abs(numbers[1] - 1) < 1e-9) {
        throw new Wrong("The point moved by the old velocity. Make the new velocity first, then move by it.");
      }
      await expectClose(found.velocity, [11, 4],
        { name: "the velocity", input: "velocity [10, 0], gradient [2, 4], beta 0.9" });
      await expectClose(found.x, [-0.1, 0.6], { name: "x",
        input: "x [1, 1], velocity [10, 0], gradient [2, 4], rate 0.1, beta 0.9" });
    },
  },
  {
    name: "Just below the largest rate steps shrink, just above they grow.",
    async run(exports) {
      for (const curvature of [0.5, 4, 18]) {
        const rate = (await numbersOf(functionOf(exports, "largestRate")(curvature), "the rate")).numbers[0];
        const after = (factor: number): number => Math.abs(1 - factor * rate * curvature);
        if (after(1.01) <= 1) {
          throw new Wrong(`With curvature ${write(curvature)} a rate of ${write(1.01 * rate)} still converges: one ` +
            `step multiplies x by ` +
            `${write(1 - 1.01 * rate * curvature)}. The limit is higher than your ${write(rate)}.`);
        }
        if (after(0.99) >= 1) {
          throw new Wrong(`With curvature ${write(curvature)} a rate of ${write(0.99 * rate)} already diverges: one ` +
            `step multiplies x by ` +
            `${write(1 - 0.99 * rate * curvature)}. The limit is lower than your ${write(rate)}.`);
        }
      }
    },
  },
];
