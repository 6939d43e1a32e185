import { F, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const PLACES = 7, MOST = 7, GAP = 1 / (PLACES - 1), HEIGHTS: Pair = [0, 1];
/** Steps between samples are powers of two, so that the folded line is exact in 32 bits. */
const SAMPLES = 512;
const CURVES = {
  "hills": [0.1, 0.75, 0.4, 0.9, 0.25, 0.6, 0.15], "step": [0.1, 0.1, 0.1, 0.85, 0.85, 0.85, 0.85],
  "zigzag": [0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.1],
} as const satisfies Readonly<Record<string, readonly number[]>>;
const XS = Array.from({ length: SAMPLES + 1 }, (_, i) => i / SAMPLES), COLUMN = tensor(XS.map((x) => [x]));

/** A smooth curve through the heights, flat at each of them. */
function target(heights: readonly number[], x: number): number {
  const i = Math.min(PLACES - 2, Math.floor(x / GAP)), share = x / GAP - i;
  return heights[i] + (heights[i + 1] - heights[i]) * (1 - Math.cos(Math.PI * share)) / 2;
}
/** The largest second derivative of that curve, in magnitude. */
const bending = (heights: readonly number[]): number => Math.max(...heights.slice(1).map((h, i) =>
  Math.abs(h - heights[i]))) * Math.PI ** 2 / 2 / GAP ** 2;

/** One hidden layer: a bend at each knot, its output weight the change of slope there. x (B, 1), result (B). */
function wide(x: Tensor, heights: readonly number[], units: number): Tensor {
  const knots = Array.from({ length: units }, (_, k) => k / units), f = (at: number): number => target(heights, at);
  const slopes = knots.map((at) => (f(at + 1 / units) - f(at)) * units);
  const turns = slopes.map((slope, k) => slope - (slopes[k - 1] ?? 0));
  return F.relu(x.sub(tensor(knots))).matmul(tensor(turns)).add(f(0));
}
/** Layers of two units, each a tent: up to 1 at the middle, down to 0 again. */
const deep = (x: Tensor, layers: number): Tensor => Array.from({ length: layers }).reduce((h: Tensor) =>
  F.relu(h.sub(tensor([0, 0.5]))).matmul(tensor([[2], [-4]])), x).squeeze(1);
/** How many straight pieces a sampled line has. */
function pieces(values: readonly number[]): number {
  const slopes = values.slice(1).map((v, i) => (v - values[i]) * SAMPLES);
  return 1 + slopes.filter((slope, i) => i > 0 && Math.abs(slope - slopes[i - 1]) > 0.5).length;
}

interface State { heights: readonly number[]; layers: number }
interface Layout { readonly left: Plot; readonly right: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], height } = panels(width, { shares: [1, 1], height: 340, heights: [310, 310], narrow: 620 });
  const make = (p: typeof a): Plot => plot({ left: p.x + 32, top: p.y + 44, width: p.w - 40, height: p.h - 90,
    x: [0, 1], y: [-0.1, 1.1], xLabel: "x", xTicks: 5, yTicks: 3 });
  return { left: make(a), right: make(b), height };
}

export default defineFigure({
  id: "bends",
  title: "Units side by side, and one layer after the other",
  question: "How many straight pieces can a handful of ReLU units make?",
  params: {
    curve: { kind: "choice", label: "curve", value: "hills", choices: ["hills", "step", "zigzag"] },
  },
  init: ({ curve }): State => ({ heights: CURVES[curve], layers: 1 }),
  step(state) {
    state.layers++;
    return state;
  },
  done: ({ layers }) => layers >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { left } = layout(action.width), place = Number(action.id.split(":")[1]);
    const height = Math.round(clamp(left.y.invert(action.y), HEIGHTS) * 20) / 20;
    return { ...state, heights: state.heights.map((h, i) => (i === place ? height : h)) };
  },
  snapshot({ heights, layers }) {
    const rows = Array.from({ length: layers }, (_, i) => {
      const follows = [...wide(COLUMN, heights, 2 * i + 2).dataSync()], folded = [...deep(COLUMN, i + 1).dataSync()];
      return { units: 2 * i + 2, error: Math.max(...XS.map((x, k) => Math.abs(follows[k] - target(heights, x)))),
        pieces: pieces(folded), follows, folded };
    });
    const { follows, folded } = rows[layers - 1];
    return { heights: [...heights], layers, follows, folded,
      rows: rows.map(({ units, error, pieces: n }) => ({ units, error, pieces: n })) };
  },

  view({ heights, layers, follows, folded, rows }, { width }: Frame): Scene {
    const { left, right, height } = layout(width), marks: Mark[] = [...left.marks, ...right.marks];
    const { units, error, pieces: n } = rows[layers - 1];
    const title = (on: Plot, y: number, text: string, bold = false): void => {
      marks.push({ kind: "text", x: on.left, y: on.top - y, text, size: 13, fill: bold ? "ink" : "ink-2", bold });
    };
    title(left, 26, `one layer of ${units}: ${count(units, "piece")}`, true);
    title(left, 9, `largest error ${fixed(error, 3)}`);
    title(right, 26, `${count(layers, "layer")} of 2: ${count(n, "piece")}`, true);
    title(right, 9, `one layer of ${units}: at most ${units + 1}`);
    const points = (values: readonly number[]): Pair[] => XS.map((x, i) => [x, values[i]]);
    marks.push(...path(left, XS.map((x): Pair => [x, target(heights, x)]), { stroke: "series-2", width: 5,
      opacity: 0.35 }));
    marks.push(...path(left, points(follows), { stroke: "ink", width: 2 }));
    for (let k = 0; k < units; k++) {
      const [x, y] = left.point(k / units, target(heights, k / units));
      marks.push({ kind: "disc", x, y, r: 2.8, fill: "ink", title: `unit ${k + 1} bends here` });
    }
    heights.forEach((h, i) => {
      const [x, y] = left.point(i * GAP, h);
      marks.push({ kind: "disc", x, y, r: 7, fill: "plate", stroke: "series-2", width: 2.5, opacity: 1,
        handle: { id: `height:${i}`, label: `height ${i + 1} of the curve, ${fixed(h)}`, drag: "y",
          step: (left.bottom - left.top) / 24 } });
    });
    marks.push(...path(right, points(folded), { stroke: "ink", width: layers > 5 ? 1.25 : 2 }));
    return { width, height, marks };
  },
  describe({ layers, rows }) {
    const { units, error, pieces: n } = rows[layers - 1];
    return `${count(units, "unit")} in one layer follow the curve with ${count(units, "straight piece")} and a ` +
      `largest error of ${fixed(error, 3)}. In ${count(layers, "layer")} of two they fold a line into ` +
      `${count(n, "piece")}; one layer of ${units} could make ${units + 1}.`;
  },
  table: ({ rows }) => ({ head: ["units", "largest error, one layer", "pieces, layers of 2", "most pieces, one layer"],
    rows: rows.map(({ units, error, pieces: n }) => [String(units), fixed(error, 4), String(n), String(units + 1)]) }),
  invariants: [
    { name: "each layer doubles the number of pieces", holds: ({ rows }) =>
      rows.every(({ pieces: n }, i) => n === 2 ** (i + 1)) },
    { name: "the error is at most the bending over 8 times the units squared", holds: ({ rows, heights }) =>
      rows.every(({ units, error }) => error <= bending(heights) / 8 / units ** 2 + 1e-5) },
    { name: "the line meets the curve at every bend", holds: ({ follows, heights, rows, layers }) =>
      Array.from({ length: rows[layers - 1].units }, (_, k) => k / rows[layers - 1].units).every((at) => {
        const x = at * SAMPLES, i = Math.floor(x), share = x - i;
        if (share > 0) return true;
        return Math.abs(follows[i] - target(heights, at)) < 1e-4;
      }) },
  ],
});
