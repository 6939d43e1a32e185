import { expect, test } from "vitest";
import { originsOf, planRun } from "./plan.ts";

const cells = [
  { id: "a", names: ["x", "y"], uses: [] },
  { id: "b", names: ["x"], uses: ["x"] },
  { id: "c", names: ["z"], uses: ["x", "y", "tensor"] },
  { id: "d", names: ["w"], uses: [] },
  { id: "e", names: [], uses: ["z", "w"] },
];
test("a name comes from the nearest earlier cell", () => {
  expect(originsOf(cells, 2)).toEqual({ x: "b", y: "a" });
  expect(originsOf(cells, 1)).toEqual({ x: "a" });
  expect(originsOf(cells, 0)).toEqual({});
});
test("cells that a cell rests on run before it, once", () => {
  expect(planRun(cells, "e", () => false)).toEqual(["a", "b", "c", "d", "e"]);
  expect(planRun(cells, "c", () => true)).toEqual(["c"]);
  expect(planRun(cells, "d", () => false)).toEqual(["d"]);
});
test("what rests on a changed cell runs again", () => {
  expect(planRun(cells, "e", (id) => id !== "b")).toEqual(["b", "c", "e"]);
});
