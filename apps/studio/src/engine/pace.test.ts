import { expect, test } from "vitest";
import { goalAfter, RUN_LENGTH, stepsPerTick, TICK } from "./pace.ts";

test("a run begins step by step and is over in a few seconds", () => {
  expect(stepsPerTick(0)).toBe(1);
  expect(stepsPerTick(39)).toBe(1);
  let step = 0, ticks = 0;
  for (; step < RUN_LENGTH; ticks++) step += stepsPerTick(step);
  expect((ticks * TICK) / 1000).toBeGreaterThan(4);
  expect((ticks * TICK) / 1000).toBeLessThan(12);
});
test("play after the end goes on to the next end", () => {
  expect(goalAfter(0)).toBe(RUN_LENGTH);
  expect(goalAfter(RUN_LENGTH - 1)).toBe(RUN_LENGTH);
  expect(goalAfter(RUN_LENGTH)).toBe(2 * RUN_LENGTH);
});
