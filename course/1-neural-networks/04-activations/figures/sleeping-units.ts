import { F, linspace, manualSeed, nn, noGrad, optim, scope, sin, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp } from "@gradus/lessons/draw/scale";

const UNITS = 8, POINTS = 48, STEPS_A_PRESS = 5, MOST = 60, AWAKE = 0.05;
const ACTIVATIONS: Readonly<Record<string, (z: Tensor) => Tensor>> = {
  "ReLU": (z) => F.relu(z), "leaky ReLU": (z) => F.leakyRelu(z, 0.1), "GELU": (z) => F.gelu(z),
  "tanh": (z) => z.tanh(), "sigmoid": (z) => z.sigmoid(),
};
const NAMES = Object.keys(ACTIVATIONS);

/** What one unit does on all inputs: how often it has a slope, its steepest one,
  and how much gradient its weights get. */
interface Unit { readonly awake: number; readonly steepest: number; readonly flow: number }
interface State {
  readonly activation: string;
  readonly x: Tensor;
  readonly target: Tensor;
  readonly layers: readonly nn.Linear[];
  readonly head: nn.Linear;
  readonly optimizer: optim.SGD;
  presses: number;
  losses: number[];
  units: readonly (readonly Unit[])[];
  answers: readonly number[];
}

/** The network’s answers, and the sums in front of each activation. */
function forward({ activation, x, layers, head }: State): { readonly y: Tensor; readonly sums: readonly Tensor[] } {
  const sums: Tensor[] = [];
  const y = layers.reduce((h, layer) => {
    const z = layer.forward(h);
    sums.push(z);
    return ACTIVATIONS[activation](z);
  }, x);
  return { y: head.forward(y), sums };
}
const lossOf = (state: State): Tensor => F.mseLoss(forward(state).y, state.target);

/** Loss, answers, and what every unit does; leaves the gradients of this place behind. */
async function look(state: State): Promise<State> {
  state.optimizer.zeroGrad();
  const loss = scope(() => {
    const out = lossOf(state);
    out.backward();
    return out.detach();
  });
  state.losses = [...state.losses, await loss.item()];
  const { y, sums } = noGrad(() => forward(state));
  state.answers = Array.from(await y.data());
  state.units = await Promise.all(sums.map(async (sum, l) => {
    const z = tensor(await sum.array(), { requiresGrad: true });
    ACTIVATIONS[state.activation](z).sum().backward();
    const slopes = await z.grad!.data(), flow = await state.layers[l].weight.grad!.square().sum([1]).sqrt().data();
    return Array.from({ length: UNITS }, (_, u): Unit => {
      const own = Array.from({ length: POINTS }, (_v, i) => Math.abs(slopes[i * UNITS + u]));
      return { awake: own.filter((s) => s > AWAKE).length / POINTS, steepest: Math.max(...own), flow: flow[u] };
    });
  }));
  return state;
}

interface Layout { readonly map: { readonly x: number; readonly y: number; readonly cell: number };
readonly fit: Plot; readonly loss: Plot; readonly height: number }
function layout(width: number, depth: number): Layout {
  const wide = width >= 600, cell = wide ? Math.min(52, (width - 60) * 0.42 / UNITS)
    : Math.min(32, (width - 126) / UNITS);
  const map = { x: 72, y: 40, cell }, side = map.x + UNITS * cell + 58, below = map.y + depth * cell + 66;
  const left = wide ? side : 44, w = width - left - 14, h = wide ? 150 : 140;
  const fit = plot({ left, top: wide ? 40 : below, width: w, height: h, x: [-1, 1], y: [-1.6, 1.6], xLabel: "x",
    yLabel: "target (dashed) and answer", yTicks: 4, zero: true });
  const loss = plot({ left, top: fit.bottom + 66, width: w, height: h, x: [0, MOST * STEPS_A_PRESS], y: [-4, 1],
    xLabel: "step", yLabel: "loss, powers of ten" });
  return { map, fit, loss, height: Math.max(loss.bottom + 44, wide ? below : 0) };
}

export default defineFigure({
  id: "sleeping-units",
  title: "Units that stop learning",
  question: "Which units still have a slope, and which have fallen silent for every input there is?",
  params: {
    activation: { kind: "choice", label: "activation", value: "ReLU", choices: NAMES },
    depth: { kind: "number", label: "hidden layers", value: 3, min: 1, max: 8, step: 1 },
    rate: { kind: "number", label: "learning rate", value: 0.1, min: 0.01, max: 2, step: 0.01, scale: "log" },
    shift: { kind: "number", label: "added to all biases at the start", value: 0, min: -6, max: 6, step: 0.5,
      weight: true },
  },
  init({ activation, depth, rate, shift }, seed): Promise<State> {
    manualSeed(seed);
    const layers = Array.from({ length: depth }, (_, i) => new nn.Linear(i === 0 ? 1 : UNITS, UNITS));
    const head = new nn.Linear(UNITS, 1);
    noGrad(() => {
      for (const { bias } of layers) bias!.assign(bias!.add(shift));
    });
    const parameters = [...layers, head].flatMap((layer) => [...layer.parameters()]);
    const x = linspace(-1, 1, POINTS).reshape([POINTS, 1]);
    return look({ activation, x, target: sin(x.mul(3)), layers, head, optimizer: new optim.SGD(parameters,
      { lr: rate, momentum: 0.9 }),
      presses: 0, losses: [], units: [], answers: [] });
  },
  async step(state) {
    for (let i = 0; i < STEPS_A_PRESS; i++) {
      state.optimizer.zeroGrad();
      scope(() => { lossOf(state).backward(); });
      state.optimizer.step();
    }
    state.presses++;
    return look(state);
  },
  done: ({ presses, losses }) => presses >= MOST || !Number.isFinite(losses[losses.length - 1]),
  snapshot: ({ activation, presses, losses, units, answers }) => ({ activation, presses, losses: [...losses],
    units: units.map((row) => [...row]), answers: [...answers] }),

  view({ losses, units, answers }, { width }: Frame): Scene {
    const { map, fit, loss, height } = layout(width, units.length), { cell } = map;
    const marks: Mark[] = [...fit.marks, ...loss.marks];
    marks.push({ kind: "text", x: 14, y: 20, size: 13, fill: "ink-2", text: "share of inputs with a slope" });
    units.forEach((row, l) => {
      const y = map.y + l * cell;
      marks.push({ kind: "text", x: map.x - 8, y: y + cell / 2 + 4, anchor: "end", size: 13, fill: "ink-2",
        text: `layer ${l + 1}` });
      row.forEach(({ awake, flow }, u) => {
        const x = map.x + u * cell, dead = awake === 0;
        marks.push({ kind: "box", x: x + 2, y: y + 2, w: cell - 4, h: cell - 4, fill: "plate", stroke: dead ?
          "bad" : "ink-3",
          width: dead ? 2 : 1, title: `layer ${l + 1}, unit ${u + 1}: a slope on ${percent(awake, 0)} of the inputs, ` +
            `gradient ${fixed(flow, 6)}` });
        if (dead) {
          marks.push({ kind: "line", points: [[x + 6, y + 6], [x + cell - 6, y + cell - 6]], stroke: "bad", width: 2 },
            { kind: "line", points: [[x + 6, y + cell - 6], [x + cell - 6, y + 6]], stroke: "bad", width: 2 });
        } else {
          const high = (cell - 6) * awake;
          marks.push({ kind: "box", x: x + 3, y: y + cell - 3 - high, w: cell - 6, h: high, fill: "ink-2",
            opacity: 0.55,
            stroke: "none" });
        }
      });
      marks.push({ kind: "text", x: map.x + UNITS * cell + 6, y: y + cell / 2 + 4, role: "number", size: 12,
        fill: "ink-2", text: power(flowOf(row)) });
    });
    const bottom = map.y + units.length * cell;
    marks.push({ kind: "text", x: map.x, y: bottom + 20, size: 12, fill: "ink-2", text: "crossed out: no slope on " +
      "any input" },
      { kind: "text", x: map.x, y: bottom + 37, size: 12, fill: "ink-2", text: "at the right: size of the gradient" });
    const xs = answers.map((_, i) => -1 + 2 * i / (POINTS - 1));
    marks.push(...path(fit, xs.map((x) => [x, Math.sin(3 * x)] as const), { stroke: "ink-3", width: 2, dash: [4, 4] }),
      ...path(fit, xs.map((x, i) => [x, answers[i]] as const), { stroke: "ink", width: 2.5 }),
      ...path(loss, losses.map((v, i) => [i * STEPS_A_PRESS, clamp(Math.log10(v), [-4, 1])] as const),
        { stroke: "ink", width: 2.5 }));
    const [lx, ly] = loss.point((losses.length - 1) * STEPS_A_PRESS, levelOf(losses[losses.length - 1]));
    marks.push({ kind: "disc", x: lx, y: ly, r: 5, fill: "mark", stroke: "ink", width: 2 },
      { kind: "text", x: loss.right, y: loss.top - 8, anchor: "end", role: "number", size: 13,
        text: fixed(losses[losses.length - 1], 4) });
    return { width, height, marks };
  },
  describe({ activation, presses, losses, units }) {
    const all = units.flat(), dead = all.filter(({ awake }) => awake === 0).length, now = losses[losses.length - 1];
    if (!Number.isFinite(now)) return `After ${presses * STEPS_A_PRESS} steps the loss is beyond all numbers: the ` +
      `rate is too large.`;
    return `After ${count(presses * STEPS_A_PRESS, "step")} with ${activation} the loss is ${fixed(now, 4)}. ${dead} ` +
      `of ` +
      `${all.length} units have no slope (above ${AWAKE}) on any input. The gradient of the first layer is ` +
      `${power(flowOf(units[0]))}, of the last ${power(flowOf(units[units.length - 1]))}.`;
  },
  table: ({ units }) => ({ head: ["layer", "units without a slope", "mean share awake", "gradient"],
    rows: units.map((row, l) => [String(l + 1), String(row.filter(({ awake }) => awake === 0).length),
      percent(row.reduce((sum, { awake }) => sum + awake, 0) / UNITS, 0), power(flowOf(row))]) }),
  invariants: [
    { name: "a unit whose slope is exactly zero everywhere gets no gradient at all", holds: ({ units }) =>
      units.flat().every(({ steepest, flow }) => steepest > 0 || flow === 0) },
    { name: "a share lies between 0 and 1", holds: ({ units }) =>
      units.flat().every(({ awake }) => awake >= 0 && awake <= 1) },
    { name: "no slope is steeper than the activation allows", holds: ({ activation, units }) => {
      const limit = activation === "sigmoid" ? 0.25 : activation === "GELU" ? 1.13 : 1;
      return units.flat().every(({ steepest }) => steepest <= limit + 1e-5);
    } },
  ],
  cell: ({ activation, depth, rate }) => "import { F, linspace, nn, optim, sin } from \"gradus\";\n\n"
    + "const x = linspace(-1, 1, 48).reshape([48, 1]), y = sin(x.mul(3));\n"
    + `const hidden = Array.from({ length: ${depth} }, (_, i) => [new nn.Linear(i === 0 ? 1 : 8, 8), new nn.${
      { "ReLU": "ReLU()", "leaky ReLU": "LeakyReLU(0.1)", "GELU": "GELU()", "tanh": "Tanh()",
        "sigmoid": "Sigmoid()" }[activation]!}]);\n`
    + "const model = new nn.Sequential(...hidden.flat(), new nn.Linear(8, 1));\n"
    + `const sgd = new optim.SGD([...model.parameters()], { lr: ${rate}, momentum: 0.9 });\n`
    + "for (let step = 0; step <= 200; step++) {\n  sgd.zeroGrad();\n  const loss = F.mseLoss(model.forward(x), y);\n"
    + "  loss.backward();\n  sgd.step();\n  if (step % 50 === 0) console.log(step, await loss.item());\n}",
});

const levelOf = (loss: number): number => clamp(Math.log10(loss), [-4, 1]);
const flowOf = (row: readonly Unit[]): number => Math.hypot(...row.map(({ flow }) => flow));
/** 0.00042 as "4e−4": sizes that differ by powers of ten. */
const power = (value: number): string =>
  (value === 0 ? "0" : Number.isFinite(value) ? value.toExponential(0).replace("-", "−").replace("+", "") : "∞");
