import { expect, test } from "vitest";
import type { Mark } from "./scene.ts";
import { printSvg, smoothPath } from "./svg.ts";

const print = (...marks: Mark[]): string => printSvg({ width: 100, height: 50, marks }, { id: "s" });

test("colours are names of the theme, or values where a file is saved", () => {
  const marks: Mark[] = [{ kind: "disc", x: 1, y: 2, r: 3, fill: "good" }];
  expect(print(...marks)).toContain('<circle cx="1" cy="2" r="3" fill="var(--ok)"/>');
  const saved = printSvg({ width: 9, height: 9, marks },
    { id: "s", colour: (name) => name === "good" ? "#0f0" : "#000" });
  expect(saved).toContain('fill="#0f0"');
  expect(saved).not.toContain("var(");
});
test("text cannot break out", () => {
  const text = print({ kind: "text", x: 0, y: 0, text: `<script>"&`, title: "a < b" });
  expect(text).toContain("&lt;script&gt;&quot;&amp;</text>");
  expect(text).toContain("<title>a &lt; b</title>");
});
test("negative areas and cells are hatched, zero is empty, and each hatch is defined once", () => {
  const box: Mark = { kind: "box", x: 0, y: 0, w: 9, h: 9, fill: "negative", hatch: true };
  const text = print(box, box, { kind: "cells", x: 0, y: 0, w: 30, h: 10, rows: 1, columns: 3, values: [-1, 0, 2] });
  expect(text.match(/<pattern/g)).toHaveLength(1);
  expect(text).toContain('fill="url(#s-negative)" stroke="var(--negative)"');
  expect(text).toContain('fill="var(--negative)" fill-opacity="0.24"');
  expect(text).toContain('fill="var(--positive)" fill-opacity="0.48"');
  expect(text.match(/fill-opacity/g)).toHaveLength(3);
});
test("groups move what is inside; lines close, dash and end in arrows", () => {
  const text = print({
    kind: "group", x: 5, y: 6, marks: [
      { kind: "line", points: [[0, 0], [10, 0], [10, 10]], closed: true, dash: [4, 2], stroke: "series-1" },
      { kind: "line", points: [[0, 0], [20, 0]], arrow: true },
    ],
  });
  expect(text).toContain('<g transform="translate(5 6)"><path d="M0 0L10 0L10 10z"');
  expect(text).toContain('stroke-dasharray="4 2"');
  expect(text.match(/<path/g)).toHaveLength(3);
});
test("a smooth line passes through its points and makes no new peaks", () => {
  const path = smoothPath([[0, 0], [10, 10], [20, 10], [30, 0]]);
  const numbers = path.match(/-?[\d.]+/g)!.map(Number);
  const heights = numbers.filter((_, i) => i % 2 === 1);
  expect(Math.max(...heights)).toBe(10);
  expect(Math.min(...heights)).toBe(0);
  for (const point of ["10 10", "20 10", "30 0"]) expect(path).toContain(point);
});
test("it says what it shows, or that it is no content", () => {
  const scene = { width: 1, height: 1, marks: [] };
  expect(printSvg(scene, { id: "s", label: "Two coins" })).toContain('role="img" aria-label="Two coins"');
  expect(printSvg(scene, { id: "s" })).toContain('aria-hidden="true"');
});
