import { expect, test } from "vitest";
import { linePath, linear, roundUp, spread } from "./plot.ts";

test("a scale maps its ends and keeps what lies outside at them", () => {
  const scale = linear(0, 10, 100, 0);
  expect([scale(0), scale(5), scale(10), scale(20), scale(-1)]).toEqual([100, 50, 0, 0, 100]);
  expect(linear(3, 3, 0, 10)(3)).toBe(0);
});
test("a line breaks where a value is missing", () => {
  expect(linePath([[0, 1], [1, 2.345], [2, NaN], [3, 4], [4, 5]])).toBe("M0 1L1 2.35M3 4L4 5");
});
test("axes end on round numbers", () => {
  expect([0.9, 1, 3, 50, 51, 700].map(roundUp)).toEqual([1, 1, 5, 50, 100, 1000]);
});
test("labels keep their distance and their order", () => {
  expect(spread([50, 52], 10, 0, 100)).toEqual([50, 60]);
  expect(spread([99, 98], 10, 0, 100)).toEqual([100, 90]);
  expect(spread([1, 2, 3], 10, 0, 100)).toEqual([1, 11, 21]);
});
