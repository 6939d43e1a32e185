import { expect, test } from "vitest";
import { describePen, extend, PEN_AT_REST, pressKey, RASTER, type Drawn } from "./pad.ts";

const press = (keys: readonly string[]): Drawn =>
  keys.reduce<Drawn>((drawn, key) => pressKey(key, drawn) ?? drawn, { strokes: [], pen: PEN_AT_REST });

test("arrows draw only while the pen is down", () => {
  expect(press(["ArrowDown", "ArrowDown"]).strokes).toEqual([]);
  const { strokes } = press([" ", "ArrowDown", "ArrowRight", " ", "ArrowRight"]);
  expect(strokes).toEqual([[[0.5, 0.25], [0.5, 0.25 + 1 / RASTER], [0.5 + 1 / RASTER, 0.25 + 1 / RASTER]]]);
});
test("the pen stays on the pad", () => {
  const { pen } = press(Array.from({ length: 3 * RASTER }, () => "ArrowLeft"));
  expect(pen.place[0]).toBe(0);
});
test("backspace takes one stroke back, delete all", () => {
  const two = [" ", "ArrowDown", " ", "ArrowRight", " ", "ArrowUp", " "];
  expect(press(two).strokes).toHaveLength(2);
  expect(press([...two, "Backspace"]).strokes).toHaveLength(1);
  expect(press([...two, "Delete"])).toEqual({ strokes: [], pen: PEN_AT_REST });
});
test("other keys mean nothing", () => {
  expect(pressKey("a", { strokes: [], pen: PEN_AT_REST })).toBeNull();
  expect(pressKey("toString", { strokes: [], pen: PEN_AT_REST })).toBeNull();
});
test("points extend the last stroke, and the pen is told in words", () => {
  expect(extend([[[0, 0]], [[1, 1]]], [0.5, 0.5])).toEqual([[[0, 0]], [[1, 1], [0.5, 0.5]]]);
  expect(describePen({ place: [0.5, 0.25], down: true })).toBe("Pen down, column 8, row 4 of 16.");
});
