import { expect, test } from "vitest";
import { contour, levelsOf } from "./contours.ts";

const grid = (rows: readonly (readonly number[])[]) =>
  ({ columns: rows[0].length, rows: rows.length, losses: Float32Array.from(rows.flat()) });

test("a slope is crossed by a straight line where the level lies", () => {
  expect(contour(grid([[0, 1], [0, 1]]), 0.25).path).toBe("M0.25 0.00L0.25 1.00");
});
test("a peak is surrounded", () => {
  const { path } = contour(grid([[0, 0, 0], [0, 1, 0], [0, 0, 0]]), 0.5);
  expect(path.match(/M/g)).toHaveLength(4);
  for (const point of ["1.00 0.50", "0.50 1.00", "1.50 1.00", "1.00 1.50"]) expect(path.split(point)).toHaveLength(3);
});
test("a saddle is cut twice, and its lines do not cross", () => {
  const { path } = contour(grid([[1, 0], [0, 1]]), 0.5);
  expect(path).toBe("M0.50 0.00L1.00 0.50M0.50 1.00L0.00 0.50");
});
test("a level that nothing reaches draws nothing, and levels fall", () => {
  expect(contour(grid([[0, 0], [0, 0]]), 1).path).toBe("");
  const levels = levelsOf(grid([[0, 8], [1, 2]]), 0.5, 3);
  expect(levels).toEqual([4, 2, 1]);
});
