import { F, grad, Generator, nn, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { textWidth } from "@gradus/lessons/draw/text";

const WIDTH = 64, EXAMPLES = 32, BARS = 24;
const ACTIVATIONS = { "none": (z: Tensor) => z, "tanh": (z: Tensor) => z.tanh(), "sigmoid": (z: Tensor) => F.sigmoid(z),
  "ReLU": (z: Tensor) => F.relu(z), "leaky ReLU 0.2": (z: Tensor) => F.leakyRelu(z, 0.2) } as const;
type Activation = keyof typeof ACTIVATIONS;
const STARTS = ["half of Xavier", "Xavier", "He", "orthogonal", "twice Xavier"] as const;
type Start = (typeof STARTS)[number];

/** A square matrix: with as many inputs as outputs Xavier's deviation is 1 / sqrt(WIDTH). */
function weights(start: Start, generator: Generator): Tensor {
  const shape = [WIDTH, WIDTH];
  switch (start) {
    case "half of Xavier": return nn.init.xavierNormal(shape, 0.5, { generator });
    case "Xavier": return nn.init.xavierNormal(shape, 1, { generator });
    case "twice Xavier": return nn.init.xavierNormal(shape, 2, { generator });
    case "He": return nn.init.kaimingNormal(shape, { generator });
    case "orthogonal": return nn.init.orthogonal(shape, 1, { generator });
  }
}

interface Layer {
  /** Root mean squares over all examples and units. */
  readonly signal: number; readonly slope: number;
  /** The mean over examples of the dot product of both. */
  readonly product: number;
  /** Shares of the activations, and of the gradients, in bars from -reach to reach. */
  readonly bars: readonly number[]; readonly slopeBars: readonly number[];
}
/** How many root mean squares the bars reach to either side. */
const REACH = 3;
interface State {
  readonly activation: Activation; readonly start: Start; readonly layers: readonly Layer[];
  /** The layer looked at, and whether on the way back. */
  at: number; back: boolean; over: boolean;
}
const rootMeanSquare = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0)
  / values.length);
function bars(values: Float32Array, scale: number): number[] {
  const counts = new Array<number>(BARS).fill(0);
  if (scale === 0) return counts;
  for (const value of values) {
    const place = Math.floor((value / scale / REACH + 1) / 2 * BARS);
    if (place >= 0 && place < BARS) counts[place] += 1 / values.length;
  }
  return counts;
}

interface Layout { readonly curves: Plot; readonly histogram: Plot; readonly height: number }
const exponent = (value: number): number => (value > 0 ? clamp(Math.log10(value), [-40, 40]) : -40);
function layout({ layers }: Pick<State, "layers">, width: number): Layout {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1.7, 1], height: 400, heights: [340, 280],
    narrow: 600 });
  const all = layers.flatMap(({ signal, slope }) => [exponent(signal), exponent(slope)]);
  const y: Pair = [Math.min(-2, Math.floor(Math.min(...all))), Math.max(2, Math.ceil(Math.max(...all)))];
  const curves = plot({ left: a.x + 36, top: a.y + 84, width: a.w - 44, height: a.h - 134, x: [0, layers.length - 1], y,
    xLabel: "layer", xTicks: 6, yTicks: 6, zero: true });
  const histogram = plot({ left: b.x + 8, top: b.y + (stacked ? 26 : 84), width: b.w - 16,
    height: b.h - (stacked ? 74 : 134), x: [-REACH, REACH], y: [0, 0.3], yTicks: 0, xTicks: 6,
    xLabel: "in units of the root mean square" });
  return { curves, histogram, height };
}
/** 0.0123 as 1.2 × 10⁻²: sizes here span many powers of ten. */
function power(value: number): string {
  if (value === 0) return "0";
  if (value >= 0.01 && value < 1000) return fixed(value, value < 1 ? 3 : 2);
  const ten = Math.floor(Math.log10(value));
  const raised = [...String(ten)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
  return `${fixed(value / 10 ** ten, 1)} × 10${raised}`;
}

export default defineFigure({
  id: "depth-signal",
  title: "What is left after many layers",
  question: "Which first weights let a signal reach the end of a deep network, and its gradient the beginning?",
  params: {
    activation: { kind: "choice", label: "activation", value: "ReLU",
      choices: ["none", "tanh", "sigmoid", "ReLU", "leaky ReLU 0.2"] },
    start: { kind: "choice", label: "first weights", value: "Xavier", choices: STARTS },
    depth: { kind: "number", label: "layers", value: 30, min: 5, max: 60, step: 1 },
  },
  async init({ activation, start, depth }, seed): Promise<State> {
    const generator = new Generator(seed), read = randn([EXAMPLES, WIDTH], { generator });
    const input = await randn([EXAMPLES, WIDTH], { generator }).data();
    const hidden = [tensor(input, { requiresGrad: true }).reshape([EXAMPLES, WIDTH])];
    for (let i = 0; i < depth; i++) {
      hidden.push(ACTIVATIONS[activation](hidden[i].matmul(weights(start, generator).T)));
    }
    // One forward and one backward pass: the outputs are read off by random numbers, so that the gradient starts at 1.
    const slopes = grad(hidden[depth].mul(read).sum(), hidden);
    const layers = await Promise.all(hidden.map(async (h, i): Promise<Layer> => {
      const value = Float32Array.from(await h.data()), slope = Float32Array.from(await slopes[i]!.data());
      const signal = rootMeanSquare(value), size = rootMeanSquare(slope);
      return { signal, slope: size, bars: bars(value, signal), slopeBars: bars(slope, size),
        product: value.reduce((sum, v, k) => sum + v * slope[k], 0) / EXAMPLES };
    }));
    return { activation, start, layers, at: 0, back: false, over: false };
  },
  step(state) {
    const last = state.layers.length - 1;
    if (!state.back && state.at === last) state.back = true;
    else state.at += state.back ? -1 : 1;
    state.over = state.back && state.at === 0;
    return state;
  },
  done: ({ over }) => over,
  act(state, action) {
    if (action.type === "drag") {
      state.at = Math.round(layout(state, action.width).curves.x.invert(action.x));
      state.over = state.back && state.at === 0;
    }
    return state;
  },
  snapshot: ({ activation, start, layers, at, back }) => ({ activation, start, layers: [...layers], at, back }),

  view(shot, { width }: Frame): Scene {
    const { curves, histogram, height } = layout(shot, width), { layers, at, back } = shot;
    const marks: Mark[] = [...curves.marks];
    const now = layers[at], x = curves.x(at);
    marks.push({ kind: "line", points: [[x, curves.top], [x, curves.bottom]], stroke: "mark", width: 8 },
      { kind: "line", points: [[x, curves.top], [x, curves.bottom]], stroke: "ink", width: 1 });
    const line = (pick: "signal" | "slope"): Pair[] => layers.map((layer, i) => [i, exponent(layer[pick])]);
    marks.push(...path(curves, line("signal"), { stroke: "series-1", width: 2.5 }),
      ...path(curves, line("slope"), { stroke: "series-2", width: 2.5, dash: [7, 4] }));
    const [, signal] = curves.point(at, exponent(now.signal)), [, slope] = curves.point(at, exponent(now.slope));
    marks.push({ kind: "disc", x, y: signal, r: 6, fill: "series-1", stroke: "plate", width: 1.5 },
      { kind: "line", closed: true, points: [[x - 7, slope + 6], [x + 7, slope + 6], [x, slope - 7]],
        fill: "series-2", stroke: "plate", width: 1.5 });
    const key = (left: number, y: number, text: string, which: "series-1" | "series-2"): void => {
      marks.push({ kind: "line", points: [[left, y - 4], [left + 26, y - 4]], stroke: which, width: 2.5,
        ...(which === "series-2" ? { dash: [7, 4] } : {}) }, { kind: "text", x: left + 33, y, text, size: 13 });
    };
    marks.push({ kind: "text", x: curves.left, y: curves.top - 18, text: "size, as a power of ten", size: 13,
      fill: "ink-2" });
    const narrow = curves.right - curves.left < 320, row = curves.top - (narrow ? 62 : 46);
    key(curves.left, row, `signal ${power(now.signal)}`, "series-1");
    key(curves.left + (narrow ? 0 : 48 + textWidth("signal 1.2 × 10⁻¹²")), row + (narrow ? 19 : 0),
      `gradient ${power(now.slope)}`, "series-2");
    marks.push({ kind: "disc", x, y: curves.top, r: 8, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "layer", label: `layer ${at} of ${layers.length - 1}`, drag: "x" } });
    // The numbers of the layer looked at.
    const heights = back ? now.slopeBars : now.bars, most = Math.max(0.3, ...heights);
    marks.push(...histogram.marks);
    const up = (share: number): number => (histogram.bottom - histogram.top) * share / most;
    heights.forEach((share, i) => {
      if (share === 0) return;
      const left = histogram.x(-REACH + 2 * REACH * i / BARS), right = histogram.x(-REACH + 2 * REACH * (i + 1) / BARS);
      const colour = i < BARS / 2 ? "negative" : "positive";
      marks.push({ kind: "box", x: left + 0.5, y: histogram.bottom - up(share), w: right - left - 1, h: up(share),
        fill: colour, stroke: colour, width: 1, hatch: i < BARS / 2 });
    });
    marks.push({ kind: "text", x: histogram.left, y: histogram.top - 12, size: 13, fill: "ink-2",
      text: `${back ? "gradients" : "values"} at layer ${at}` });
    return { width, height, marks };
  },
  describe({ activation, start, layers, at, back }) {
    const last = layers.length - 1, { signal, slope } = layers[at];
    const whole = `${activation === "none" ? "No activation" : activation}, ${start}: after ${last} layers the ` +
      `signal has size ${power(layers[last].signal)}, and back at the input the gradient has ` +
      `${power(layers[0].slope)}.`;
    if (at === 0 && !back) return `${whole} Step to walk forward, layer by layer, and back again.`;
    const from = back ? layers[at + 1]?.slope : layers[at - 1].signal, to = back ? slope : signal;
    const move = from === undefined ? `The gradient enters at ${power(to)}.`
      : `Layer ${back ? at + 1 : at} takes the ${back ? "gradient" : "signal"} from ${power(from)} to ${power(to)}, ` +
        `times ${from === 0 ? "nothing" : power(to / from)}.`;
    return `${move} ${whole}`;
  },
  table: ({ layers }) => ({ head: ["layer", "signal", "gradient"],
    rows: layers.map(({ signal, slope }, i) => [String(i), power(signal), power(slope)]) }),
  invariants: [
    { name: "with pieces of straight lines, value times gradient sums to the same in every layer (Euler)",
      holds({ activation, layers }) {
        if (activation === "tanh" || activation === "sigmoid") return true;
        return layers.every(({ product, signal, slope }) =>
          Math.abs(product - layers[0].product) <= 1e-3 * WIDTH * Math.max(signal * slope,
            layers[0].signal * layers[0].slope));
      } },
    { name: "orthogonal weights without an activation keep every size", holds: ({ activation, start, layers }) =>
      activation !== "none" || start !== "orthogonal" || layers.every(({ signal, slope }) =>
        Math.abs(signal / layers[0].signal - 1) < 1e-3 && Math.abs(slope / layers[0].slope - 1) < 1e-3) },
    { name: "tanh and sigmoid never leave the interval from -1 to 1", holds: ({ activation, layers }) =>
      (activation !== "tanh" && activation !== "sigmoid") || layers.slice(1).every(({ signal }) => signal <= 1) },
  ],
  cell: ({ start, depth }) => [
    'import { F, manualSeed, nn, randn } from "gradus";',
    "",
    "manualSeed(1);",
    "let signal = randn([32, 64]);",
    `for (let layer = 1; layer <= ${depth}; layer++) {`,
    `  const weight = ${CODE[start]};`,
    "  signal = F.relu(signal.matmul(weight.T));",
    "  if (layer % 5 === 0) console.log(layer, signal.square().mean().sqrt().itemSync());",
    "}",
  ].join("\n"),
});
const CODE: Readonly<Record<Start, string>> = {
  "half of Xavier": "nn.init.xavierNormal([64, 64], 0.5)", "Xavier": "nn.init.xavierNormal([64, 64])",
  "twice Xavier": "nn.init.xavierNormal([64, 64], 2)", "He": "nn.init.kaimingNormal([64, 64])",
  "orthogonal": "nn.init.orthogonal([64, 64])",
};
