import { F, Generator, nn, optim, tensor, type Tensor } from "gradus";
import { circles } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";
import { textWidth } from "@gradus/lessons/draw/text";

const LAYERS = 5, WIDTH = 12, EXAMPLES = 64, BARS = 17, REACH = 3, MOST = 150;
const SIZES = { "a third": 1 / 3, "Xavier": 1, "three times": 3 } as const;

interface Network { readonly layers: readonly nn.Linear[]; readonly norms: readonly nn.BatchNorm1d[];
readonly optimizer: optim.SGD; losses: number[]; sums: Layer[] }
/** The weighted sums of one hidden layer: their root mean square and shares in bars. */
interface Layer { readonly size: number; readonly bars: readonly number[] }
interface State {
  readonly plain: Network; readonly normed: Network; readonly x: Tensor; readonly y: Tensor; steps: number;
}

function network(scale: number, normed: boolean, lr: number, seed: number): Network {
  // The same seed for both, so that they start with the same weights.
  const generator = new Generator(seed);
  const layers = Array.from({ length: LAYERS + 1 }, (_, i) =>
    new nn.Linear(i === 0 ? 2 : WIDTH, i === LAYERS ? 2 : WIDTH));
  for (const { weight, bias } of layers) {
    weight.assign(nn.init.xavierNormal(weight.shape, scale, { generator }));
    bias!.assign(nn.init.zeros(bias!.shape));
  }
  const norms = normed ? Array.from({ length: LAYERS }, () => new nn.BatchNorm1d(WIDTH)) : [];
  const parameters = [...layers, ...norms].flatMap((layer) => [...layer.parameters()]);
  return { layers, norms, optimizer: new optim.SGD(parameters, { lr }), losses: [], sums: [] };
}
/** One pass; the sums that the activations are given, and the loss. */
function pass({ layers, norms }: Network, x: Tensor, y: Tensor): { readonly sums: Tensor[]; readonly loss: Tensor } {
  const sums: Tensor[] = [];
  let h = x;
  layers.forEach((layer, i) => {
    h = layer.forward(h);
    if (i === LAYERS) return;
    if (norms.length > 0) h = norms[i].forward(h);
    sums.push(h);
    h = h.tanh();
  });
  return { sums, loss: F.crossEntropy(h, y) };
}
async function look(values: Tensor): Promise<Layer> {
  const data = await values.data(), bars = new Array<number>(BARS).fill(0);
  let squares = 0;
  for (const value of data) {
    squares += value * value;
    const place = Math.floor((value / REACH + 1) / 2 * BARS);
    // What lies beyond is counted in the outermost bars.
    bars[Math.min(BARS - 1, Math.max(0, place))] += 1 / data.length;
  }
  return { size: Math.sqrt(squares / data.length), bars };
}
async function record(of: Network, { sums, loss }: ReturnType<typeof pass>): Promise<void> {
  of.losses.push(await loss.item());
  of.sums = await Promise.all(sums.map(look));
}
const shown = ({ losses, sums }: Network) => ({ losses: [...losses], sums: [...sums] });

export default defineFigure({
  id: "batch-norm",
  title: "The same network, normalised",
  question: "What does batch normalisation change inside, and how large may the steps become?",
  params: {
    lr: { kind: "number", label: "learning rate", value: 0.3, min: 0.01, max: 10, step: 0.01, scale: "log" },
    size: { kind: "choice", label: "first weights", value: "Xavier", choices: ["a third", "Xavier", "three times"] },
  },
  async init({ lr, size }, seed): Promise<State> {
    const data = circles({ size: EXAMPLES, noise: 0.06, seed });
    const x = tensor(data.features, { shape: [EXAMPLES, 2] }), y = tensor(data.labels);
    const plain = network(SIZES[size], false, lr, seed), normed = network(SIZES[size], true, lr, seed);
    for (const of of [plain, normed]) await record(of, pass(of, x, y));
    return { plain, normed, x, y, steps: 0 };
  },
  async step(state) {
    for (const of of [state.plain, state.normed]) {
      of.optimizer.zeroGrad();
      pass(of, state.x, state.y).loss.backward();
      of.optimizer.step();
      await record(of, pass(of, state.x, state.y));
    }
    state.steps++;
    return state;
  },
  done: ({ steps }) => steps >= MOST,
  snapshot: ({ plain, normed, steps }) => ({ plain: shown(plain), normed: shown(normed), steps }),

  view({ plain, normed, steps }, { width }: Frame): Scene {
    const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1.15], height: 390, heights: [270, 390],
      narrow: 600 });
    const most = Math.max(20, Math.ceil(steps / 20) * 20);
    const on = plot({ left: a.x + 34, top: a.y + 62, width: a.w - 44, height: a.h - 106, x: [0, most], y: [0, 1.5],
      xLabel: "steps", xTicks: 4 });
    const marks: Mark[] = [...on.marks];
    const curves = [{ of: plain, name: "plain", stroke: "series-2", dash: [7, 4] },
      { of: normed, name: "batch norm", stroke: "series-1", dash: [] }] as const;
    curves.forEach(({ of, name, stroke, dash }, i) => {
      const style = { stroke, width: 2.5, ...(dash.length > 0 ? { dash } : {}) };
      const points = of.losses.map((loss, step): Pair => [step, loss]);
      marks.push(...path(on, points, style));
      const y = on.top - 34 + 19 * i;
      marks.push({ kind: "line", points: [[on.left, y - 4], [on.left + 26, y - 4]], ...style },
        { kind: "text", x: on.left + 33, y, size: 13, text: `${name}: loss ${fixed(of.losses[steps], 3)}` });
    });
    // Sums of each hidden layer: a row each, both networks side by side.
    const left = b.x + 26, gap = 26, w = (b.x + b.w - left - gap) / 2, top = b.y + (stacked ? 40 : 62);
    const row = (b.h - (stacked ? 70 : 106)) / LAYERS;
    curves.forEach(({ of, name, stroke }, side) => {
      const x = left + side * (w + gap);
      marks.push({ kind: "text", x, y: top - 14, size: 13, fill: "ink-2", text: `${name}: sums` });
      of.sums.forEach(({ size, bars }, i) => {
        const base = top + row * (i + 1) - 6, full = row - 12;
        marks.push({ kind: "line", points: [[x, base], [x + w, base]], stroke: "hair", width: 1 });
        bars.forEach((share, k) => {
          if (share === 0) return;
          const h = Math.max(1, Math.min(1, share / 0.5) * full);
          marks.push({ kind: "box", x: x + w * k / BARS + 0.5, y: base - h, w: w / BARS - 1, h, fill: stroke,
            stroke, width: 1, hatch: side === 0 });
        });
        const text = fixed(size);
        marks.push({ kind: "text", x: x + w, y: base - full + 8, text, role: "number", anchor: "end", size: 12,
          fill: "ink-2" });
        if (side === 0) {
          marks.push({ kind: "text", x: x - 10, y: base - 2, text: String(i + 1), role: "number", anchor: "end",
            size: 12, fill: "ink-2" });
        }
      });
      for (const value of [-REACH, 0, REACH]) {
        marks.push({ kind: "text", x: x + w * (value / REACH + 1) / 2 + (value < 0 ? textWidth("3", 12) : 0),
          y: top + row * LAYERS + 12, text: fixed(value, 0), role: "number", size: 12, fill: "ink-2",
          anchor: value === 0 ? "middle" : value < 0 ? "middle" : "end" });
      }
    });
    return { width, height: Math.max(height, top + row * LAYERS + 20), marks };
  },
  describe({ plain, normed, steps }) {
    const last = LAYERS - 1;
    return `After ${steps} steps the loss is ${fixed(plain.losses[steps], 3)} without and ` +
      `${fixed(normed.losses[steps], 3)} with batch normalisation. The sums of layer ${LAYERS} have size ` +
      `${fixed(plain.sums[last].size)} without it and ${fixed(normed.sums[last].size)} with it.`;
  },
  table: ({ plain, normed }) => ({ head: ["layer", "size, plain", "size, batch norm"],
    rows: plain.sums.map(({ size }, i) => [String(i + 1), fixed(size, 3), fixed(normed.sums[i].size, 3)]) }),
  invariants: [
    { name: "before the first step every normalised layer has sums of size 1", holds: ({ normed, steps }) =>
      steps > 0 || normed.sums.every(({ size }) => Math.abs(size - 1) < 0.06) },
    { name: "shares sum to one", holds: ({ plain, normed }) => [...plain.sums, ...normed.sums].every(({ bars }) =>
      Math.abs(bars.reduce((x, y) => x + y, 0) - 1) < 1e-6) },
    { name: "the loss is never negative", holds: ({ plain, normed }) =>
      [...plain.losses, ...normed.losses].every((loss) => loss >= 0) },
  ],
});
