import { Generator, linalg, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { chebyshev, irregularPlaces, measured, PLACES, truth, valueAt, VALUES,
} from "../../../0-foundations/09-a-fair-test/noisy-curve.ts";

const HIGHEST = 9, MOST = 60, SHOWN = 25, TOP = 0.9, GRID = Array.from({ length: 39 }, (_, i) => -0.95 + 0.05 * i);

interface State { readonly size: number; readonly noise: number; readonly generator: Generator; degree: number;
  points: readonly Pair[];
  /** Coefficients of every fit: by degree, then by training set. */
  fits: number[][][] }
type Shot = Omit<State, "generator">;

/** One more training set, and a fit of every degree to it. */
function draw(state: State): State {
  state.points = measured(irregularPlaces(state.size, state.generator), state.noise, state.generator);
  const y = tensor(state.points.map((p) => p[1])).unsqueeze(1);
  state.fits = state.fits.map((fits, degree) => {
    const columns = tensor(state.points.map(([x]) => chebyshev(x, degree + 1)));
    return [...fits, Array.from(linalg.lstsq(columns, y).dataSync())];
  });
  return state;
}
interface Parts { readonly bias: number; readonly variance: number; readonly total: number }
/** Squared bias and variance over the training sets, averaged over places; and their sum, measured by itself. */
function partsOf(fits: readonly (readonly number[])[]): Parts {
  let bias = 0, variance = 0, total = 0;
  for (const x of GRID) {
    const values = fits.map((fit) => valueAt(fit, x)), mean = values.reduce((a, b) => a + b, 0) / values.length;
    bias += (mean - truth(x)) ** 2 / GRID.length;
    for (const value of values) {
      variance += (value - mean) ** 2 / values.length / GRID.length;
      total += (value - truth(x)) ** 2 / values.length / GRID.length;
    }
  }
  return { bias, variance, total };
}
/** The mean of all fits is the fit with mean coefficients. */
const meanOf = (fits: readonly (readonly number[])[]): number[] =>
  fits[0].map((_, k) => fits.reduce((sum, fit) => sum + fit[k], 0) / fits.length);

interface Layout { readonly data: Plot; readonly bars: Plot; readonly y: number; readonly height: number;
  readonly wide: boolean }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 380, heights: [280, 300], narrow: 600,
    gap: 24 });
  const data = plot({ left: a.x + 26, top: a.y + 30, width: a.w - 30, height: stacked ? 210 : 290, x: PLACES,
    y: VALUES, xLabel: "x", xTicks: 4, yTicks: 4 });
  const bars = plot({ left: b.x + 34, top: b.y + 30 + (stacked ? 10 : 0), width: b.w - 40,
    height: stacked ? 200 : 290, x: [-0.7, HIGHEST + 0.7], y: [0, TOP], xLabel: "degree",
    yLabel: "mean squared error on new points", xTicks: 10, yTicks: 4 });
  return { data, bars, wide: !stacked, y: bars.bottom + 60, height: bars.bottom + 60 + (stacked ? 84 : 38) };
}

export default defineFigure({
  id: "bias-variance",
  title: "The same experiment, many times",
  question: "If you had got other examples, how different would your fit have been?",
  params: {
    size: { kind: "number", label: "points in a training set", value: 16, min: 12, max: 60, step: 2 },
    noise: { kind: "number", label: "noise", value: 0.4, min: 0, max: 0.8, step: 0.1 },
  },
  init: ({ size, noise }, seed): State => draw(draw({ size, noise, generator: new Generator(seed), degree: 1,
    points: [], fits: Array.from({ length: HIGHEST + 1 }, () => []) })),
  step: draw,
  done: ({ fits }) => fits[0].length >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    state.degree = clamp(Math.round(layout(action.width).bars.x.invert(action.x)), [0, HIGHEST]);
    return state;
  },
  snapshot: ({ size, noise, degree, points, fits }): Shot => ({ size, noise, degree, points, fits }),

  view({ noise, degree, points, fits }, { width }: Frame): Scene {
    const { data, bars, y, height, wide } = layout(width), marks: Mark[] = [...data.marks, ...bars.marks];
    const own = fits[degree], parts = fits.map(partsOf), now = parts[degree];
    for (const fit of own.slice(-SHOWN, -1)) {
      marks.push(...curve(data, (x) => valueAt(fit, x), { stroke: "ink-3", width: 1, opacity: 0.45 }, 120));
    }
    marks.push(...curve(data, truth, { stroke: "ink", width: 1.5, dash: [3, 4] }),
      ...curve(data, (x) => valueAt(own[own.length - 1], x), { stroke: "series-1", width: 1.8 }, 160));
    const middle = meanOf(own);
    marks.push(...curve(data, (x) => valueAt(middle, x), { stroke: "ink", width: 3 }, 160));
    for (const point of points) {
      const [px, py] = data.point(point[0], clamp(point[1], VALUES));
      marks.push({ kind: "disc", x: px, y: py, r: 4, fill: "series-1", stroke: "plate", width: 1 });
    }
    marks.push({ kind: "text", x: data.left, y: data.top - 10, size: 13, fill: "ink-2",
      text: wide ? "heavy: mean of all fits; dashed: the rule; discs: last set" : "heavy: mean fit; dashed: rule" });

    const x = bars.x(degree), half = bars.x(0.5) - bars.x(0);
    marks.push({ kind: "box", x: x - half, y: bars.top, w: 2 * half, h: bars.bottom - bars.top, fill: "mark",
      opacity: 0.55, stroke: "none" });
    parts.forEach(({ bias, variance }, i) => {
      const levels = [0, bias, bias + variance, bias + variance + noise * noise].map((v) => bars.y(Math.min(v, TOP)));
      const side = half * 0.7, left = bars.x(i) - side;
      const part = (k: number, style: Partial<Mark & { kind: "box" }>): void => {
        marks.push({ kind: "box", x: left, y: levels[k + 1], w: 2 * side, h: Math.max(0, levels[k] - levels[k + 1]),
          stroke: "ink", width: 0.8, ...style });
      };
      part(0, { fill: "series-2", title: `degree ${i}: squared bias ${fixed(bias, 3)}` });
      part(1, { fill: "series-5", hatch: true, title: `degree ${i}: variance ${fixed(variance, 3)}` });
      part(2, { fill: "none", title: `noise ${fixed(noise * noise, 3)}` });
      if (bias + variance + noise * noise > TOP) {
        marks.push({ kind: "line", points: [[bars.x(i), bars.top + 14], [bars.x(i), bars.top + 2]], stroke: "ink",
          width: 1.5, arrow: true });
      }
    });
    marks.push({ kind: "disc", x, y: bars.bottom, r: 9, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "degree", label: `degree ${degree}`, drag: "x", step: 14 } });
    const legend: readonly [Partial<Mark & { kind: "box" }>, string][] = [
      [{ fill: "series-2" }, `bias² ${fixed(now.bias, 3)}`],
      [{ fill: "series-5", hatch: true }, `variance ${now.variance > 1e4 ? "beyond 10,000" : fixed(now.variance, 3)}`],
      [{ fill: "none" }, `noise ${fixed(noise * noise, 3)}`]];
    legend.forEach(([style, text], i) => {
      const left = wide ? 14 + i * Math.min(190, width * 0.26) : 14, level = wide ? y : y + 22 * i;
      marks.push({ kind: "box", x: left, y: level - 12, w: 14, h: 14, stroke: "ink", width: 0.8, ...style },
        { kind: "text", x: left + 22, y: level, text, size: 14 });
    });
    marks.push({ kind: "text", x: 14, y: y + (wide ? 24 : 68), size: 14, fill: "ink-2",
      text: `degree ${degree}, ${count(own.length, "training set")}` });
    return { width, height, marks };
  },
  describe({ degree, fits, noise }) {
    const parts = fits.map(partsOf), { bias, variance } = parts[degree];
    const least = parts.reduce((best, { total }, i) => (total < parts[best].total ? i : best), 0);
    return `${count(fits[0].length, "training set")}. Degree ${degree}: squared bias ${fixed(bias, 3)}, variance ` +
      `${fixed(variance, 3)}, noise ${fixed(noise * noise, 3)}. The sum is least at degree ${least}, ` +
      `${fixed(parts[least].total + noise * noise, 3)}.`;
  },
  table: ({ fits, noise }) => ({ head: ["degree", "bias²", "variance", "noise", "together"],
    rows: fits.map(partsOf).map(({ bias, variance, total }, i) => [String(i), fixed(bias, 3), fixed(variance, 3),
      fixed(noise * noise, 3), fixed(total + noise * noise, 3)]) }),
  invariants: [
    { name: "squared bias and variance add up to the squared distance from the rule", holds: ({ fits }) =>
      fits.map(partsOf).every(({ bias, variance, total }) => Math.abs(bias + variance - total) < 1e-9 * (1 + total)) },
    { name: "no part is below zero", holds: ({ fits }) =>
      fits.map(partsOf).every(({ bias, variance }) => bias >= 0 && variance >= 0) },
    { name: "every degree was fitted to every training set", holds: ({ fits }) =>
      fits.every((own, degree) => own.length === fits[0].length && own.every((fit) => fit.length === degree + 1)) },
  ],
});
