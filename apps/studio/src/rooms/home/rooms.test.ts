import { expect, test } from "vitest";
import { rooms } from "./rooms.ts";

test("every character listens to itself and those before it, in shares", async () => {
  const { text, attention } = await rooms();
  expect(attention.map((row) => row.length)).toEqual(Array.from(text, (_, i) => i + 1));
  for (const row of attention) expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
});

test("the loop is a whole one, and several operations share it", async () => {
  const { loop, operations, kernels } = await rooms();
  expect(operations).toBe(4);
  expect(loop[0]).toMatch(/^for /);
  expect(loop.some((line) => line.includes("store"))).toBe(true);
  expect(operations).toBeGreaterThan(kernels);
});
