import {
  compareWithReference, expectClose, functionOf, numbersOf, Wrong, write, type Check, type Generators,
} from "@gradus/lessons/grade";
import * as reference from "./reference.ts";

const XS = [0, 1, 2], YS = [1, 2, 6];
/** Points whose xs differ: gaps of at least a half. */
const points = (any: Generators) => any.record({ gaps: any.vector(5, any.number(0.5, 2)), ys: any.vector(5) });
const spread = (gaps: readonly number[]): number[] =>
  gaps.map((_, i) => gaps.slice(0, i + 1).reduce((a, b) => a + b, 0) - 4);
async function lineOf(found: unknown): Promise<[number, number]> {
  const line = found as { readonly slope?: unknown; readonly intercept?: unknown } | null | undefined;
  if (typeof line !== "object" || line === null || !("slope" in line) || !("intercept" in line)) {
    throw new Wrong("fit should return an object with slope and intercept.");
  }
  return [(await numbersOf(line.slope, "slope")).numbers[0], (await numbersOf(line.intercept, "intercept")).numbers[0]];
}

export const checks: readonly Check[] = [
  {
    name: "X transposed times X, for the xs 0, 1, 2.",
    async run(exports) {
      const found = (await numbersOf(await functionOf(exports, "gram")(XS), "gram")).numbers;
      if (String(found) === "5,3,3,1") {
        throw new Wrong("The last place is 1; it is the column of ones with itself, and there are three ones: 3.");
      }
      if (found[0] === 9) throw new Wrong("The first place is 9 = (0 + 1 + 2)². It is the sum of squares, 0 + 1 + 4 " +
        "= 5.");
      await expectClose(found, [5, 3, 3, 3], { name: "gram, in rows", input: "xs [0, 1, 2]" });
    },
  },
  {
    name: "X transposed times y.",
    async run(exports) {
      const right = functionOf(exports, "right"), found = (await numbersOf(await right(XS, YS), "right")).numbers;
      if (String(found) === "9,14") throw new Wrong("The two numbers are exchanged: the first belongs to the slope, " +
        "14.");
      await expectClose(found, [14, 9], { name: "right", input: "xs [0, 1, 2], ys [1, 2, 6]" });
    },
  },
  {
    name: "The line through 1, 2, 6.",
    async run(exports) {
      const [slope, intercept] = await lineOf(await functionOf(exports, "fit")(XS, YS));
      if (Math.abs(slope - 2.8) < 1e-6) {
        throw new Wrong("slope is 2.8 = 14 / 5, the best line through the origin. The intercept takes part: solve " +
          "both " +
          "equations together.");
      }
      await expectClose([slope, intercept], [2.5, 0.5], { name: "slope, intercept", input: "xs [0, 1, 2], ys [1, 2, " +
        "6]" });
    },
  },
  {
    name: "Any points: the same line as the reference.",
    async run(exports) {
      const fit = functionOf(exports, "fit");
      await compareWithReference(async ({ gaps, ys }: { gaps: number[]; ys: number[] }) =>
        lineOf(await fit(spread(gaps), ys)),
        ({ gaps, ys }: { gaps: number[]; ys: number[] }) => {
          const { slope, intercept } = reference.fit(spread(gaps), ys);
          return [slope, intercept];
        }, (any) => any.record({ points: points(any) }), { name: "slope, intercept" });
    },
  },
  {
    name: "Residuals are points minus line, and those of the best line add up to zero.",
    async run(exports) {
      const residuals = functionOf(exports, "residuals"), line = { slope: 2.5, intercept: 0.5 };
      const found = (await numbersOf(await residuals(XS, YS, line), "residuals")).numbers;
      if (found[0] === -0.5) {
        throw new Wrong(`residuals gives ${write([...found])}: that is line minus point. The first point lies above ` +
          `the ` +
          "line, so its residual is 0.5.");
      }
      await expectClose(found, [0.5, -1, 0.5], { name: "residuals", input: "the line 2.5 x + 0.5" });
    },
  },
];
