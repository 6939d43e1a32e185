import { F, full, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const DOMAIN: Pair = [-5, 5], VALUES: Pair = [-2.2, 4.2], SLOPES: Pair = [-0.45, 1.65], POINTS = 201;

interface Entry { readonly name: string; readonly f: (x: Tensor,
  a: number) => Tensor; readonly corners?: readonly number[] }
/** Every activation of one number; `corners` are where it has no slope. */
const FUNCTIONS: readonly Entry[] = [
  // The step as such has no gradient to ask for; 0 · x makes its slope of zero a number.
  { name: "step", f: (x) => x.gt(0).cast("f32").add(x.mul(0)), corners: [0] },
  { name: "linear", f: (x) => x.mul(1) },
  { name: "sigmoid", f: (x) => x.sigmoid() },
  { name: "tanh", f: (x) => x.tanh() },
  { name: "softsign", f: (x) => F.softsign(x) },
  { name: "hard sigmoid", f: (x) => F.hardSigmoid(x), corners: [-3, 3] },
  { name: "ReLU", f: (x) => F.relu(x), corners: [0] },
  { name: "leaky ReLU", f: (x, a) => F.leakyRelu(x, a), corners: [0] },
  { name: "PReLU", f: (x, a) => F.prelu(x, full([1], a)), corners: [0] },
  { name: "ELU", f: (x, a) => F.elu(x, a), corners: [0] },
  { name: "SELU", f: (x) => F.selu(x), corners: [0] },
  { name: "softplus", f: (x) => F.softplus(x) },
  { name: "SiLU (Swish)", f: (x) => F.silu(x) },
  { name: "GELU", f: (x) => F.gelu(x) },
  { name: "GELU by tanh", f: (x) => F.gelu(x, "tanh") },
  { name: "Mish", f: (x) => F.mish(x) },
  { name: "hard-swish", f: (x) => F.hardswish(x), corners: [-3, 3] },
  { name: "x · sigmoid(2x)", f: (x) => x.mul(x.mul(2).sigmoid()) },
];
const NAMES = FUNCTIONS.map(({ name }) => name);
const LEAKY = NAMES.indexOf("leaky ReLU"), SIGMOID = NAMES.indexOf("sigmoid"), TANH = NAMES.indexOf("tanh");
const ADJUSTED = ["leaky ReLU", "PReLU", "ELU"];
const GRID = Array.from({ length: POINTS }, (_, i) => DOMAIN[0] + (DOMAIN[1] - DOMAIN[0]) * i / (POINTS - 1));

interface Curve { readonly values: readonly number[]; readonly slopes: readonly number[] }
/** Values and slopes at some places, by the engine. */
async function measure(index: number, alpha: number, places: readonly number[]): Promise<Curve> {
  const x = tensor([...places], { requiresGrad: true }), y = FUNCTIONS[index].f(x, alpha);
  y.sum().backward();
  return { values: Array.from(await y.data()), slopes: Array.from(await x.grad!.data()) };
}
interface State { readonly alpha: number; chosen: number; x: number; readonly curves: readonly Curve[];
  /** Value and slope of every function at x. */
  here: readonly Pair[] }
async function look(state: State): Promise<State> {
  const found = await Promise.all(FUNCTIONS.map((_, i) => measure(i, state.alpha, [state.x])));
  state.here = found.map(({ values, slopes }): Pair => [values[0], slopes[0]]);
  return state;
}

interface Layout { readonly value: Plot; readonly slope: Plot; readonly tiles: readonly Pair[]; readonly tile: Pair;
readonly height: number }
function layout(width: number): Layout {
  const wide = width >= 600, w = wide ? (width - 112) / 2 : width - 52, h = wide ? Math.min(300, w * 0.8) : 210;
  const value = plot({ left: 38, top: 30, width: w, height: h, x: DOMAIN, y: VALUES, yLabel: "value", zero: true });
  const slope = plot({ left: wide ? w + 96 : 38, top: wide ? 30 : value.bottom + 60, width: w, height: h, x: DOMAIN,
    y: SLOPES, yLabel: "gradient", zero: true });
  const columns = Math.max(3, Math.floor((width - 20) / 106)), wideTile = (width - 20) / columns;
  const top = slope.bottom + 42;
  const tiles = FUNCTIONS.map((_, i): Pair => [10 + (i % columns) * wideTile, top + Math.floor(i / columns) * 82]);
  return { value, slope, tiles, tile: [wideTile - 6, 76],
    height: top + Math.ceil(FUNCTIONS.length / columns) * 82 + 6 };
}

export default defineFigure({
  id: "activations",
  title: "Eighteen ways to bend a line",
  question: "Far from zero, which of them still has a slope to learn from?",
  params: {
    alpha: { kind: "number", label: "α of leaky ReLU, PReLU, ELU", value: 0.1, min: 0, max: 2, step: 0.05,
      weight: true },
    start: { kind: "choice", label: "look at", value: "sigmoid", choices: NAMES },
  },
  async init({ alpha, start }): Promise<State> {
    const curves: Curve[] = [];
    for (const i of FUNCTIONS.keys()) curves.push(await measure(i, alpha, GRID));
    return look({ alpha, chosen: NAMES.indexOf(start), x: 2, curves, here: [] });
  },
  act(state, action) {
    if (action.type === "press") {
      state.chosen = Number(action.id.split(":")[1]);
      return state;
    }
    if (action.type !== "drag") return state;
    const { value, slope } = layout(action.width);
    const x = (action.id === "x:value" ? value : slope).x.invert(action.x);
    state.x = Math.round(clamp(x, [-4.9, 4.9]) * 20) / 20;
    return look(state);
  },
  snapshot: ({ alpha, chosen, x, curves, here }) => ({ alpha, chosen, x, curves, here }),

  view({ alpha, chosen, x, curves, here }, { width }: Frame): Scene {
    const { value, slope, tiles, tile, height } = layout(width), name = NAMES[chosen], [y, s] = here[chosen];
    const marks: Mark[] = [...value.marks, ...slope.marks];
    const { values, slopes } = curves[chosen];
    if (chosen === LEAKY) {
      marks.push(...path(value, GRID.map((at) => [at, Math.max(alpha * at, at)] as const), { stroke: "series-2",
        width: 2, dash: [3, 4] }));
      marks.push({ kind: "text", x: value.right - 8, y: value.bottom - 10, anchor: "end", size: 13, fill: "ink-2",
        text: alpha > 1 ? "dashed: max(αx, x) is another function" : "max(αx, x) is the same" });
    }
    // Where the slope is nearly gone: nothing is learned there.
    for (const [from, to] of asleep(slopes)) {
      const [a, b] = [slope.x(GRID[from]), slope.x(GRID[to])];
      marks.push({ kind: "box", x: a, y: slope.top, w: Math.max(1, b - a), h: slope.bottom - slope.top, fill: "ink-3",
        opacity: 0.13, stroke: "none" });
    }
    marks.push(...broken(value, values, chosen, { width: 2.5 }), ...broken(slope, slopes, chosen, { width: 2.5 }));
    // The tangent.
    const reach = 1.3 / Math.hypot(1, s);
    marks.push(...path(value, [[x - reach, y - reach * s], [x + reach, y + reach * s]],
      { stroke: "mark", width: 7 }), ...path(value, [[x - reach, y - reach * s], [x + reach, y + reach * s]],
      { stroke: "ink", width: 1.5 }));
    for (const [on, id, level, what] of [[value, "value", y, "value"], [slope, "slope", s, "gradient"]] as const) {
      const at = on.point(x, clamp(level, on.y.domain));
      marks.push({ kind: "line", points: [[at[0], on.top], [at[0], on.bottom]], stroke: "ink-3", width: 1, dash: [2,
        3] });
      marks.push({ kind: "disc", x: at[0], y: at[1], r: 8, fill: "mark", stroke: "ink", width: 2,
        handle: { id: `x:${id}`, drag: "x", step: 6, label: `x ${fixed(x, 2)}, ${what} ${fixed(level, 3)}` } });
      marks.push({ kind: "text", x: on.right, y: on.top - 8, anchor: "end", role: "number", size: 13,
        text: `${name}: ${fixed(level, 3)}` });
    }
    marks.push({ kind: "text", x: slope.left, y: slope.bottom + 33, size: 12, fill: "ink-2",
      text: "grey: gradient smaller than 0.05" });
    tiles.forEach(([left, top], i) => {
      const small = tilePlot(left, top, tile), on = i === chosen;
      marks.push({ kind: "box", x: left, y: top, w: tile[0], h: tile[1], fill: on ? "plate" : "none",
        stroke: on ? "ink" : "hair", width: on ? 2.5 : 1, handle: { id: `function:${i}`, press: true,
          label: `${NAMES[i]}, at ${fixed(x, 2)} gradient ${fixed(here[i][1], 3)}` } });
      marks.push({ kind: "text", x: left + 8, y: top + 18, text: NAMES[i], size: 12, fill: on ? "ink" : "ink-2" });
      marks.push({ kind: "line", points: [small.point(-5, 0), small.point(5, 0)], stroke: "hair", width: 1 });
      marks.push(...broken(small, curves[i].values, i, { width: 2 }));
      marks.push(...broken(small, curves[i].slopes, i, { width: 1.5, stroke: "ink-3", dash: [2, 2] }));
    });
    return { width, height, marks };
  },
  describe({ chosen, x, here, alpha }) {
    const [y, s] = here[chosen], with_ = ADJUSTED.includes(NAMES[chosen]) ? ` (α ${fixed(alpha, 2)})` : "";
    const quiet = here.filter(([, slope]) => Math.abs(slope) < 0.05).length;
    return `At x = ${fixed(x, 2)} ${NAMES[chosen]}${with_} gives ${fixed(y, 3)} with gradient ${fixed(s, 3)}. ` +
      `${quiet} of ${NAMES.length} functions have a gradient smaller than 0.05 here.`;
  },
  table: ({ x, here }) => ({ head: ["function", "x", "value", "gradient"],
    rows: NAMES.map((name, i) => [name, fixed(x, 2), fixed(here[i][0], 4), fixed(here[i][1], 4)]) }),
  invariants: [
    { name: "gradients are those of the drawn curves, corners apart", holds: ({ curves }) => curves.every((curve, i) =>
      GRID.slice(1).every((at, k) => {
        const before = GRID[k], rise = (curve.values[k + 1] - curve.values[k]) / (at - before);
        const corner = (FUNCTIONS[i].corners ?? []).some((c) => c >= before - 1e-9 && c <= at + 1e-9);
        return corner || Math.abs(rise - (curve.slopes[k] + curve.slopes[k + 1]) / 2) < 2e-3;
      })) },
    { name: "the sigmoid’s gradient is s(1 − s), never above a quarter", holds: ({ curves }) =>
      curves[SIGMOID].values.every((v, k) => Math.abs(curves[SIGMOID].slopes[k] - v * (1 - v)) < 1e-5
        && curves[SIGMOID].slopes[k] <= 0.25 + 1e-6) },
    { name: "tanh is the sigmoid of twice the input, stretched to −1 and 1", holds: ({ curves }) =>
      GRID.every((at, k) => Math.abs(curves[TANH].values[k] - (2 / (1 + Math.exp(-2 * at)) - 1)) < 1e-5) },
    { name: "leaky ReLU is max(αx, x) exactly while α is at most 1", holds: ({ curves, alpha }) =>
      GRID.every((at, k) => Math.abs(curves[LEAKY].values[k] - Math.max(alpha * at, at)) < 1e-5) === (alpha <= 1) },
  ],
  cell: ({ alpha }) => "import { F, tensor } from \"gradus\";\n\n"
    + "const x = tensor([-3, -1, 0.5, 2], { requiresGrad: true });\n"
    + `const y = F.leakyRelu(x, ${alpha});      // or F.relu, F.gelu, F.silu, F.elu, x.tanh(), x.sigmoid()\n`
    + "y.sum().backward();\nconsole.log(await y.array());\nconsole.log(await x.grad!.array());",
});

/** Ranges of the grid where the gradient is below 0.05. */
function asleep(slopes: readonly number[]): Pair[] {
  const ranges: [number, number][] = [];
  slopes.forEach((s, i) => {
    if (Math.abs(s) >= 0.05) return;
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last[1] === i - 1) last[1] = i;
    else ranges.push([i, i]);
  });
  return ranges;
}
/** A curve in pieces, cut where the function or its slope jumps. */
function broken(on: Plot, values: readonly number[], index: number, style: Parameters<typeof path>[2]): Mark[] {
  const marks: Mark[] = [];
  let piece: Pair[] = [];
  values.forEach((v, k) => {
    const jump = k > 0 && Math.abs(v - values[k - 1]) > 0.09 + 0.06 * Math.abs(v)
      && (FUNCTIONS[index].corners ?? []).some((c) => Math.abs(GRID[k] - c) < 0.06);
    if (jump) {
      marks.push(...path(on, piece, style));
      piece = [];
    }
    piece.push([GRID[k], v]);
  });
  return [...marks, ...path(on, piece, style)];
}
function tilePlot(left: number, top: number, [w, h]: Pair): Plot {
  return plot({ left: left + 6, top: top + 24, width: w - 12, height: h - 30, x: DOMAIN, y: [-1.6, 2.6], xTicks: 0,
    yTicks: 0 });
}
