import { F, randn, manualSeed, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const T = 12, N = 3, OUT: Pair = [-4, 4];
/** Steps of a token that a press goes through: passed over, ordinary, a fresh start. */
const STEPS = [0, 0.5, 3];
const MODELS = ["linear attention", "RetNet", "Mamba-2"] as const;
type Model = (typeof MODELS)[number];
/** How much is left after a token whose step is dt. */
function fadeOf(model: Model, dt: number): number {
  if (model === "linear attention") return 1;
  // The first head of RetNet keeps 1 - 2^-5; this one forgets faster, to be seen within twelve tokens.
  return model === "RetNet" ? 1 - 2 ** -2 : Math.exp(-dt);
}
interface Shot {
  readonly model: Model;
  readonly chunk: number;
  steps: readonly number[];
  /** What is left of token j when token i reads: rows of T. */
  fade: readonly number[];
  /** Outputs of the table, and of the walk up to now. */
  table: readonly number[];
  walked: readonly number[];
  state: readonly number[];
  at: number;
}
interface State extends Shot { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor }

/** Everything at once, by the library's chunked form. */
async function whole(state: State): Promise<State> {
  const { model, q, k, v, chunk } = state, selective = model === "Mamba-2";
  const decay = state.steps.map((dt) => fadeOf(model, dt));
  state.fade = Array.from({ length: T * T }, (_, place) => {
    const i = Math.floor(place / T), j = place % T;
    return j > i ? 0 : decay.slice(j + 1, i + 1).reduce((product, a) => product * a, 1);
  });
  // A fade of e^(dt A) with A = -1 and the input as it is: the input is divided by dt, which the function multiplies.
  const logs = decay.map((a) => Math.max(1e-6, -Math.log(a))), dt = tensor(logs, { shape: [1, T, 1] });
  const enters = tensor(logs.map((log, t) => (selective ? state.steps[t] : 1) / log), { shape: [1, T, 1, 1] });
  const [row] = [q, k].map((x) => x.reshape([1, T, 1, N])), keys = k.reshape([1, T, 1, N]);
  const y = F.stateSpaceDuality(v.reshape([1, T, 1, 1]).mul(enters), dt, tensor([-1]), keys, row, tensor([0]), chunk);
  state.table = Array.from(await y.data());
  [state.walked, state.state, state.at] = [[], Array.from({ length: N }, () => 0), 0];
  return state;
}
async function walk(state: State): Promise<State> {
  const { model, q, k, v, at, steps } = state, [queries, keys, values] = await Promise.all([q.data(), k.data(),
    v.data()]);
  const enters = model === "Mamba-2" ? steps[at] : 1, kept = fadeOf(model, steps[at]);
  state.state = state.state.map((s, n) => kept * s + enters * keys[at * N + n] * values[at]);
  state.walked = [...state.walked, state.state.reduce((sum, s, n) => sum + s * queries[at * N + n], 0)];
  state.at++;
  return state;
}

interface Layout { readonly cell: number; readonly left: number; readonly top: number; readonly on: Plot;
  readonly bars: { readonly x: number; readonly y: number; readonly w: number }; readonly height: number }
function layout(width: number): Layout {
  const wide = width >= 620, side = wide ? Math.min(400, width * 0.5) : width - 28, left = 14 + 26, top = 92;
  const cell = (side - 26) / T, below = top + T * cell;
  const x = wide ? 14 + side + 56 : 50, w = wide ? width - x - 14 : width - 64, y = wide ? 100 : below + 62;
  const on = plot({ left: x, top: y, width: w, height: 170, x: [0.5, T + 0.5], y: OUT, xLabel: "token",
    yLabel: "what is read", xTicks: 6, yTicks: 4 });
  return { cell, left, top, on, bars: { x, y: on.bottom + 74, w }, height: Math.max(below + 20, on.bottom + 158) };
}

export default defineFigure({
  id: "fading-table",
  title: "One sum, two ways of adding it up",
  question: "A table of weights, or a state that walks along: what do they have to do with each other?",
  params: {
    model: { kind: "choice", label: "model", value: "Mamba-2", choices: MODELS },
    chunk: { kind: "choice", label: "tokens in a chunk", value: "4", choices: ["1", "3", "4", "12"] },
  },
  init({ model, chunk }, seed): Promise<State> {
    manualSeed(seed);
    const [q, k] = [randn([T, N]), randn([T, N])];
    return whole({ model, chunk: Number(chunk), q, k, v: randn([T]),
      steps: [0.5, 0.5, 0, 0.5, 0.5, 0, 0, 3, 0.5, 0, 0.5, 0.5], fade: [], table: [], walked: [], state: [], at: 0 });
  },
  step: walk,
  done: ({ at }) => at >= T,
  act(state, action) {
    if (action.type !== "press") return state;
    const token = Number(action.id.split(":")[1]), now = STEPS.indexOf(state.steps[token]);
    state.steps = state.steps.map((dt, t) => (t === token ? STEPS[(now + 1) % STEPS.length] : dt));
    return whole(state);
  },
  snapshot: ({ model, chunk, steps, fade, table, walked, state, at }): Shot =>
    ({ model, chunk, steps, fade, table, walked, state, at }),

  view({ model, chunk, steps, fade, table, walked, state, at }, { width }: Frame): Scene {
    const { cell, left, top, on, bars, height } = layout(width), marks: Mark[] = [], narrow = width < 560;
    marks.push({ kind: "text", x: 14, y: 20, size: 13, fill: "ink-2", text: narrow ? "what row i has left of column j"
      : "how much of token j is left when token i reads; inside the frames pairs are computed" });
    if (model === "Mamba-2") {
      marks.push({ kind: "text", x: 14, y: 42, size: 13, fill: "ink-2", text: narrow ? "steps Δ; press one"
        : "steps Δ of the tokens; press one to change it" });
    }
    for (let t = 0; t < T; t++) {
      const x = left + t * cell;
      if (model === "Mamba-2") {
        marks.push({ kind: "box", x: x + 1, y: 52, w: cell - 2, h: 24, round: 3, fill: steps[t] > 1 ? "mark" : "plate",
          stroke: "hair", width: 1, handle: { id: `step:${t}`, press: true, label: `step of token ${t + 1}, ` +
            `${steps[t]}` } },
        { kind: "text", x: x + cell / 2, y: 68, anchor: "middle", size: 12, role: "number",
          fill: steps[t] > 1 ? "on-mark" : "ink", text: steps[t] === 0.5 ? ".5" : String(steps[t]) });
      }
      marks.push({ kind: "text", x: left - 6, y: top + (t + 0.7) * cell, anchor: "end", size: 12, role: "number",
        fill: t === at - 1 ? "ink" : "ink-2", bold: t === at - 1, text: String(t + 1) });
    }
    marks.push({ kind: "cells", x: left, y: top, w: T * cell, h: T * cell, rows: T, columns: T, values: fade,
      scale: 1 });
    for (let from = 0; from < T; from += chunk) {
      const size = Math.min(chunk, T - from) * cell;
      marks.push({ kind: "box", x: left + from * cell, y: top + from * cell, w: size, h: size, fill: "none",
        stroke: "ink", width: 2 });
    }
    if (at > 0) {
      marks.push({ kind: "box", x: left, y: top + (at - 1) * cell, w: at * cell, h: cell, fill: "none", stroke: "mark",
        width: 3 });
    }
    marks.push({ kind: "text", x: on.left, y: on.top - 30, size: 13, fill: "ink-2",
      text: narrow ? "ring: table in chunks; disc: the walk" : "ring: the table, in chunks; disc: the walk" },
        ...on.marks);
    table.forEach((y, t) => marks.push({ kind: "disc", x: on.x(t + 1), y: on.y(clamp(y, OUT)), r: 7, fill: "none",
      stroke: "ink", width: 1.5, title: fixed(y, 3) }));
    walked.forEach((y, t) => marks.push({ kind: "disc", x: on.x(t + 1), y: on.y(clamp(y, OUT)), r: 4,
      fill: t === at - 1 ? "mark" : "series-1", stroke: "ink", width: t === at - 1 ? 1.2 : 0 }));
    marks.push({ kind: "text", x: bars.x, y: bars.y - 12, size: 13, fill: "ink-2",
      text: at === 0 ? "the state, before the first token" : `the state after token ${at}` });
    state.forEach((s, n) => marks.push({ kind: "cells", x: bars.x + n * Math.min(72, bars.w / N), y: bars.y,
      w: Math.min(66, bars.w / N - 6), h: 40, rows: 1, columns: 1, values: [s], scale: 3, digits: 2 }));
    return { width, height, marks };
  },
  describe({ model, chunk, fade, table, walked, at }) {
    const pairs = Array.from({ length: T }, (_, t) => t % chunk + 1).reduce((a, b) => a + b, 0);
    const border = Math.ceil(T / chunk) - 1, row = at === 0 ? T - 1 : at - 1;
    const said = at === 0 ? `Token ${T} reads ${fixed(table[T - 1], 3)}.`
      : `Token ${at} reads ${fixed(table[at - 1], 3)} by the table and ${fixed(walked[at - 1], 3)} by the walk.`;
    return `${model}, in chunks of ${chunk}: ${count(pairs, "pair")} of ${T * (T + 1) / 2} are computed, and the ` +
      `state ` +
      `is handed over ${count(border, "time")}. ${said} When it reads, ${percent(fade[row * T], 0)} of token 1 is ` +
      `left.`;
  },
  table: ({ steps, table, walked }) => ({ head: ["token", "step", "by the table", "by the walk"],
    rows: table.map((y, t) => [String(t + 1), String(steps[t]), fixed(y, 3), t < walked.length ? fixed(walked[t], 3)
      : ""]) }),
  invariants: [
    { name: "walk and table read the same", holds: ({ table, walked }) => walked.every((y, t) =>
      Math.abs(y - table[t]) < 1e-3 * Math.max(1, Math.abs(y))) },
    { name: "nothing is left of what comes later, all of the present token", holds: ({ fade }) => fade.every((left,
      p) =>
      (p % T > Math.floor(p / T) ? left === 0 : p % T === Math.floor(p / T) ? left === 1 : left >= 0 && left <= 1)) },
  ],
});
