import { Generator, optim, randn, scope, state as makeState, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** A bowl of some directions, the steepest twenty times as steep as the flattest, with walls that rise faster. */
const DIRECTIONS = 12, WALLS = 0.03, STEPS = 120, A_STEP = 3, WARMUP = 12;
const CURVATURE = Array.from({ length: DIRECTIONS }, (_, i) => 0.05 * 20 ** (i / (DIRECTIONS - 1)));
/** Shares of the base rate that the reader sets, at even distances. */
const KNOTS = 7, FIRST = [0.1, 1, 1, 0.8, 0.5, 0.2, 0.05], MOST = 1.5;
const HEIGHTS: Pair = [-3, 2];

const NAMES = ["constant", "step", "cosine", "warm-up, cosine", "one-cycle", "on plateau", "yours"] as const;
type Name = typeof NAMES[number];
const LOOKS: Readonly<Record<Name, { readonly stroke: Colour; readonly dash?: readonly number[] }>> = {
  "constant": { stroke: "ink-3" }, "step": { stroke: "series-1", dash: [8, 3] }, "cosine": { stroke: "series-2" },
  "warm-up, cosine": { stroke: "series-3", dash: [6, 3] }, "one-cycle": { stroke: "series-4", dash: [9, 3, 2, 3] },
  "on plateau": { stroke: "series-5", dash: [2, 3] }, "yours": { stroke: "ink" },
};
/** What the reader drew, between the knots along lines. */
const drawn = (knots: readonly number[], step: number): number => {
  const at = Math.min(step / STEPS * (KNOTS - 1), KNOTS - 1 - 1e-9), i = Math.floor(at);
  return knots[i] + (knots[i + 1] - knots[i]) * (at - i);
};
type Advance = (loss: number) => void;
/** The library's schedule of a name around an optimizer; what it returns goes one step on. */
function schedule(name: Name, optimizer: optim.SGD, base: number, knots: readonly number[]): Advance {
  const plain = (scheduler: optim.Scheduler): Advance => () => { scheduler.step(); };
  switch (name) {
    case "constant": return () => undefined;
    case "step": return plain(new optim.StepLR(optimizer, { stepSize: STEPS / 3, gamma: 0.2 }));
    case "cosine": return plain(new optim.CosineAnnealingLR(optimizer, { steps: STEPS }));
    case "warm-up, cosine": return plain(new optim.WarmupCosineLR(optimizer, { warmup: WARMUP, steps: STEPS }));
    case "one-cycle": return plain(new optim.OneCycleLR(optimizer, { maxLr: base, steps: STEPS + 1 }));
    case "on plateau": {
      const plateau = new optim.ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 8 });
      return (loss) => { plateau.step(loss); };
    }
    case "yours": return plain(new optim.LambdaLR(optimizer, (step) => drawn(knots, step)));
  }
}

/** `rates[i]` was used for the step from `losses[i]` to `losses[i + 1]`. */
interface Runner { readonly name: Name; rates: number[]; losses: number[] }
interface Engine { readonly at: Tensor; readonly optimizer: optim.SGD; readonly advance: Advance }
interface State {
  readonly base: number;
  readonly clip: boolean;
  readonly shakes: readonly (readonly number[])[];
  steps: number;
  knots: number[];
  runners: Runner[];
  engines: Engine[];
}
const heightOf = (at: Tensor): Tensor => {
  const square = at.square();
  return square.mul(tensor(CURVATURE)).sum().div(2).add(square.sum().square().mul(WALLS));
};
function enter(name: Name, { base, knots }: State): { runner: Runner; engine: Engine } {
  const at = makeState(tensor(new Array<number>(DIRECTIONS).fill(1)), true);
  const optimizer = new optim.SGD([at], { lr: base });
  return { runner: { name, rates: [], losses: [] },
    engine: { at, optimizer, advance: schedule(name, optimizer, base, knots) } };
}
/** Looks where one runner is, and takes a step if there is one to take. */
async function move(state: State, i: number, step: number): Promise<void> {
  const { at, optimizer, advance } = state.engines[i], runner = state.runners[i];
  if (step > 0 && !Number.isFinite(runner.losses[step - 1])) {
    [runner.losses[step], runner.rates[step]] = [Infinity, runner.rates[step - 1]];
    return;
  }
  optimizer.zeroGrad();
  const height = scope(() => {
    const value = heightOf(at);
    // The gradient of height + shake · place is the height's gradient plus the shake.
    value.add(at.mul(tensor([...state.shakes[step]])).sum()).backward();
    return value.detach();
  });
  const loss = await height.item();
  runner.losses[step] = loss < 1e6 ? loss : Infinity;
  if (step > 0 && step < STEPS) advance(loss);
  runner.rates[step] = optimizer.lr;
  if (step === STEPS) return;
  if (state.clip) optim.clipGradNorm([at], 2);
  optimizer.step();
}
async function begin(state: State): Promise<State> {
  const entered = NAMES.map((name) => enter(name, state));
  state.runners = entered.map(({ runner }) => runner);
  state.engines = entered.map(({ engine }) => engine);
  state.steps = 0;
  for (const i of NAMES.keys()) await move(state, i, 0);
  return state;
}
/** What the reader changed is run again up to now; the noise is the same. */
async function again(state: State): Promise<State> {
  const last = NAMES.length - 1, { runner, engine } = enter("yours", state);
  state.runners[last] = runner;
  state.engines[last] = engine;
  for (let step = 0; step <= state.steps; step++) await move(state, last, step);
  return state;
}

interface Layout { readonly rates: Plot; readonly heights: Plot; readonly list: Pair; readonly columns: number;
  readonly height: number }
function layout(width: number, base: number): Layout {
  const wide = width >= 640, w = wide ? (width - 130) / 2 : width - 58;
  const rates = plot({ left: 46, top: 28, width: w, height: 220, x: [0, STEPS], y: [0, MOST * base], xLabel: "step",
    yLabel: "learning rate" });
  const heights = plot({ left: wide ? rates.right + 60 : 46, top: wide ? 28 : rates.bottom + 74, width: w, height: 220,
    x: [0, STEPS], y: HEIGHTS, xLabel: "step", yLabel: "loss, powers of ten" });
  const columns = wide ? 2 : 1, top = heights.bottom + 76;
  return { rates, heights, list: [14, top], columns, height: top + 22 * Math.ceil(NAMES.length / columns) };
}
const last = (list: readonly number[]): number => list[list.length - 1];
/** The mean of the last ten losses: one loss is luck. */
const standing = ({ losses }: { readonly losses: readonly number[] }): number => {
  const tail = losses.slice(-10);
  return tail.reduce((sum, loss) => sum + loss, 0) / tail.length;
};

export default defineFigure({
  id: "rate-race",
  title: "Draw a schedule",
  question: "One bowl, one noise, seven ways to change the rate. Which of them ends lowest, and can you beat it?",
  params: {
    base: { kind: "number", label: "base rate", value: 0.6, min: 0.05, max: 2, step: 0.05, scale: "log" },
    noise: { kind: "number", label: "noise on the gradient", value: 0.3, min: 0, max: 1, step: 0.05 },
    clip: { kind: "flag", label: "clip the gradient at length 2", value: false },
  },
  async init({ base, noise, clip }, seed): Promise<State> {
    const draws = await randn([STEPS + 1, DIRECTIONS], { generator: new Generator(seed) }).array() as number[][];
    return begin({ base, clip, shakes: draws.map((row) => row.map((value) => noise * value)), steps: 0,
      knots: [...FIRST], runners: [], engines: [] });
  },
  async step(state) {
    for (let i = 0; i < A_STEP && state.steps < STEPS; i++) {
      state.steps++;
      for (const runner of NAMES.keys()) await move(state, runner, state.steps);
    }
    return state;
  },
  done: ({ steps }) => steps >= STEPS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const knot = Number(action.id.split(":")[1]), { rates } = layout(action.width, state.base);
    state.knots[knot] = Math.round(clamp(rates.y.invert(action.y) / state.base, [0, MOST]) * 50) / 50;
    return again(state);
  },
  snapshot: ({ base, steps, knots, runners }) => ({ base, steps, knots: [...knots],
    runners: runners.map(({ name, rates, losses }) => ({ name, rates: [...rates], losses: [...losses] })) }),

  view({ base, steps, knots, runners }, { width }: Frame): Scene {
    const { rates, heights, list, columns, height } = layout(width, base);
    const marks: Mark[] = [...rates.marks, ...heights.marks];
    const log = (loss: number): number => (loss > 0 ? Math.log10(loss) : HEIGHTS[0]);
    const best = runners.reduce((a, b) => (standing(b) < standing(a) ? b : a));
    marks.push(...path(rates, Array.from({ length: STEPS + 1 }, (_, i): Pair => [i, base * drawn(knots, i)]),
      { stroke: "ink", width: 1.5, opacity: 0.45 }));
    for (const [i, { name, rates: used, losses }] of runners.entries()) {
      const style = { ...LOOKS[name], width: name === "yours" ? 3 : 2 };
      marks.push(...path(rates, used.map((rate, step): Pair => [step, rate]), style));
      marks.push(...path(heights, losses.map((loss, step): Pair => [step, clamp(log(loss), HEIGHTS)]), style));
      const x = list[0] + (width - 28) / columns * (i % columns), y = list[1] + 22 * Math.floor(i / columns);
      const end = x + (width - 28) / columns - (columns > 1 ? 26 : 0), mean = standing({ losses });
      marks.push({ kind: "line", points: [[x, y - 4], [x + 30, y - 4]], ...style });
      marks.push({ kind: "text", x: x + 38, y, text: name, size: 13, bold: name === best.name });
      marks.push({ kind: "text", x: end, y, anchor: "end", role: "number", size: 13,
        text: Number.isFinite(mean) ? fixed(mean, 4) : "away", fill: name === best.name ? "good" : "ink" });
    }
    knots.forEach((share, i) => {
      const [x, y] = rates.point(i * STEPS / (KNOTS - 1), base * share);
      marks.push({ kind: "disc", x, y, r: 7, fill: "mark", stroke: "ink", width: 1.5, handle: { id: `knot:${i}`,
        label: `your rate at step ${i * STEPS / (KNOTS - 1)}, ${fixed(base * share, 3)}`, drag: "y", step: 6 } });
    });
    marks.push({ kind: "text", x: heights.right, y: heights.top - 8, anchor: "end", role: "number", size: 13,
      fill: "ink-2", text: count(steps, "step") });
    marks.push({ kind: "text", x: list[0], y: list[1] - 22, size: 12, fill: "ink-2",
      text: "mean loss of the last ten steps" });
    return { width, height, marks };
  },
  describe({ steps, runners }) {
    const sorted = [...runners].sort((a, b) => standing(a) - standing(b)), [best] = sorted;
    const yours = runners[runners.length - 1], gone = runners.filter((runner) => !Number.isFinite(standing(runner)));
    const say = (runner: typeof best): string =>
      (Number.isFinite(standing(runner)) ? fixed(standing(runner), 4) : "beyond all bounds");
    return `After ${count(steps, "step")} “${best.name}” is lowest with a mean loss of ${say(best)}; yours has ` +
      `${say(yours)} at a rate of ${fixed(last(yours.rates), 3)}` +
      `${gone.length === 0 ? "." : `; ${gone.map(({ name }) => name).join(", ")} ran away.`}`;
  },
  table: ({ runners }) => ({ head: ["schedule", "rate now", "loss now", "mean of the last ten"],
    rows: runners.map((runner) => [runner.name, fixed(last(runner.rates), 4), fixed(last(runner.losses), 4),
      fixed(standing(runner), 4)]) }),
  invariants: [
    { name: "the cosine’s rate is half of 1 + cos(π · share of the way)", holds: ({ base, runners }) =>
      runners[2].losses.includes(Infinity) || runners[2].rates.every((rate, step) => step === STEPS
        || Math.abs(rate - base * (1 + Math.cos(Math.PI * step / STEPS)) / 2) < 1e-6) },
    { name: "your rate passes through your marks", holds: ({ base, knots, runners }) =>
      runners[6].losses.includes(Infinity) || runners[6].rates.every((rate, step) => step === STEPS
        || Math.abs(rate - base * drawn(knots, step)) < 1e-6) },
    { name: "nobody is below the lowest point", holds: ({ runners }) => runners.every(({ losses }) =>
      losses.every((loss) => loss >= 0)) },
  ],
});
