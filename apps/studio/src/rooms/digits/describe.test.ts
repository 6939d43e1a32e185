import { expect, test } from "vitest";
import type { Measurement, Snapshot } from "../../engine/protocol.ts";
import { confusion, describe, describeGap, describeReading, describeUnit, mistakes, ranked } from "./describe.ts";
import { DEFAULTS } from "./settings.ts";

const measured = (step: number, trainLoss: number, heldOutLoss: number): Measurement =>
  ({ step, trainLoss, heldOutLoss, trainAccuracy: 0.99, heldOutAccuracy: 0.947 });
function at(step: number, trainLoss = 0.182, heldOutLoss = 0.224): Snapshot {
  return {
    settings: { ...DEFAULTS, hidden: 2 }, step, goal: 1000, playing: true, batchesPerEpoch: 45, parameters: 160,
    history: [measured(step, trainLoss, heldOutLoss)], weights: new Float32Array(128),
    votes: Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? i / 10 : -i / 10)), named: new Uint8Array(0),
    stepTime: 1, backend: "reference",
  };
}

test("the sentence follows the run", () => {
  expect(describe(at(0))).toContain("Nothing has been learned yet: 94.7 %");
  expect(describe(at(9))).toContain("Step 9, 20.0 % of the training digits seen");
  expect(describe(at(450))).toBe("Step 450, each training digit seen 10.0 times: loss 0.182, held out 0.224; " +
    "94.7 % of the held-out digits named.");
  expect(describe({ ...at(450), playing: false })).toMatch(/named\. Paused\.$/);
  expect(describe(at(30, NaN, NaN))).toContain("no longer a number");
});
test("the gap between the curves is put in words", () => {
  expect(describeGap(at(0))).toBe("");
  expect(describeGap(at(100, 0.3, 0.32))).toContain("about as well");
  expect(describeGap(at(900, 0.01, 0.2))).toContain("better than the ones it has not");
  expect(describeGap(at(900, 3, 3.5))).toContain("worse than guessing");
});
test("a reading names the two likeliest digits, and the truth where it is known", () => {
  const probabilities = Float32Array.from([0, 0, 0, 0.25, 0, 0.625, 0, 0, 0.125, 0]);
  const reading = { counts: new Uint8Array(64), probabilities };
  expect(ranked(probabilities).slice(0, 3)).toEqual([5, 3, 8]);
  expect(describeReading(reading, null)).toBe("The network says 5 with probability 0.625, then 3 with 0.250.");
  expect(describeReading(reading, 5)).toMatch(/^It is a 5\. /);
  expect(describeReading(reading, 8)).toMatch(/^It is an 8, given 0\.125\. /);
  expect(describeReading({ ...reading, probabilities: null }, null)).toContain("Nothing has been drawn");
});
test("a unit is described by its strongest votes", () => {
  expect(describeUnit(at(1), 0)).toBe("Unit 1 argues most for 9 (1.80) and against 0 (0.00).");
  expect(describeUnit(at(1), 1)).toBe("Unit 2 argues most for 0 (−0.10) and against 9 (−1.90).");
});
test("mistakes are where name and label differ", () => {
  expect(mistakes(Uint8Array.from([1, 2, 3]), Uint8Array.from([1, 7, 3]))).toEqual([1]);
});
test("confusions are counted by what a digit is and what it is named", () => {
  const counts = confusion(Uint8Array.from([4, 4, 9, 9]), Uint8Array.from([4, 9, 9, 9]));
  expect([counts[44], counts[94], counts[99], counts[49]]).toEqual([1, 1, 2, 0]);
  expect(counts.reduce((a, b) => a + b)).toBe(4);
});
