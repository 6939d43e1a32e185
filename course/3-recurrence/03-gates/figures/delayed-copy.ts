import { assign, compile, F, grad, manualSeed, nn, optim, RandomStream, tensor, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Three bits are read, then noise; at the end all three are asked for. */
const BITS = 3, INPUTS = 3, UNITS = 16, BATCH = 32, UPDATES = 4, MOST = 100, RATE = 0.01, LIMIT = 1;
const KINDS = ["plain", "LSTM", "GRU"] as const;
type Kind = (typeof KINDS)[number];
const LOOKS = { plain: { stroke: "series-2", dash: [2, 4] }, LSTM: { stroke: "series-1", dash: [] },
  GRU: { stroke: "series-3", dash: [8, 4] } } as const;
const GUESS = Math.LN2, DECADES: Pair = [-8, 0];

interface Runner {
  readonly kind: Kind; readonly net: nn.RNN | nn.LSTM | nn.GRU; readonly head: nn.Linear;
  readonly train: Compiled<[Tensor, Tensor], Tensor>;
  /** Mean loss of each step's updates, and the size of the gradient by the input of each time, as powers of ten. */
  losses: number[]; slopes: number[];
}
interface State {
  readonly runners: readonly Runner[]; readonly delay: number; readonly random: RandomStream;
  at: number; steps: number;
}
const scoresOf = (net: Runner["net"], head: nn.Linear, x: Tensor): Tensor => {
  const [states] = net.forward(x);
  return head.forward(states.select(1, -1));
};
/** Opens a gate by default: the forget gate of an LSTM, the gate z of a GRU, which keeps the old state at 1. */
async function setBias(net: Runner["net"], value: number): Promise<void> {
  const bias = Reflect.get(net, "bias_ih_l0") as Tensor, old = await bias.data();
  assign(bias, tensor(Float32Array.from(old, (v, i) => (i >= UNITS && i < 2 * UNITS ? value : v))));
}
async function make(kind: Kind, bias: number, clipped: boolean): Promise<Runner> {
  const options = { batchFirst: true } as const;
  const net = kind === "plain" ? new nn.RNN(INPUTS, UNITS, options) : kind === "LSTM"
    ? new nn.LSTM(INPUTS, UNITS, options) : new nn.GRU(INPUTS, UNITS, options);
  const head = new nn.Linear(UNITS, BITS), parameters = [...net.parameters(), ...head.parameters()];
  if (kind !== "plain") await setBias(net, bias);
  const optimizer = new optim.Adam(parameters, { lr: RATE });
  const train = compile((x: Tensor, y: Tensor) => {
    optimizer.zeroGrad();
    const loss = F.binaryCrossEntropyWithLogits(scoresOf(net, head, x), y);
    loss.backward();
    if (clipped) optim.clipGradNorm(parameters, LIMIT);
    optimizer.step();
    return loss;
  });
  return { kind, net, head, train, losses: [], slopes: [] };
}
function batch(delay: number, random: RandomStream): { readonly x: Float32Array; readonly y: Float32Array } {
  const length = BITS + delay, x = new Float32Array(BATCH * length * INPUTS), y = new Float32Array(BATCH * BITS);
  for (let i = 0; i < BATCH; i++) {
    for (let t = 0; t < length; t++) {
      const at = (i * length + t) * INPUTS, bit = random.integer(2);
      if (t >= BITS) x[at + 2] = random.normal();
      else {
        x[at + bit] = 1;
        y[i * BITS + t] = bit;
      }
    }
  }
  return { x, y };
}
/** How large the gradient is by the input of each time, in one batch. */
async function measure(runner: Runner, delay: number, { x, y }: ReturnType<typeof batch>): Promise<void> {
  const inputs = tensor(x, { shape: [BATCH, BITS + delay, INPUTS], requiresGrad: true });
  const loss = F.binaryCrossEntropyWithLogits(scoresOf(runner.net, runner.head, inputs),
    tensor(y, { shape: [BATCH, BITS] }));
  const [slope] = grad(loss, [inputs]), sizes = await slope!.square().sum([0, 2]).sqrt().data();
  runner.slopes = Array.from(sizes, (size) => Math.log10(Math.max(size, 1e-30)));
}

function layout(width: number, delay: number): { readonly losses: Plot; readonly slopes: Plot;
readonly height: number } {
  const { at: [a, b], height } = panels(width, { shares: [1, 1], height: 350, heights: [320, 300], narrow: 640 });
  const losses = plot({ left: a.x + 40, top: a.y + 54, width: a.w - 50, height: a.h - 102, x: [0, MOST * UPDATES],
    y: [0, 0.8], xLabel: "updates", yTicks: 4 });
  const slopes = plot({ left: b.x + 40, top: b.y + 54, width: b.w - 50, height: b.h - 102, x: [0, BITS + delay + 1],
    y: DECADES, xLabel: "step of the sequence", yTicks: 4 });
  return { losses, slopes, height };
}

export default defineFigure({
  id: "delayed-copy",
  title: "Three bits, kept through noise",
  question: "Which cell learns to remember, and how long does that take?",
  params: {
    delay: { kind: "number", label: "steps of noise", value: 20, min: 5, max: 40, step: 5 },
    bias: { kind: "number", label: "first bias of the keeping gates", value: 3, min: 0, max: 3, step: 1 },
    clipped: { kind: "flag", label: "clip gradients", value: true },
  },
  async init({ delay, bias, clipped }, seed): Promise<State> {
    const random = new RandomStream(seed), runners: Runner[] = [];
    for (const kind of KINDS) {
      manualSeed(seed);
      runners.push(await make(kind, bias, clipped));
    }
    const first = batch(delay, random);
    for (const runner of runners) await measure(runner, delay, first);
    return { runners, delay, random, at: 1, steps: 0 };
  },
  async step(state) {
    const { runners, delay, random } = state, sums = runners.map(() => 0);
    let last = batch(delay, random);
    for (let i = 0; i < UPDATES; i++) {
      last = batch(delay, random);
      const x = tensor(last.x, { shape: [BATCH, BITS + delay, INPUTS] }), y = tensor(last.y, { shape: [BATCH, BITS] });
      const losses = runners.map(({ train }) => train(x, y));
      for (const [k, loss] of losses.entries()) sums[k] += (await loss.item()) / UPDATES;
    }
    for (const [k, runner] of runners.entries()) {
      runner.losses.push(sums[k]);
      await measure(runner, delay, last);
    }
    state.steps++;
    return state;
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { slopes } = layout(action.width, state.delay);
    state.at = clamp(Math.round(slopes.x.invert(action.x)), [1, BITS + state.delay]);
    return state;
  },
  snapshot: ({ runners, delay, at, steps }) => ({ delay, at, steps, runs: runners.map(({ kind, net, losses, slopes }) =>
    ({ kind, parameters: net.parameterCount(), losses: [...losses], slopes: [...slopes] })) }),

  view({ runs, delay, at }, { width }: Frame): Scene {
    const { losses, slopes, height } = layout(width, delay), marks: Mark[] = [...losses.marks, ...slopes.marks];
    marks.push({ kind: "line", points: [losses.point(0, GUESS), losses.point(MOST * UPDATES, GUESS)], stroke: "ink-3",
      width: 1, dash: [2, 3] }, { kind: "text", x: losses.right - 4, y: losses.y(GUESS) - 5, text: "a guess",
      anchor: "end", size: 12, fill: "ink-2" });
    marks.push({ kind: "text", x: losses.left, y: losses.top - 34, text: "loss", size: 13, fill: "ink-2" });
    marks.push({ kind: "text", x: slopes.left, y: slopes.top - 34, size: 13, fill: "ink-2",
      text: "gradient by each input, power of ten" });
    const border = slopes.x(BITS + 0.5);
    marks.push({ kind: "box", x: slopes.left, y: slopes.top, w: border - slopes.left, h: slopes.bottom - slopes.top,
      fill: "hair", opacity: 0.4 }, { kind: "text", x: border + 5, y: slopes.bottom - 8, text: "the bits come first",
      size: 12, fill: "ink-2" });
    const x = slopes.x(at);
    marks.push({ kind: "line", points: [[x, slopes.top], [x, slopes.bottom]], stroke: "mark", width: 8 });
    runs.forEach(({ kind, losses: found, slopes: sizes }, i) => {
      const style = { ...LOOKS[kind], width: 2.5 };
      marks.push(...path(losses, found.map((loss, k): Pair => [(k + 1) * UPDATES, clamp(loss, [0, 0.8])]), style),
        ...path(slopes, sizes.map((size, k): Pair => [k + 1, clamp(size, DECADES)]), style));
      const place = slopes.point(at, clamp(sizes[at - 1], DECADES));
      marks.push({ kind: "disc", x: place[0], y: place[1], r: 4.5, fill: LOOKS[kind].stroke, stroke: "plate",
        width: 1.5 });
      for (const on of [losses, slopes]) {
        const left = on.left + i * (on.right - on.left) / 3;
        marks.push({ kind: "line", points: [[left, on.top - 16], [left + 24, on.top - 16]], ...style },
          { kind: "text", x: left + 29, y: on.top - 12, text: kind, size: 13 });
      }
    });
    marks.push({ kind: "disc", x, y: slopes.top, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "at",
      label: `step ${at} of ${BITS + delay}`, drag: "x", step: 10 } });
    return { width, height, marks };
  },
  describe({ runs, delay, at, steps }) {
    const loss = steps === 0 ? `Nothing is trained yet; a guess has loss ${fixed(GUESS, 3)}`
      : `After ${count(steps * UPDATES, "update")}, loss: ${runs.map(({ kind, losses }) =>
        `${kind} ${fixed(losses[losses.length - 1], 3)}`).join(", ")}`;
    return `${loss}. Gradient by the input of step ${at} of ${BITS + delay}, powers of ten: ` +
      `${runs.map(({ kind, slopes }) => `${kind} ${fixed(slopes[at - 1], 1)}`).join(", ")}.`;
  },
  table: ({ runs }) => ({ head: ["cell", "parameters", "loss", "gradient by the first input, power of ten"],
    rows: runs.map(({ kind, parameters, losses, slopes }) => [kind, String(parameters),
      losses.length === 0 ? "–" : fixed(losses[losses.length - 1], 4), fixed(slopes[0], 2)]) }),
  invariants: [
    { name: "an LSTM has four times the parameters of a plain layer, a GRU three times", holds: ({ runs }) =>
      runs[1].parameters === 4 * runs[0].parameters && runs[2].parameters === 3 * runs[0].parameters },
    { name: "a loss is never below zero", holds: ({ runs }) => runs.every(({ losses }) =>
      losses.every((loss) => loss >= 0)) },
    { name: "every step of the sequence has its gradient", holds: ({ runs, delay }) => runs.every(({ slopes }) =>
      slopes.length === BITS + delay && slopes.every(Number.isFinite)) },
  ],
});
