import { compile, manualSeed, noGrad, optim, RandomStream, tensor, type Compiled, type Tensor } from "gradus";
import { Forecaster } from "gradus/models";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Ten years of months; the last two are held out. */
const YEAR = 12, YEARS = 10, N = YEAR * YEARS, TEST = 24, START = N - TEST, WINDOW = 24, HIDDEN = 12;
const BATCH = 16, UPDATES = 2, MOST = 75, RATE = 0.006;
const KINDS = ["seasons that grow", "random walk"] as const, FROM = ["a year ago", "the last value"] as const;
const LOOKS = { truth: { stroke: "ink", dash: [] }, network: { stroke: "series-1", dash: [] },
  last: { stroke: "series-2", dash: [2, 4] }, year: { stroke: "series-3", dash: [8, 4] } } as const;
const NAMES = { truth: "truth", network: "network", last: "last value", year: "a year ago" } as const;
const RIVALS = ["network", "last", "year"] as const;

interface State {
  readonly values: readonly number[]; readonly model: Forecaster; readonly random: RandomStream;
  readonly train: Compiled<[Tensor, Tensor], Tensor>; readonly level: number;
  /** Forecasts of the held-out months, and of the same series moved and stretched. */
  forecast: number[]; stretched: number[];
  /** Error on the held-out months after each step. */
  errors: number[]; at: number; steps: number;
}
function series(kind: (typeof KINDS)[number], noise: number, random: RandomStream): number[] {
  let walk = 120;
  return Array.from({ length: N }, (_, t) => {
    const month = t % YEAR * 2 * Math.PI / YEAR, level = 100 + 1.5 * t;
    if (kind === "random walk") return (walk += (1 + noise) * random.normal());
    return level * (1 + 0.2 * Math.sin(month) + 0.1 * Math.cos(2 * month)) + noise * random.normal();
  });
}
const rootMeanSquare = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length);
const lagged = (values: readonly number[], back: number): number[] =>
  Array.from({ length: TEST }, (_, i) => values[START + i - back]);
/** The values before each of these places, and what stands there. */
function windows(values: readonly number[], at: readonly number[]): [Tensor, Tensor] {
  return [tensor(Float32Array.from(at.flatMap((t) => values.slice(t - WINDOW, t))), { shape: [at.length, WINDOW] }),
    tensor(Float32Array.from(at, (t) => values[t]))];
}
async function look(state: State): Promise<State> {
  const { values, model } = state, [x] = windows(values, Array.from({ length: TEST }, (_, i) => START + i));
  const [plain, other] = noGrad(() => [model.forward(x), model.forward(x.mul(2).add(30))]);
  state.forecast = Array.from(await plain.data());
  state.stretched = Array.from(await other.data());
  state.errors.push(rootMeanSquare(state.forecast, values.slice(START)));
  return state;
}

function layout(width: number, values: readonly number[]): { readonly main: Plot; readonly errors: Plot;
readonly height: number } {
  const { at: [a, b], height } = panels(width, { shares: [1.7, 1], height: 350, heights: [330, 290], narrow: 640 });
  const shown = values.slice(START - YEAR), room = 0.16 * (Math.max(...shown) - Math.min(...shown));
  const main = plot({ left: a.x + 34, top: a.y + 62, width: a.w - 44, height: a.h - 106, x: [START - YEAR, N],
    y: [Math.min(...shown) - room, Math.max(...shown) + room], xLabel: "month", yTicks: 4,
    xTicks: Math.max(3, Math.round(a.w / 90)) });
  const errors = plot({ left: b.x + 34, top: b.y + 62, width: b.w - 44, height: b.h - 106, x: [0, MOST * UPDATES],
    y: [0, tallest(values)], xLabel: "updates", yTicks: 4, xTicks: 3 });
  return { main, errors, height };
}
const tallest = (values: readonly number[]): number => 1.6 * Math.max(...[1, YEAR].map((back) =>
  rootMeanSquare(lagged(values, back), values.slice(START))));

export default defineFigure({
  id: "against-naive",
  title: "A forecast and two lazy rivals",
  question: "Does the network forecast better than “as last month” and “as a year ago”?",
  params: {
    kind: { kind: "choice", label: "series", value: "seasons that grow", choices: KINDS },
    from: { kind: "choice", label: "network says how far from", value: "a year ago", choices: FROM },
    noise: { kind: "number", label: "noise", value: 5, min: 0, max: 20, step: 1 },
  },
  init({ kind, from, noise }, seed): Promise<State> {
    manualSeed(seed);
    const random = new RandomStream(seed), values = series(kind, noise, random), known = values.slice(0, START);
    const mean = known.reduce((a, b) => a + b, 0) / START, level = rootMeanSquare(known, known.map(() => mean));
    const model = new Forecaster({ season: from === "a year ago" ? YEAR : 1, hidden: HIDDEN, cell: "gru" });
    const optimizer = new optim.Adam(model.parameters(), { lr: RATE });
    const train = compile((x: Tensor, y: Tensor) => {
      optimizer.zeroGrad();
      const loss = model.forward(x).sub(y).div(level).square().mean();
      loss.backward();
      optimizer.step();
      return loss;
    });
    return look({ values, model, random, train, level, forecast: [], stretched: [], errors: [], at: START + 6,
      steps: 0 });
  },
  step(state) {
    const { values, random } = state;
    for (let i = 0; i < UPDATES; i++) {
      const at = Array.from({ length: BATCH }, () => WINDOW + random.integer(START - WINDOW));
      state.train(...windows(values, at));
    }
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { main } = layout(action.width, state.values);
    state.at = clamp(Math.round(main.x.invert(action.x)), [START, N - 1]);
    return state;
  },
  snapshot({ values, forecast, stretched, errors, at, steps }) {
    const said = { network: [...forecast], last: lagged(values, 1), year: lagged(values, YEAR) };
    const truth = values.slice(START), missed = RIVALS.map((who) => rootMeanSquare(said[who], truth));
    return { values: [...values], said, stretched: [...stretched], errors: [...errors], missed, at, steps };
  },

  view({ values, said, errors, missed, at }, { width }: Frame): Scene {
    const { main, errors: loss, height } = layout(width, values), marks: Mark[] = [...main.marks, ...loss.marks];
    const border = main.x(START - 0.5), from = START - YEAR;
    marks.push({ kind: "box", x: main.left, y: main.top, w: border - main.left, h: main.bottom - main.top, fill: "hair",
      opacity: 0.4 });
    (["learned from", "held out"] as const).forEach((text, i) => marks.push({ kind: "text", size: 12, fill: "ink-2",
      x: [main.left, border][i] + 5, y: main.bottom - 8, text }));
    marks.push({ kind: "line", points: [[main.x(at), main.top], [main.x(at), main.bottom]], stroke: "mark", width: 8 });
    marks.push(...path(main, values.slice(from).map((v, i): Pair => [from + i, v]), { ...LOOKS.truth, width: 2.5 }));
    const inside = (v: number): number => clamp(v, main.y.domain);
    for (const who of RIVALS) {
      marks.push(...path(main, said[who].map((v, i): Pair => [START + i, inside(v)]), { ...LOOKS[who], width: 2 }));
      const [x, y] = main.point(at, inside(said[who][at - START]));
      marks.push({ kind: "disc", x, y, r: 4.5, fill: LOOKS[who].stroke, stroke: "plate", width: 1.5 });
    }
    const [x, y] = main.point(at, values[at]);
    marks.push({ kind: "disc", x, y, r: 5, fill: "plate", stroke: "ink", width: 2 });
    marks.push({ kind: "disc", x, y: main.top, r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "at",
      label: `month ${at}`, drag: "x", step: main.x(1) - main.x(0) } });
    (["truth", ...RIVALS] as const).forEach((who, i) => {
      const left = main.left + (i % 2) * 128, line = main.top - 42 + 20 * Math.floor(i / 2);
      marks.push({ kind: "line", points: [[left, line], [left + 26, line]], ...LOOKS[who], width: 2.5 },
        { kind: "text", x: left + 32, y: line + 4, text: NAMES[who], size: 13 });
    });
    // How the error came down, beside errors that need no learning.
    marks.push({ kind: "text", x: loss.left, y: loss.top - 38, text: "error on the held-out months", size: 13,
      fill: "ink-2" });
    RIVALS.slice(1).forEach((who, i) => marks.push(...path(loss, [[0, missed[i + 1]], [MOST * UPDATES, missed[i + 1]]],
      { ...LOOKS[who], width: 2 })));
    marks.push(...path(loss, errors.map((v, i): Pair => [i * UPDATES, clamp(v, loss.y.domain)]),
      { ...LOOKS.network, width: 2.5 }));
    RIVALS.forEach((who, i) => marks.push({ kind: "text", x: loss.left + i * (loss.right - loss.left) / 2,
      y: loss.top - 14, size: 12, text: `${["network", "last", "year"][i]} ${fixed(missed[i], 1)}`, bold: i === 0,
      fill: LOOKS[who].stroke, anchor: (["start", "middle", "end"] as const)[i] }));
    return { width, height, marks };
  },
  describe({ values, said, missed, at, steps }) {
    const i = at - START, one = (v: number): string => fixed(v, 1), [network, last, year] = missed.map(one);
    return `After ${count(steps * UPDATES, "update")} the root mean squared error on ${TEST} held-out months is ` +
      `${network}; saying the last value again has ${last}, the value of a year ago ${year}. Month ${at}: truth ` +
      `${one(values[at])}, network ${one(said.network[i])}, last value ${one(said.last[i])}, a year ago ` +
      `${one(said.year[i])}.`;
  },
  table: ({ values, said }) => ({ head: ["month", "truth", "network", "last value", "a year ago"],
    rows: said.network.map((v, i) => [String(START + i), ...[values[START + i], v, said.last[i], said.year[i]]
      .map((number) => fixed(number, 1))]) }),
  invariants: [
    { name: "a series moved and stretched is forecast moved and stretched", holds: ({ said, stretched }) =>
      said.network.every((v, i) => Math.abs(stretched[i] - (2 * v + 30)) < 1e-3 * Math.max(1, Math.abs(v))) },
    { name: "what is said lazily is the series itself, moved", holds: ({ values, said }) => said.last.every((v, i) =>
      v === values[START + i - 1]) && said.year.every((v, i) => v === values[START + i - YEAR]) },
    { name: "an error is zero only without any difference", holds: ({ missed }) => missed.every((v) => v >= 0) },
    { name: "the error after the last step is that of the forecast shown", holds: ({ errors, missed }) =>
      errors[errors.length - 1] === missed[0] },
  ],
});
