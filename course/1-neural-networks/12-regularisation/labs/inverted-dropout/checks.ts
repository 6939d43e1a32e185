import { RandomStream } from "gradus";
import { compareWithReference, expectClose, forAll, functionOf, numbersOf, Wrong, write, type Check, type Exports }
  from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

type Dropout = (...values: Parameters<typeof reference.dropout>) => Promise<reference.Dropped>;
/** The learner's function, with both parts of its answer read. */
function dropoutOf(exports: Exports): Dropout {
  const dropout = functionOf(exports, "dropout");
  return async (...values) => {
    const found = dropout(...values);
    if (typeof found !== "object" || found === null || !("output" in found) || !("scale" in found)) {
      throw new Wrong("dropout should return an object with output and scale.");
    }
    return { output: [...(await numbersOf(found.output, "the output")).numbers],
      scale: [...(await numbersOf(found.scale, "the scale")).numbers] };
  };
}
/** Random numbers from a list. */
const listed = (...values: number[]): (() => number) => () => values.shift() ?? 0.5;
const given = "x = [1, 2, 3, 4], p = 0.2, random numbers 0.1, 0.9, 0.5, 0.15";

export const checks: readonly Check[] = [
  {
    name: "What falls below p is dropped, the rest grows.",
    async run(exports) {
      const { output, scale } = await dropoutOf(exports)([1, 2, 3, 4], 0.2, listed(0.1, 0.9, 0.5, 0.15), true);
      if (output[0] !== 0 && output[1] === 0) {
        throw new Wrong("With p = 0.2 you kept the first value, whose random number is 0.1, and dropped the second, " +
          "with 0.9. p is the share that is dropped, not the share that is kept.");
      }
      if (output[1] === 2 && output[2] === 3) {
        throw new Wrong("The kept values are unchanged, so sums shrink by a fifth on average. Multiply what is kept.");
      }
      if (Math.abs(output[1] - 10) < 1e-9) {
        throw new Wrong("You multiplied the kept values by 1/p = 5. Four fifths are kept: the factor is 1/(1 − p).");
      }
      if (Math.abs(output[1] - 1.6) < 1e-9) {
        throw new Wrong("You multiplied the kept values by 0.8, so that sums shrink twice. Divide by 1 − p.");
      }
      await expectClose(output, [0, 2.5, 3.75, 0], { name: "the output", input: given });
      await expectClose(scale, [0, 1.25, 1.25, 0], { name: "the scale", input: given });
    },
  },
  {
    name: "Every value has its own random number.",
    async run(exports) {
      const dropout = dropoutOf(exports);
      let drawn = 0;
      await dropout([1, 1, 1, 1, 1], 0.5, () => {
        drawn++;
        return 0.7;
      }, true);
      if (drawn !== 5) throw new Wrong(`For 5 values you drew ${drawn} random numbers; each value has its own.`);
    },
  },
  {
    name: "When not training nothing happens.",
    async run(exports) {
      let drawn = 0;
      const { output, scale } = await dropoutOf(exports)([1, -2], 0.5, () => {
        drawn++;
        return 0;
      }, false);
      if (Math.abs(output[0] - 0.5) < 1e-9) {
        throw new Wrong("When not training you halved the values. That belongs to dropout that does not grow them " +
          "while training; here it has been done already.");
      }
      await expectClose(output, [1, -2], { name: "the output", input: "x = [1, −2], not training" });
      await expectClose(scale, [1, 1], { name: "the scale", input: "x = [1, −2], not training" });
      if (drawn > 0) throw new Wrong("You drew random numbers though nothing is dropped; later draws would shift.");
    },
  },
  {
    name: "The expectation stays, for any p.",
    async run(exports) {
      const dropout = dropoutOf(exports);
      await forAll((any) => any.record({ p: any.choice(0, 0.1, 0.3, 0.5, 0.8), value: any.number(0.5, 3) }),
        async ({ p, value }) => {
          const stream = new RandomStream(3), n = 4000;
          const { output } = await dropout(new Array<number>(n).fill(value), p, () => stream.uniform(), true);
          const mean = output.reduce((a, b) => a + b, 0) / n;
          const chance = 5 * value * Math.sqrt(p / (1 - p) / n) + 1e-9;
          if (Math.abs(mean - value) > chance) {
            throw new Wrong(`With p = ${write(p)} the mean of ${n} values of ${write(value)} became ${write(mean)}.`);
          }
        }, { runs: 12 });
      const all = await dropout([1, 2], 1, () => 0.4, true);
      if (all.output.some((v) => v !== 0)) throw new Wrong("With p = 1 every value is dropped: the output is zeros.");
    },
  },
  {
    name: "The gradient passes where the value passed.",
    async run(exports) {
      const backward = functionOf(exports, "backward");
      const { numbers } = await numbersOf(backward([1, 1, 1], [0, 2, 2]), "the gradient");
      if (numbers.every((v, i) => v === [0, 1, 1][i])) {
        throw new Wrong("You let the gradient through unchanged. The values were multiplied by 2, so their slopes " +
          "are 2.");
      }
      if (numbers.every((v) => v === 1)) {
        throw new Wrong("A dropped value does not change the output, so its slope is 0; yours is 1.");
      }
      await compareWithReference(backward, reference.backward, (any) => any.record({ gradient: any.vector(4),
        scale: any.vector(4, any.choice(0, 1, 1.25, 2)) }), { name: "the gradient" });
    },
  },
];
