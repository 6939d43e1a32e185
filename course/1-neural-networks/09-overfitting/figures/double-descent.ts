import { Generator, linalg, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { power, powersAcross, powersUp } from "@gradus/lessons/draw/powers";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { chebyshev, irregularPlaces, meanSquare, measured, PLACES, truth, valueAt, VALUES,
} from "../../../0-foundations/09-a-fair-test/noisy-curve.ts";

/** How many open numbers are tried. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 24, 30, 40, 60, 100, 200];
const ERRORS: Pair = [-3, 3], POINTS = 12, START = 3;
const PENALTIES = { "none": 0, "0.001": 0.001, "0.01": 0.01, "0.1": 0.1 } as const;
/** The rule without noise, at even places: what a fit should say. */
const GOAL = Array.from({ length: 150 }, (_, i): Pair => [-0.95 + 1.9 * i / 149, truth(-0.95 + 1.9 * i / 149)]);

interface Problem { readonly penalty: number; readonly smooth: boolean; readonly points: readonly Pair[];
  readonly at: number }
/** Columns Φ = U diag(s) Vᵀ for so many open numbers: they do not change when a point is moved up or down. */
interface System { readonly size: number; readonly u: Tensor; readonly s: readonly number[]; readonly v: Tensor }
interface State extends Problem { points: Pair[]; at: number; readonly systems: readonly System[] }
interface Fit { readonly size: number; readonly coefficients: readonly number[]; readonly train: number;
  readonly fresh: number;
  /** Length of the fitted weights. */
  readonly norm: number }
interface Shot extends Problem { readonly fits: readonly Fit[] }

/** Column k counts 1/(k + 1) if smooth fits are preferred: a high degree then costs a larger weight. */
const weightOf = (k: number, smooth: boolean): number => (smooth ? 1 / (k + 1) : 1);
function systemOf(points: readonly Pair[], size: number, smooth: boolean): System {
  const columns = tensor(points.map(([x]) => chebyshev(x, size).map((v, k) => v * weightOf(k, smooth))));
  const [u, s, v] = linalg.svd(columns);
  return { size, u, s: Array.from(s.dataSync()), v };
}
/**
 * The weights c with the smallest |Φc − y|² + λ|c|²; with λ = 0 the shortest of the best ones. By singular values:
 * c = V diag(s / (s² + λ)) Uᵀ y.
 */
function fit({ points, penalty, smooth }: Problem, { size, u, s, v }: System): Fit {
  const along = u.T.matmul(tensor(points.map((p) => p[1])).unsqueeze(1)).dataSync();
  const shrunk = s.map((value, i) => [value < 1e-6 * s[0] ? 0 : along[i] * value / (value * value + penalty)]);
  const weights = Array.from(v.matmul(tensor(shrunk)).dataSync());
  const coefficients = weights.map((w, k) => w * weightOf(k, smooth));
  return { size, coefficients, train: meanSquare(coefficients, points), fresh: meanSquare(coefficients, GOAL),
    norm: Math.hypot(...weights) };
}
const look = ({ systems, ...problem }: State): Shot => ({ ...problem, points: [...problem.points],
  fits: systems.map((system) => fit(problem, system)) });

interface Layout { readonly data: Plot; readonly errors: Plot; readonly y: number; readonly height: number;
  readonly wide: boolean }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1.15], height: 380, heights: [280, 300], narrow: 600,
    gap: 24 });
  const data = plot({ left: a.x + 26, top: a.y + 30, width: a.w - 30, height: stacked ? 210 : 290, x: PLACES,
    y: VALUES, xLabel: "x", xTicks: 4, yTicks: 4 });
  const errors = plot({ left: b.x + 40, top: b.y + 30 + (stacked ? 10 : 0), width: b.w - 50,
    height: stacked ? 200 : 290, x: [-0.05, Math.log10(200) + 0.05], y: ERRORS, yLabel: "mean squared error",
    xTicks: 0, yTicks: 0 });
  return { data, errors, wide: !stacked, y: errors.bottom + 62, height: errors.bottom + 62 + (stacked ? 62 : 38) };
}

export default defineFigure({
  id: "double-descent",
  title: "Beyond the peak",
  question: "With as many open numbers as points the fit is at its worst. And with ten times as many?",
  params: {
    penalty: { kind: "choice", label: "penalty λ on the weights", value: "none",
      choices: ["none", "0.001", "0.01", "0.1"] },
    smooth: { kind: "flag", label: "high degrees cost more", value: true },
    noise: { kind: "number", label: "noise", value: 0.4, min: 0, max: 0.8, step: 0.1 },
  },
  init({ penalty, smooth, noise }, seed): State {
    const generator = new Generator(seed), points = measured(irregularPlaces(POINTS, generator), noise, generator);
    return { penalty: PENALTIES[penalty], smooth, at: START, points,
      systems: SIZES.map((size) => systemOf(points, size, smooth)) };
  },
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at }) => at >= SIZES.length - 1,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { data, errors } = layout(action.width);
    if (action.id === "size") {
      const wanted = errors.x.invert(action.x), gap = (size: number): number => Math.abs(Math.log10(size) - wanted);
      state.at = SIZES.reduce((best, size, i) => (gap(size) < gap(SIZES[best]) ? i : best), 0);
    } else {
      const index = Number(action.id.split(":")[1]), y = Math.round(data.y.invert(action.y) * 50) / 50;
      state.points[index] = [state.points[index][0], y];
    }
    return state;
  },
  snapshot: look,

  view({ points, fits, at, penalty }, { width }: Frame): Scene {
    const { data, errors, y, height, wide } = layout(width), now = fits[at];
    const marks: Mark[] = [...data.marks, ...errors.marks, ...powersUp(errors),
      ...powersAcross(errors, [1, 3, 12, 50, 200])];
    marks.push({ kind: "text", x: errors.right, y: errors.bottom + 33, anchor: "end", size: 13, fill: "ink-2",
      text: "open numbers" });
    marks.push(...curve(data, truth, { stroke: "ink-3", width: 1.5, dash: [3, 4] }),
      ...curve(data, (x) => valueAt(now.coefficients, x), { stroke: "ink", width: 2.2 }, 600));
    points.forEach(([x, value], i) => {
      const [px, py] = data.point(x, clamp(value, VALUES));
      marks.push({ kind: "disc", x: px, y: py, r: wide ? 6 : 5, fill: "series-1", stroke: "plate", width: 1.5,
        handle: { id: `point:${i}`, label: `point ${i + 1} at ${fixed(x)}, value ${fixed(value)}`, drag: "y",
          step: 6 } });
    });
    marks.push({ kind: "text", x: data.left, y: data.top - 10, size: 13, fill: "ink-2",
      text: `the ${penalty > 0 ? "penalised" : "shortest"} fit of ${count(now.size, "open number")}` });
    const border = errors.x(Math.log10(POINTS)), x = errors.x(Math.log10(now.size));
    marks.push({ kind: "line", points: [[border, errors.top], [border, errors.bottom]], stroke: "ink-3", width: 1.5,
      dash: [3, 4] });
    marks.push({ kind: "line", points: [[x, errors.top], [x, errors.bottom]], stroke: "mark", width: 8 },
      { kind: "line", points: [[x, errors.top], [x, errors.bottom]], stroke: "ink", width: 1 });
    const line = (of: (one: Fit) => number, colour: "series-1" | "series-2", dash: readonly number[]): void => {
      const style = { stroke: colour, width: 2.5, ...(dash.length === 0 ? {} : { dash }) };
      marks.push(...path(errors, fits.map((one): Pair => [Math.log10(one.size), power(of(one), ERRORS)]), style));
      for (const one of fits) {
        marks.push({ kind: "disc", x: errors.x(Math.log10(one.size)), y: errors.y(power(of(one), ERRORS)), r: 3,
          fill: colour, title: `${count(one.size, "open number")}: ${written(of(one))}` });
      }
    };
    line(({ train }) => train, "series-1", []);
    line(({ fresh }) => fresh, "series-2", [8, 4]);
    marks.push({ kind: "text", x: border - 4, y: errors.top - 8, size: 13, fill: "ink-2",
      text: `${POINTS} points` });
    marks.push({ kind: "disc", x, y: errors.bottom, r: 9, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "size", label: `${now.size} open numbers`, drag: "x", step: 10 } });
    const legend = (left: number, level: number, colour: "series-1" | "series-2", text: string): void => {
      marks.push({ kind: "line", points: [[left, level - 5], [left + 30, level - 5]], stroke: colour, width: 2.5,
        ...(colour === "series-2" ? { dash: [8, 4] } : {}) }, { kind: "text", x: left + 38, y: level, text,
        size: 14 });
    };
    legend(14, y, "series-1", `on its own points ${written(now.train)}`);
    legend(wide ? width / 2 : 14, wide ? y : y + 24, "series-2", `from the rule ${written(now.fresh)}`);
    marks.push({ kind: "text", x: 14, y: y + (wide ? 24 : 48), size: 14, fill: "ink-2",
      text: `length of the weights ${written(now.norm)}` });
    return { width, height, marks };
  },
  describe({ fits, at, penalty, smooth }) {
    const now = fits[at], worst = fits.slice(4).reduce((a, b) => (b.fresh > a.fresh ? b : a));
    const last = fits[fits.length - 1];
    return `${count(now.size, "open number")} for ${POINTS} points: mean squared error ${written(now.train)} on ` +
      `them and ${written(now.fresh)} from the rule, weights of length ${written(now.norm)}. From 5 on it is worst ` +
      `at ${worst.size}, ${written(worst.fresh)}; at ${last.size} it is ${written(last.fresh)}` +
      `${penalty > 0 ? ", with a penalty" : ""}${smooth ? "" : ", with all degrees at one price"}.`;
  },
  table: ({ fits }) => ({ head: ["open numbers", "on its own points", "from the rule", "length of the weights"],
    rows: fits.map(({ size, train, fresh, norm }) => [String(size), written(train), written(fresh), written(norm)]) }),
  invariants: [
    { name: "without a penalty, more open numbers never fit their own points worse", holds: ({ fits, penalty }) =>
      penalty > 0 || fits.every(({ train }, i) => i === 0 || train <= fits[i - 1].train + 1e-3) },
    { name: "without a penalty, from 12 open numbers on every point is met", holds: ({ fits, penalty }) =>
      penalty > 0 || fits.every(({ size, train }) => size < POINTS || train < 1e-3) },
    { name: "among fits that meet every point, more open numbers never need longer weights", holds: ({ fits,
      penalty }) => penalty > 0 || fits.every(({ size, norm }, i) => size <= POINTS
        || norm <= fits[i - 1].norm * (1 + 1e-3) + 1e-3) },
  ],
  cell: () => "import { Generator, linalg, rand, randn, tensor } from \"gradus\";\n\n" +
    "const generator = new Generator(7), n = 12;\n" +
    "const x = [...rand([n], { generator }).dataSync()].map((v) => 1.9 * v - 0.95);\n" +
    "const noise = randn([n], { generator }).dataSync();\n" +
    "const y = tensor(x.map((v, i) => [1.2 * Math.sin(3.2 * v) + 0.4 * noise[i]]));\n" +
    "for (const size of [4, 8, 12, 16, 40, 200]) {\n" +
    "  const column = (v: number, k: number) => Math.cos(k * Math.acos(v)) / (k + 1);\n" +
    "  const columns = tensor(x.map((v) => Array.from({ length: size }, (_, k) => column(v, k))));\n" +
    "  const weights = linalg.pinv(columns).matmul(y);      // the shortest of the best\n" +
    "  console.log(size, \"length\", weights.square().sum().sqrt().itemSync());\n}",
});

/** A number that may be tiny or huge. */
const written = (value: number): string => (value >= 1e4 ? value.toExponential(1).replace("+", "")
  : fixed(value, value < 10 ? 3 : 1));
