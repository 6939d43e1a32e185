import { F } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const T = 64;

interface State {
  readonly base: number; readonly width: number;
  /** Encodings, row by row, and dot products of all rows with the place looked at. */
  readonly code: readonly number[];
  place: number; other: number;
  products: number[];
}
function compare(state: State): State {
  const { code, width, place } = state;
  const row = (t: number): readonly number[] => code.slice(t * width, (t + 1) * width);
  state.products = Array.from({ length: T }, (_, t) => row(t).reduce((sum, v, i) => sum + v * row(place)[i], 0));
  return state;
}
interface Layout { readonly map: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly clocks: { readonly y: number; readonly step: number; readonly r: number; readonly each: number };
  readonly curve: Plot; readonly height: number }
function layout(width: number, pairs: number): Layout {
  const map = { x: 60, y: 44, w: width - 76, h: 2 * pairs * (pairs > 8 ? 8 : 12) };
  const step = (width - 24) / pairs, r = Math.min(24, step / 2 - 3);
  // Where clocks would be too small, every second one is drawn.
  const each = r >= 11 ? 1 : 2, wide = each === 1 ? step : 2 * step, radius = Math.min(24, wide / 2 - 3);
  const clocks = { y: map.y + map.h + 84 + radius, step: wide, r: radius, each };
  const top = clocks.y + radius + 62;
  const curve = plot({ left: 60, top, width: width - 76, height: 130, x: [0, T - 1], y: [-0.5 * pairs, pairs],
    xLabel: "position", yTicks: 4, xTicks: 8, zero: true });
  return { map, clocks, curve, height: curve.bottom + 44 };
}

export default defineFigure({
  id: "position-waves",
  title: "A clock with many hands",
  question: "How can a list of sines say “this is place 23”, and “these two are five apart”?",
  params: {
    width: { kind: "choice", label: "numbers per position", value: "16", choices: ["8", "16", "32"] },
    base: { kind: "choice", label: "base", value: "10000", choices: ["20", "100", "10000"] },
  },
  async init({ width, base }): Promise<State> {
    const d = Number(width), code = await F.sinusoidalPositions(T, d, Number(base)).data();
    return compare({ base: Number(base), width: d, code: Array.from(code), place: 23, other: 28, products: [] });
  },
  step(state) {
    // Both move on by one: their distance stays, and so does their product.
    const on = Math.max(state.place, state.other) < T - 1 ? 1 : 0;
    state.place += on;
    state.other += on;
    return compare(state);
  },
  done: ({ place, other }) => Math.max(place, other) >= T - 1,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { map, curve } = layout(action.width, state.width / 2);
    if (action.id === "place") state.place = clamp(Math.floor((action.x - map.x) / map.w * T), [0, T - 1]);
    else state.other = clamp(Math.round(curve.x.invert(action.x)), [0, T - 1]);
    return compare(state);
  },
  snapshot: ({ base, width, code, place, other, products }) => ({ base, width, code: [...code], place, other,
    products: [...products] }),

  view({ base, width: d, code, place, other, products }, { width }: Frame): Scene {
    const pairs = d / 2, { map, clocks, curve, height } = layout(width, pairs), marks: Mark[] = [];
    // Pair by pair from top to bottom: sine, cosine; a column is a position.
    const values = Array.from({ length: d }, (_, row) => Array.from({ length: T }, (__, t) =>
      code[t * d + (row % 2 === 0 ? row / 2 : pairs + (row - 1) / 2)])).flat();
    marks.push({ kind: "text", x: 12, y: 20, size: 13, fill: "ink-2",
      text: "a column is a position; drag the yellow frame" });
    marks.push({ kind: "cells", ...map, rows: d, columns: T, values, scale: 1 });
    marks.push({ kind: "text", x: map.x - 8, y: map.y + 12, anchor: "end", size: 12, fill: "ink-2", text: "fast" },
      { kind: "text", x: map.x - 8, y: map.y + map.h - 3, anchor: "end", size: 12, fill: "ink-2", text: "slow" });
    const column = map.w / T, x = map.x + place * column, u = map.x + other * column;
    marks.push({ kind: "box", x: u - 1, y: map.y - 2, w: column + 2, h: map.h + 4, stroke: "ink", width: 1.5,
      dash: [4, 3] });
    marks.push({ kind: "box", x: x - 1, y: map.y - 2, w: column + 2, h: map.h + 4, stroke: "ink", width: 4.5 },
      { kind: "box", x: x - 1, y: map.y - 2, w: column + 2, h: map.h + 4, stroke: "mark", width: 2.2 },
      { kind: "disc", x: x + column / 2, y: map.y + map.h + 14, r: 9, fill: "mark", stroke: "ink", width: 2,
        handle: { id: "place", label: `position ${place}`, drag: "x", step: Math.max(4, Math.round(column)) } },
      { kind: "text", x: clamp(x + column / 2, [map.x + 36, map.x + map.w - 36]), y: map.y + map.h + 40,
        anchor: "middle", size: 13, role: "number", text: `position ${place}` });
    marks.push({ kind: "text", x: 12, y: clocks.y - clocks.r - 12, size: 13, fill: "ink-2",
      text: "its pairs as hands; positions per turn" });
    // The same column as hands of clocks; dashed the other position.
    for (let k = 0; k < pairs; k += clocks.each) {
      const cx = 12 + clocks.step * (k / clocks.each + 0.5), { y: cy, r } = clocks;
      const hand = (t: number): Pair => [cx + 0.82 * r * code[t * d + k], cy - 0.82 * r * code[t * d + pairs + k]];
      marks.push({ kind: "disc", x: cx, y: cy, r, fill: "plate", stroke: "ink-3", width: 1.2,
        title: `one turn in ${fixed(2 * Math.PI * base ** (2 * k / d), 1)} positions` },
      { kind: "line", points: [[cx, cy], hand(other)], stroke: "ink-3", width: 1.5, dash: [3, 2] },
      { kind: "line", points: [[cx, cy], hand(place)], stroke: "ink", width: 2.5 },
      { kind: "disc", x: cx, y: cy, r: 2.5, fill: "ink" });
      const turn = 2 * Math.PI * base ** (2 * k / d);
      if (r >= 15 || k % (2 * clocks.each) === 0) {
        marks.push({ kind: "text", x: cx, y: cy + r + 17, anchor: "middle", size: 12, role: "number", fill: "ink-2",
          text: fixed(turn, turn < 10 ? 1 : 0) });
      }
    }
    marks.push(...curve.marks, { kind: "text", x: 12, y: curve.top - 24, size: 13, fill: "ink-2",
      text: "dot product with each other position" });
    marks.push(...path(curve, products.map((v, t): Pair => [t, v]), { stroke: "series-1", width: 2.2 }));
    const [px, py] = curve.point(place, products[place]), [ox, oy] = curve.point(other, products[other]);
    marks.push({ kind: "line", points: [[ox, curve.top], [ox, curve.bottom]], stroke: "ink-3", width: 1,
      dash: [4, 3] },
      { kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 1.5 },
      { kind: "disc", x: ox, y: oy, r: 8, fill: "plate", stroke: "ink", width: 2,
        handle: { id: "other", label: `compared with position ${other}`, drag: "x",
          step: Math.max(4, Math.round(column)) } });
    return { width, height, marks };
  },
  describe({ base, width, place, other, products }) {
    const slowest = 2 * Math.PI * base ** ((width - 2) / width);
    return `Position ${place} and position ${other} are ${Math.abs(other - place)} apart; their product is ` +
      `${fixed(products[other])} of at most ${fixed(width / 2, 0)}. The fastest hand turns once in 6.3 positions, ` +
      `the ` +
      `slowest in ${fixed(slowest, slowest < 100 ? 1 : 0)}. Step moves both on, and the product stays.`;
  },
  table: ({ products, place }) => ({ head: ["position", "distance", "product"],
    rows: products.flatMap((value, t) => (t % 4 === 0 ? [[String(t), String(t - place), fixed(value)]] : [])) }),
  invariants: [
    { name: "every hand has length 1: each row has the same length, the root of half its numbers", holds: ({ products,
      place, width }) => Math.abs(products[place] - width / 2) < 1e-3 },
    { name: "the product depends on the distance alone: it is the sum of cosines of rate times distance",
      holds: ({ base, width, products, place }) => products.every((value, t) => {
        const sum = Array.from({ length: width / 2 }, (_, k) => Math.cos((t - place) * base ** (-2 * k / width)))
          .reduce((a, b) => a + b, 0);
        return Math.abs(value - sum) < 2e-3;
      }) },
    { name: "no other position fits as well", holds: ({ products, place }) =>
      products.every((value) => value <= products[place] + 1e-4) },
  ],
  cell: ({ width, base }) => [
    'import { F } from "gradus";',
    "",
    `const code = F.sinusoidalPositions(64, ${width}, ${base});`,
    "const products = code.matmul(code.T);              // [64, 64]",
    "console.log(await products.select(0, 10).narrow(0, 10, 6).array());",
    "console.log(await products.select(0, 40).narrow(0, 40, 6).array());",
    "products;",
  ].join("\n"),
});
