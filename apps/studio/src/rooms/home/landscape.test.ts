import { beforeAll, expect, test } from "vitest";
import { createReferenceBackend, setBackend } from "gradus";
import { descend, heights, RANGE } from "./landscape.ts";

beforeAll(() => setBackend(createReferenceBackend()));

test("the map is the same after turning it by half a turn, and its pass lies in the middle", async () => {
  const { losses, columns, rows } = await heights(21, 15);
  for (let i = 0; i < losses.length; i++) expect(losses[i]).toBeCloseTo(losses[losses.length - 1 - i], 5);
  const middle = losses[Math.floor(rows / 2) * columns + Math.floor(columns / 2)];
  expect(middle).toBeGreaterThan(Math.min(...losses));
  expect(middle).toBeLessThan(Math.max(...losses));
});
test("descent never climbs and ends in a valley whose network fits the examples", async () => {
  const stops = await descend([-1.1, 2]);
  for (let i = 1; i < stops.length; i++) expect(stops[i].loss).toBeLessThanOrEqual(stops[i - 1].loss + 1e-6);
  const end = stops[stops.length - 1];
  expect(end.loss).toBeLessThan(0.02);
  expect(Math.abs(end.at[0])).toBeLessThan(RANGE.a);
  expect(end.at[0] * end.at[1]).toBeGreaterThan(0);
});
test("on the pass itself nothing moves", async () => {
  const stops = await descend([0, 0]);
  expect(stops).toHaveLength(1);
  expect(stops[0].slope).toBe(0);
});
