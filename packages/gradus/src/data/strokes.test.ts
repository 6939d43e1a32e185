import { describe, expect, it } from "vitest";
import { loadDigits } from "./embedded.ts";
import { reduceStrokes, type Point, type Stroke } from "./strokes.ts";

/** An arc around (x, y), angles in turns, clockwise from the right. */
const arc = (x: number, y: number, rx: number, ry: number, from: number, to: number): Stroke =>
  Array.from({ length: 25 }, (_, i): Point => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / 24);
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
const DRAWN: Readonly<Record<string, readonly Stroke[]>> = {
  "0": [arc(100, 100, 45, 70, 0, 1)],
  "1": [[[85, 60], [105, 30], [105, 170]]],
  "3": [[...arc(95, 65, 40, 35, 0.55, 1.25), ...arc(95, 135, 45, 38, 0.75, 1.45)]],
  "4": [[[110, 30], [60, 110], [150, 110]], [[115, 70], [115, 170]]],
  "7": [[[55, 40], [145, 40], [90, 170]]],
};
const rows = (counts: Uint8Array): number[][] =>
  Array.from({ length: 8 }, (_, y) => [...counts.subarray(8 * y, 8 * y + 8)]);
const total = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe("reduceStrokes", () => {
  it.each(Object.keys(DRAWN))("makes a %s that looks like the data", (digit) => {
    const counts = reduceStrokes(DRAWN[digit]);
    expect(counts).toHaveLength(64);
    expect(Math.max(...counts)).toBeLessThanOrEqual(16);
    // Ink as in the data, full height, and nothing in the outermost columns.
    expect(total(counts)).toBeGreaterThan(250);
    expect(total(counts)).toBeLessThan(360);
    expect(total(rows(counts)[0])).toBeGreaterThan(0);
    expect(total(rows(counts)[7])).toBeGreaterThan(0);
    expect(rows(counts).every((row) => row[0] === 0 && row[7] === 0)).toBe(true);
  });
  it("gives digits whose nearest neighbours in the data are of the same class", async () => {
    const digits = await loadDigits();
    for (const [digit, strokes] of Object.entries(DRAWN)) {
      const counts = reduceStrokes(strokes);
      const distances = Array.from({ length: digits.size }, (_, row) => {
        let sum = 0;
        for (let i = 0; i < 64; i++) sum += (digits.features[row * 64 + i] - counts[i]) ** 2;
        return { sum, label: digits.labels[row] };
      }).sort((a, b) => a.sum - b.sum).slice(0, 5);
      expect(distances.filter(({ label }) => label === Number(digit)).length, `a drawn ${digit}`)
        .toBeGreaterThanOrEqual(3);
    }
  });
  it("does not depend on place, size or unit of the pad", () => {
    const moved = DRAWN["7"].map((stroke) => stroke.map(([x, y]): Point => [x / 300 + 5, y / 300 - 2]));
    const difference = total(reduceStrokes(moved).map((v, i) => Math.abs(v - reduceStrokes(DRAWN["7"])[i])));
    expect(difference).toBeLessThanOrEqual(6);
  });
  it("sets a slanted stroke upright", () => {
    const slanted = reduceStrokes([[[140, 30], [60, 170]]]);
    const upright = reduceStrokes([[[100, 30], [100, 170]]]);
    expect(total(slanted.map((v, i) => Math.abs(v - upright[i])))).toBeLessThan(20);
  });
  it("keeps the hole of a 0", () => {
    const counts = rows(reduceStrokes(DRAWN["0"]));
    expect(counts[4][3] + counts[4][4]).toBeLessThan(8);
  });
  it("takes nothing, a dot and a dash", () => {
    expect(total(reduceStrokes([]))).toBe(0);
    expect(total(reduceStrokes([[]]))).toBe(0);
    expect(total(reduceStrokes([[[5, 5]]]))).toBeGreaterThan(0);
    const dash = rows(reduceStrokes([[[0, 50], [100, 50]]]));
    expect(total(dash[0]) + total(dash[7])).toBe(0);
    expect(total(dash.flat())).toBeGreaterThan(0);
  });
});
