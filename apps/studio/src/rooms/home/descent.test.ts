import { expect, test } from "vitest";
import { describe } from "./descent.ts";

const stop = (loss: number) => ({ at: [-1.1, 0.5] as const, loss, slope: 0.25 });

test("the sentence tells start, step and end apart", () => {
  expect(describe([], 0)).toBe("Measuring the ground.");
  expect(describe([stop(1)], 0)).toContain("Nothing pulls either way");
  const stops = [stop(1), stop(0.5), stop(0.25)];
  expect(describe(stops, 0)).toBe("The start: weights −1.10 and 0.50, loss 1.000. Press play.");
  expect(describe(stops, 1)).toBe("Step 1: weights −1.10 and 0.50, loss 0.500, slope 0.250.");
  expect(describe(stops, 2)).toContain("flat enough to stop");
});
