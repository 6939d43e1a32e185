import { describe, expect, test } from "vitest";
import { clip, rectangle } from "./clip.ts";
import { contour, grid, levels } from "./contour.ts";
import { between, edge, trimmed } from "./edge.ts";
import { glyph } from "./glyph.ts";
import { colourOf, count, fixed, percent, signOf } from "./number.ts";
import { panels } from "./panels.ts";
import { curve, path, plot } from "./plot.ts";
import { relief } from "./relief.ts";
import { decimalsOf, linear, ticks } from "./scale.ts";
import { paragraph, subscript, textWidth, wrap } from "./text.ts";
import { layoutTree } from "./tree.ts";

describe("numbers", () => {
  test.each([[-1234.5, 1, "−1,234.5"], [-0.001, 2, "0.00"], [0.005, 2, "0.01"], [NaN, 2, "not a number"],
    [-Infinity, 2, "−∞"],
    [1e6, 0, "1,000,000"]] as const)("%d with %d decimals is %s", (value, decimals, text) => {
    expect(fixed(value, decimals)).toBe(text);
  });
  test("shares, counts and signs", () => {
    expect(percent(0.0923)).toBe("9.2 %");
    expect([count(1, "step"), count(2, "step"), count(1000, "person", "people")]).toEqual(
      ["1 step", "2 steps", "1,000 people"]);
    expect([-0.004, 0.006, -3].map((v) => signOf(v))).toEqual([0, 1, -1]);
    expect([-1, 0, 1].map((v) => colourOf(v))).toEqual(["negative", "ink-3", "positive"]);
  });
});

describe("scales", () => {
  test("map and invert, and stay inside", () => {
    const y = linear([0, 10], [200, 100]);
    expect([y(0), y(5), y(10)]).toEqual([200, 150, 100]);
    expect([y.invert(150), y.invert(500), y.invert(-500)]).toEqual([5, 0, 10]);
  });
  test.each([[[0, 1], 5, [0, 0.2, 0.4, 0.6, 0.8, 1]], [[-3, 3], 6, [-3, -2, -1, 0, 1, 2, 3]],
    [[0, 700], 4, [0, 200, 400, 600]]] as const)(
    "ticks of %j", (domain, wanted, expected) => {
      expect(ticks(domain, wanted)).toEqual(expected);
    });
  test("decimals tell ticks apart", () => {
    expect([decimalsOf([0, 1, 2]), decimalsOf([0, 0.25, 0.5])]).toEqual([0, 2]);
  });
});

describe("plots", () => {
  const on = plot({ left: 40, top: 20, width: 200, height: 100, x: [0, 2], y: [0, 1], xLabel: "x", zero: true });
  test("put numbers where they belong", () => {
    expect(on.point(1, 0.5)).toEqual([140, 70]);
    expect(on.marks.filter(({ kind }) => kind === "text").length).toBeGreaterThan(5);
  });
  test("cut a line exactly at the frame, and break it where it leaves", () => {
    const [line] = path(on, [[1, 0.5], [1, 2]], {});
    expect(line).toMatchObject({ kind: "line", points: [[140, 70], [140, 20]] });
    expect(path(on, [[0, 0.5], [0.5, 3], [1, 3], [1.5, 0.5]], {})).toHaveLength(2);
  });
  test("leave out what is not finite", () => {
    const marks = curve(on, (x) => 1 / (x - 1), {});
    for (const mark of marks) {
      if (mark.kind === "line") expect(mark.points.flat().every(Number.isFinite)).toBe(true);
    }
    expect(marks.length).toBeGreaterThan(0);
  });
});

describe("contours", () => {
  const bowl = grid((x, y) => x * x + y * y, [-2, 2], [-2, 2], 41);
  test("of a bowl are one closed ring each, on the right radius", () => {
    const lines = contour(bowl, 1);
    expect(lines).toHaveLength(1);
    expect(lines[0][0]).toEqual(lines[0].at(-1));
    for (const [x, y] of lines[0]) expect(Math.hypot(x, y)).toBeCloseTo(1, 2);
  });
  test("that leave the picture are open, and a saddle has two of them", () => {
    expect(contour(grid((x, y) => x * y, [-1, 1], [-1, 1], 21), 0.3)).toHaveLength(2);
    expect(contour(bowl, 99)).toEqual([]);
  });
  test("levels rise and lie between lowest and highest", () => {
    const found = levels(bowl, 8);
    expect([...found].sort((a, b) => a - b)).toEqual(found);
    expect(found[0]).toBeGreaterThan(0);
    expect(found[7]).toBeLessThan(8);
  });
  test("a relief stays in its panel and draws every tile", () => {
    const panel = { x: 10, y: 20, w: 300, h: 240 };
    for (const turn of [0, 0.6, 1.5, 3]) {
      const { mesh, place } = relief(grid((x, y) => x * x - y * y, [-1, 1], [-1, 1], 9), panel, turn);
      expect(mesh).toHaveLength(64);
      for (const corner of [[-1, -1], [1, -1], [1, 1], [-1, 1]] as const) {
        const [x, y] = place(corner[0], corner[1], 0);
        expect(x > panel.x && x < panel.x + panel.w && y > panel.y - 1 && y < panel.y + panel.h).toBe(true);
      }
    }
  });
});

test("a glyph's shape is its kind, its filling its sign, its area its magnitude", () => {
  expect(["weight", "value", "gradient"].map((kind) => glyph(kind as "weight", 1, 0, 0).kind)).toEqual(
    ["box", "disc", "line"]);
  expect(glyph("weight", -1, 0, 0, 20)).toMatchObject({ hatch: true, fill: "negative" });
  expect(glyph("weight", -1, 0, 0, 10)).toMatchObject({ fill: "none", stroke: "negative" });
  expect(glyph("value", 0, 0, 0)).toMatchObject({ fill: "none", stroke: "ink-3" });
  expect(glyph("weight", 1, 0, 0, 20, 4)).toMatchObject({ w: 10 });
  const tip = (value: number): number => {
    const mark = glyph("gradient", value, 0, 0, 10);
    return mark.kind === "line" ? mark.points[2][1] : NaN;
  };
  expect([tip(1), tip(-1)]).toEqual([-5, 5]);
});

test("edges begin and end at the rims", () => {
  expect(trimmed([0, 0], [10, 0], 2, 3)).toEqual([[2, 0], [7, 0]]);
  expect(between([0, 0], [10, 20], 0.5)).toEqual([5, 10]);
  expect(edge([0, 0], [10, 0], { now: true })).toHaveLength(2);
});

test("text is wrapped at spaces and fits", () => {
  const lines = wrap("the quick brown fox jumps over the lazy dog", 120);
  expect(lines.join(" ")).toBe("the quick brown fox jumps over the lazy dog");
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(120);
  expect(paragraph("one two three four", 5, 10, 80).map((mark) => mark.kind)).toEqual(["text", "text"]);
  expect(subscript(12)).toBe("₁₂");
});

test("panels stand beside each other where there is room, and below each other where there is not", () => {
  const options = { shares: [2, 1], height: 300, heights: [200, 100], gap: 20, edge: 10 };
  const wide = panels(1000, options), narrow = panels(340, options);
  expect(wide).toMatchObject({ stacked: false, height: 300, at: [{ x: 10, w: 640 }, { x: 670, w: 320 }] });
  expect(narrow).toMatchObject({ stacked: true, height: 320, at: [{ y: 0, w: 320 }, { y: 220, w: 320 }] });
});

test("a half-plane cuts a polygon, or leaves nothing", () => {
  const square = rectangle([0, 1], [0, 1]);
  expect(clip(square, 1, 0, -0.5)).toEqual([[0.5, 0], [1, 0], [1, 1], [0.5, 1]]);
  expect(clip(square, 1, 0, -5)).toEqual([]);
  expect(clip(square, 1, 0, 5)).toEqual(square);
});

test("a tree has its leaves at equal distances and parents in the middle", () => {
  const placed = layoutTree({ item: "r", children: [{ item: "a", children: [{ item: "b" }, { item: "c" }] },
    { item: "d" }] },
    { x: 0, y: 0, w: 100, h: 90 });
  expect(placed.map(({ item, at }) => [item, ...at])).toEqual([["r", 0, 45], ["a", 50, 30], ["b", 100, 15],
    ["c", 100, 45], ["d", 50, 75]]);
  expect(placed[2].parent?.item).toBe("a");
});
