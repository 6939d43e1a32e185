import { expect, test } from "vitest";
import { tensor } from "gradus";
import { MOST_VALUES, readItem } from "./sandbox-items.ts";
import { inspect, plotted, tabled, tensorItem } from "./sandbox-print.ts";

test("values are written as a learner reads them", () => {
  expect(inspect("plain")).toBe("plain");
  expect(inspect(0.1 + 0.2)).toBe("0.3");
  expect(inspect([-1.5, "a", null, undefined])).toBe('[−1.5, "a", null, undefined]');
  expect(inspect({ a: 1, b: { c: [2] } })).toBe("{ a: 1, b: { c: [2] } }");
  expect(inspect(new Map([["k", 1]]))).toBe('Map { "k": 1 }');
  expect(inspect({ w: tensor([1, -2]) })).toBe("{ w: [1, −2] }");
  expect(inspect(Array.from({ length: 30 }, (_, i) => i))).toContain("… 30 in all");
  const circle: { self?: object } = {};
  circle.self = circle;
  expect(inspect(circle)).toContain("…");
});
test("tensors are cut to what a page can show", () => {
  const item = tensorItem(tensor(Array.from({ length: 5000 }, (_, i) => i)), 3);
  expect(item).toMatchObject({ kind: "tensor", line: 3, dtype: "f32", shape: [5000] });
  expect(item.values.length).toBe(MOST_VALUES);
});
test("tables of objects, lists and tensors", () => {
  expect(tabled([{ a: 1, b: 2 }, { a: 3, c: "x" }], 1)).toMatchObject({
    head: ["a", "b", "c"], rows: [["1", "2", ""], ["3", "", "x"]],
  });
  expect(tabled(tensor([[1, 2], [3, 4]]), 1)).toMatchObject({ head: [], rows: [["1", "2"], ["3", "4"]] });
});
test("plots of heights, of places and heights, and of names", () => {
  expect(plotted([[1, 4]], 2).series).toEqual([{ name: "", x: [0, 1], y: [1, 4] }]);
  expect(plotted([[5, 6], tensor([1, 4])], 2).series).toEqual([{ name: "", x: [5, 6], y: [1, 4] }]);
  expect(plotted([{ loss: [1], acc: { x: [3], y: [2] } }], 2).series)
    .toEqual([{ name: "loss", x: [0], y: [1] }, { name: "acc", x: [3], y: [2] }]);
  expect(() => plotted([[1, 2], [1]], 1)).toThrow("2 places and 1 heights do not go together");
  expect(() => plotted([5], 1)).toThrow("plot needs lists of numbers");
});
test("what comes out of a sandbox is read, not believed", () => {
  expect(readItem({ kind: "tensor", line: 1, dtype: 5, shape: "x", values: [1, "2"] }))
    .toEqual({ kind: "tensor", line: 1, dtype: "", shape: [], values: [1, NaN] });
  expect(readItem({ kind: "table", line: "x", head: [1], rows: [[{}], 3] }))
    .toEqual({ kind: "table", line: 0, head: [""], rows: [[""], []] });
  expect(readItem({ kind: "plot", series: [null, { name: "a", x: [1], y: [2] }] }))
    .toEqual({ kind: "plot", line: 0, series: [{ name: "a", x: [1], y: [2] }] });
  expect([readItem(7), readItem({ kind: "script" })]).toEqual([null, null]);
});
