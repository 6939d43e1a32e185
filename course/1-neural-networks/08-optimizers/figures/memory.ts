import { full, Generator, optim, randn, state as makeState, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const STEPS = 20, GRADIENTS: Pair = [-3.2, 3.2], MOVES: Pair = [-1.6, 1.6];
const NAMES = ["across", "along"] as const;
/** Gradients of two coordinates in the unit of their own plot; `along` is multiplied by a choice of the reader. */
const STREAMS = {
  "valley": (i: number) => [i % 2 === 0 ? 2 : -2, 1],
  "noise": (_: number, noise: Pair) => [1.4 * noise[0], 1 + 0.7 * noise[1]],
  "one spike": (i: number) => [i === 6 ? 3 : 0.3, i === 6 ? -3 : 0.5],
  "mostly nothing": (i: number) => [1, i % 6 === 2 ? 2 : 0],
} as const satisfies Readonly<Record<string, (i: number, noise: Pair) => readonly number[]>>;
type StreamName = keyof typeof STREAMS;

/** What one step of Adam did to one coordinate, in multiples of the rate, and what it remembered. */
interface Moment { readonly average: number; readonly size: number; readonly adam: number; readonly momentum: number }
interface State {
  readonly betas: Pair;
  readonly scale: number;
  gradients: readonly [number[], number[]];
  steps: number;
  /** For each coordinate one entry a step. */
  moments: readonly [Moment[], Moment[]];
  velocity: readonly [number, number];
}

/** Feeds the gradients of the first `steps` steps to the library's Adam and to SGD with momentum, at rate 1. */
async function replay(state: State): Promise<State> {
  const { betas: [beta1, beta2], scale, gradients, steps } = state;
  const start = (): Tensor => makeState(full([2], 0), true);
  const fast = start(), heavy = start();
  const adam = new optim.Adam([fast], { lr: 1, betas: [beta1, beta2] });
  const sgd = new optim.SGD([heavy], { lr: 1, momentum: beta1 });
  const moments: [Moment[], Moment[]] = [[], []];
  let before = [0, 0], velocity: [number, number] = [0, 0];
  for (let i = 0; i < steps; i++) {
    const gradient = [gradients[0][i], scale * gradients[1][i]];
    [fast.grad, heavy.grad] = [tensor(gradient), tensor(gradient)];
    adam.step();
    sgd.step();
    const kept = adam.stateDict(), at = await fast.data();
    const m = await kept["state.0.exp_avg"].data(), v = await kept["state.0.exp_avg_sq"].data();
    const buffer = beta1 === 0 ? gradient : await sgd.stateDict()["state.0.momentum_buffer"].data();
    velocity = [buffer[0], buffer[1]];
    moments.forEach((list, c) => list.push({ average: m[c] / (1 - beta1 ** (i + 1)),
      size: Math.sqrt(v[c] / (1 - beta2 ** (i + 1))), adam: at[c] - before[c], momentum: -(1 - beta1) * buffer[c] }));
    before = [at[0], at[1]];
  }
  state.moments = moments;
  state.velocity = velocity;
  return state;
}

interface Row { readonly gradients: Plot; readonly moves: Plot }
function layout(width: number): { readonly rows: readonly Row[]; readonly height: number; readonly key: number } {
  const wide = width >= 600, h = wide ? 150 : 130, gap = 66;
  let top = 34;
  const rows = NAMES.map((name): Row => {
    const left = 40, first = wide ? Math.round((width - 120) * 0.56) : width - left - 12;
    const gradients = plot({ left, top, width: first, height: h, x: [0.2, STEPS + 0.8], y: GRADIENTS, xTicks: 10,
      yTicks: 4, zero: true, yLabel: `${name} the valley: gradient` });
    if (!wide) top += h + gap;
    const moves = wide
      ? plot({ left: left + first + 58, top, width: width - first - left - 72, height: h, x: [0.2, STEPS + 0.8],
        y: MOVES, xTicks: 5, yTicks: 4, zero: true, yLabel: "step, in rates" })
      : plot({ left, top, width: first, height: h, x: [0.2, STEPS + 0.8], y: MOVES, xTicks: 10, yTicks: 4, zero: true,
        yLabel: `${name} the valley: step, in rates` });
    top += h + gap;
    return { gradients, moves };
  });
  return { rows, key: top - 16, height: top + (wide ? 16 : 76) };
}
const shown = (v: number, scale: number): number => v / scale;

export default defineFigure({
  id: "memory",
  title: "What an optimizer remembers",
  question: "A steep direction that zigzags, a flat one that always says the same. Who moves how far?",
  params: {
    stream: { kind: "choice", label: "gradients", value: "valley", choices: Object.keys(STREAMS) as StreamName[] },
    beta1: { kind: "number", label: "β₁, memory of the gradient", value: 0.9, min: 0, max: 0.98, step: 0.02 },
    beta2: { kind: "number", label: "β₂, memory of its square", value: 0.99, min: 0.5, max: 0.999, step: 0.001 },
    scale: { kind: "choice", label: "along is multiplied by", value: "0.01", choices: ["0.01", "0.1", "1", "10"] },
  },
  async init({ stream, beta1, beta2, scale }, seed): Promise<State> {
    const draws = await randn([STEPS, 2], { generator: new Generator(seed) }).data();
    const pairs = Array.from({ length: STEPS }, (_, i) => STREAMS[stream](i, [draws[2 * i], draws[2 * i + 1]]));
    const column = (c: number): number[] => pairs.map((pair) => Math.round(clamp(pair[c], [-3, 3]) * 10) / 10);
    return replay({ betas: [beta1, beta2], scale: Number(scale), gradients: [column(0), column(1)], steps: 1,
      moments: [[], []], velocity: [0, 0] });
  },
  step(state) {
    state.steps++;
    return replay(state);
  },
  done: ({ steps }) => steps >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const [c, i] = action.id.split(":").slice(1).map(Number), plotted = layout(action.width).rows[c].gradients;
    state.gradients = state.gradients.map((list, k) => (k === c
      ? list.map((v, j) => (j === i ? Math.round(clamp(plotted.y.invert(action.y), [-3,
        3]) * 10) / 10 : v)) : list)) as [
      number[], number[]];
    return replay(state);
  },
  snapshot: ({ betas, scale, gradients, steps, moments, velocity }) => ({ betas, scale, steps, velocity,
    gradients: gradients.map((list) => [...list]), moments: moments.map((list) => [...list]) }),

  view({ scale, gradients, steps, moments }, { width }: Frame): Scene {
    const { rows, height, key } = layout(width), marks: Mark[] = [];
    rows.forEach(({ gradients: left, moves: right }, c) => {
      const unit = c === 0 ? 1 : scale, list = moments[c];
      marks.push(...left.marks, ...right.marks);
      if (unit !== 1) {
        marks.push({ kind: "text", x: left.right, y: left.top - 8, anchor: "end", role: "number", size: 12,
          fill: "ink-2", text: `× ${unit}` });
      }
      // The band of size: within it lies a usual gradient.
      const band = [...list.map((m, i) => [i + 1, shown(m.size, unit)] as const),
        ...list.map((m, i) => [i + 1, -shown(m.size, unit)] as const).reverse()].map(([x, y]) =>
        left.point(x, clamp(y, GRADIENTS)));
      if (list.length > 1) marks.push({ kind: "line", closed: true, points: band, fill: "ink-3", opacity: 0.14,
        stroke: "none" });
      gradients[c].forEach((g, i) => {
        const [x, y] = left.point(i + 1, g), future = i >= steps;
        marks.push({ kind: "line", points: [[x, left.y(0)], [x, y]], stroke: "ink-3", width: 1,
          opacity: future ? 0.4 : 1 });
        marks.push({ kind: "group", opacity: future ? 0.4 : 1, marks: [glyph("gradient", g, x, y, 11)] });
        marks.push({ kind: "disc", x, y, r: 8, fill: "none", stroke: "none", handle: { id: `gradient:${c}:${i}`,
          label: `gradient ${i + 1} ${NAMES[c]}, ${fixed(g * unit, 3)}`, drag: "y", step: 5 } });
      });
      marks.push(...path(left, list.map((m, i) => [i + 1, shown(m.average, unit)] as const), { stroke: "ink",
        width: 2.5 }));
      marks.push(...path(right, list.map((m, i) => [i + 1, m.adam] as const), { stroke: "ink", width: 2.5 }));
      marks.push(...path(right, list.map((m, i) => [i + 1, clamp(m.momentum, MOVES)] as const),
        { stroke: "series-2", width: 2, dash: [6, 3] }));
      const last = list[list.length - 1];
      const [x, y] = right.point(steps, last.adam), [ax, ay] = left.point(steps, shown(last.average, unit));
      const [mx, my] = right.point(steps, clamp(last.momentum, MOVES));
      marks.push({ kind: "disc", x: mx, y: my, r: 4, fill: "plate", stroke: "series-2", width: 2,
        title: `momentum ${fixed(last.momentum, 3)}` });
      for (const [px, py, title] of [[x, y, `Adam ${fixed(last.adam, 3)}`], [ax, ay,
        `average ${fixed(last.average, 4)}`]] as const) {
        marks.push({ kind: "disc", x: px, y: py, r: 5, fill: "mark", stroke: "ink", width: 2, title });
      }
      marks.push({ kind: "text", x: right.right, y: right.top - 8, anchor: "end", role: "number", size: 12,
        fill: "ink-2", text: `Adam ${fixed(last.adam, 2)}` });
    });
    marks.push(...legend(width, key));
    return { width, height, marks };
  },
  describe({ steps, gradients, moments, scale }) {
    const part = (c: number): string => {
      const { average, size, adam, momentum } = moments[c][steps - 1];
      return `${NAMES[c]} the gradient is ${fixed(gradients[c][steps - 1] * (c === 0 ? 1 : scale), 3)}, its average ` +
        `${fixed(average, 4)}, its usual size ${fixed(size, 4)}, so Adam moves by ${fixed(adam, 2)} rates and ` +
          `momentum ` +
        `by ${fixed(momentum, 3)}`;
    };
    return `After ${count(steps, "step")}: ${part(0)}; ${part(1)}.`;
  },
  table: ({ moments, gradients, scale }) => ({
    head: ["step", ...NAMES.flatMap((name) => [`gradient ${name}`, "average", "size", "Adam", "momentum"])],
    rows: moments[0].map((_, i) => [String(i + 1), ...[0, 1].flatMap((c) => [
      fixed(gradients[c][i] * (c === 0 ? 1 : scale), 3), fixed(moments[c][i].average, 4), fixed(moments[c][i].size, 4),
      fixed(moments[c][i].adam, 3), fixed(moments[c][i].momentum, 4)])]),
  }),
  invariants: [
    { name: "Adam’s step is the average over the size", holds: ({ moments }) => moments.every((list) => list.every(
      ({ adam, average, size }) => size < 1e-5 || Math.abs(adam + average / size) < 1e-3 * Math.max(1,
        Math.abs(adam)))) },
    { name: "Adam’s first step is one rate against the gradient, whatever its size", holds: ({ gradients, moments }) =>
      [0, 1].every((c) => gradients[c][0] === 0 || Math.abs(moments[c][0].adam + Math.sign(gradients[c][0])) < 1e-3) },
    { name: "momentum is the sum of past gradients, each step back worth β less", holds: ({ betas: [beta], steps,
      gradients, scale, velocity }) => [0, 1].every((c) => {
      const sum = gradients[c].slice(0, steps).reduce((v, g) => beta * v + g * (c === 0 ? 1 : scale), 0);
      return Math.abs(sum - velocity[c]) <= 1e-4 * Math.max(1, Math.abs(sum));
    }) },
    { name: "an average lies between the smallest and the largest gradient", holds: ({ steps, gradients, moments,
      scale }) => [0, 1].every((c) => {
      const seen = gradients[c].slice(0, steps).map((g) => g * (c === 0 ? 1 : scale));
      const { average } = moments[c][steps - 1];
      return average >= Math.min(...seen) - 1e-4 && average <= Math.max(...seen) + 1e-4;
    }) },
  ],
  cell: ({ beta1, beta2, scale }) => "import { optim, tensor } from \"gradus\";\n\n"
    + "const at = tensor([0, 0], { requiresGrad: true });\n"
    + `const adam = new optim.Adam([at], { lr: 1, betas: [${beta1}, ${beta2}] });\n`
    + `for (let i = 0; i < 10; i++) {\n  at.grad = tensor([i % 2 === 0 ? 2 : -2, ${scale}]);   // across, along\n`
    + "  adam.step();\n  console.log(await at.array());\n}",
});

/** What the lines mean, below all plots. */
function legend(width: number, y: number): Mark[] {
  const wide = width >= 600, column = wide ? (width - 40) / 4 : 0;
  const entry = (i: number): Pair => (wide ? [40 + i * column, y + 16] : [40, y + 10 + i * 20]);
  const text = (i: number, words: string): Mark => ({ kind: "text", x: entry(i)[0] + 34, y: entry(i)[1] + 4,
    text: words,
    size: 13 });
  const line = (i: number): readonly Pair[] => [[entry(i)[0], entry(i)[1]], [entry(i)[0] + 26, entry(i)[1]]];
  return [
    glyph("gradient", 1, entry(0)[0] + 13, entry(0)[1], 11), text(0, "gradient, drag it"),
    { kind: "line", points: line(1), stroke: "ink", width: 2.5 }, text(1, wide ? "average; Adam" : "average; step of " +
      "Adam"),
    { kind: "box", x: entry(2)[0], y: entry(2)[1] - 7, w: 26, h: 14, fill: "ink-3", opacity: 0.25, stroke: "none" },
    text(2, "usual size"),
    { kind: "line", points: line(3), stroke: "series-2", width: 2, dash: [6, 3] }, text(3, "step of momentum"),
  ];
}
