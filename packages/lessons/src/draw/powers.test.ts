import { describe, expect, test } from "vitest";
import { plot } from "./plot.ts";
import { power, powersAcross, powersUp } from "./powers.ts";

const on = plot({ left: 40, top: 10, width: 300, height: 100, x: [0, 2], y: [-3, 1], xTicks: 0, yTicks: 0 });

describe("axes of powers of ten", () => {
  test("a number is placed by its power, inside the domain", () => {
    expect(power(1000, [-3, 4])).toBeCloseTo(3, 12);
    expect(power(1000, [-3, 1])).toBe(1);
    expect(power(0, [-3, 1])).toBe(-3);
  });
  test("upwards every whole power is named, once", () => {
    const texts = powersUp(on).flatMap((mark) => (mark.kind === "text" ? [mark.text] : []));
    expect(texts).toEqual(["0.001", "0.01", "0.1", "1", "10"]);
  });
  test("across the numbers asked for stand at their powers", () => {
    const found = powersAcross(on, [1, 10, 100]).flatMap((mark) => (mark.kind === "text" ? [[mark.text, mark.x]] : []));
    expect(found).toEqual([["1", 40], ["10", 190], ["100", 340]]);
  });
});
