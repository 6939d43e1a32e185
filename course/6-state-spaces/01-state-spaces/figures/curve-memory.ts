import { linalg, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph, subscript } from "@gradus/lessons/draw/text";
import { discretise, stepped, type Discrete } from "../systems.ts";

const LENGTH = 96, KNOTS = 9, STRIDE = 4, HALF_LIFE = 18;
const MEMORIES = ["all of the past", "the recent past"] as const;
type Memory = (typeof MEMORIES)[number];
const FIRST = [0.2, 0.75, 0.9, 0.3, -0.5, -0.7, 0.1, 0.6, -0.3];

/**
 * dc/ds = -A c + B f. All of the past: s = ln t, Legendre polynomials over [0, t] (HiPPO-LegS). The recent past:
 * s = t / scale, Laguerre polynomials under a fading weight (HiPPO-LagT). Gu and others 2020, theorems 1 and 2.
 */
function system(memory: Memory, n: number): { A: number[][]; B: number[] } {
  const index = Array.from({ length: n }, (_, i) => i), root = (i: number): number => Math.sqrt(2 * i + 1);
  if (memory === "the recent past") {
    return { A: index.map((i) => index.map((k) => (k <= i ? -1 : 0))), B: index.map(() => 1) };
  }
  return { A: index.map((i) => index.map((k) => (k < i ? -root(i) * root(k) : k === i ? -(i + 1) : 0))),
    B: index.map(root) };
}
/** P_0 .. P_n of Legendre at x, by Bonnet's recursion. */
function legendre(n: number, x: number): number[] {
  const p = [1, x];
  for (let i = 1; i < n; i++) p.push(((2 * i + 1) * x * p[i] - i * p[i - 1]) / (i + 1));
  return p.slice(0, n + 1);
}
/** L_0 .. L_n of Laguerre at x. */
function laguerre(n: number, x: number): number[] {
  const l = [1, 1 - x];
  for (let i = 1; i < n; i++) l.push(((2 * i + 1 - x) * l[i] - i * l[i - 1]) / (i + 1));
  return l.slice(0, n + 1);
}
const SCALE = HALF_LIFE / Math.log(2);
/** The curve that n coefficients stand for, at the middle of each sample up to time t. */
const recalled = (memory: Memory, c: readonly number[], t: number): number[] => Array.from({ length: t }, (_, i) => {
  const basis = memory === "the recent past" ? laguerre(c.length, (t - i - 0.5) / SCALE)
    : legendre(c.length, 2 * (i + 0.5) / t - 1).map((p, k) => Math.sqrt(2 * k + 1) * p);
  return c.reduce((sum, v, k) => sum + v * basis[k], 0);
});
/** Coefficients of a curve that is constant on each sample, by integrating: no recurrence. */
function projected(samples: readonly number[], n: number): number[] {
  const t = samples.length, c = new Array<number>(n).fill(0);
  // The integral of P_k is (P_{k+1} - P_{k-1}) / (2k + 1).
  const upTo = (x: number): number[] => {
    const p = legendre(n, x);
    return c.map((_, k) => (k === 0 ? x : (p[k + 1] - p[k - 1]) / (2 * k + 1)));
  };
  let before = upTo(-1);
  const sums = c.slice();
  samples.forEach((f, i) => {
    const after = upTo(2 * (i + 1) / t - 1);
    after.forEach((v, k) => { sums[k] += f * (v - before[k]); });
    before = after;
  });
  return sums.map((sum, k) => Math.sqrt(2 * k + 1) * sum / 2);
}

interface State {
  readonly memory: Memory; readonly size: number;
  /** The step that reads sample t, for every t but the first. */
  readonly rules: readonly Discrete[];
  knots: number[];
  samples: number[];
  read: number;
  coefficients: number[];
}
/** A smooth curve through the knots: between two of them a cosine's half wave. */
const curveOf = (knots: readonly number[]): number[] => Array.from({ length: LENGTH }, (_, i) => {
  const at = i * (KNOTS - 1) / (LENGTH - 1), k = Math.min(KNOTS - 2, Math.floor(at)), part = at - k;
  const share = (1 - Math.cos(Math.PI * part)) / 2;
  return knots[k] + (knots[k + 1] - knots[k]) * share;
});
function readAll(state: State): State {
  const { memory, size, rules, samples, read } = state;
  // The first sample is a constant so far, which the lowest polynomial holds alone.
  let c: number[] = memory === "the recent past" ? stepped(rules[0], new Array<number>(size).fill(0), samples[0])
    : samples.slice(0, 1).concat(new Array<number>(size - 1).fill(0));
  for (let t = 1; t < read; t++) c = stepped(rules[t], c, samples[t]);
  state.coefficients = read === 0 ? [] : c;
  return state;
}
const errorOf = (a: readonly number[], b: readonly number[]): number =>
  (a.length === 0 ? 0 : Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0) / a.length));

interface Layout { readonly on: Plot; readonly bars: { readonly y: number; readonly h: number };
  readonly height: number }
function layout(width: number): Layout {
  const on = plot({ left: 40, top: 40, width: width - 54, height: width < 640 ? 200 : 240, x: [0, LENGTH], y: [-1.5,
    1.5],
    xLabel: "time", yLabel: "the curve", xTicks: width < 640 ? 4 : 8, yTicks: 3, zero: true });
  return { on, bars: { y: on.bottom + 122, h: 52 }, height: on.bottom + 122 + 52 + (width < 640 ? 92 : 68) };
}

export default defineFigure({
  id: "curve-memory",
  title: "A whole curve in a few numbers",
  question: "How much of everything so far can eight numbers hold, if they may only be updated?",
  params: {
    memory: { kind: "choice", label: "remember", value: "all of the past", choices: MEMORIES },
    size: { kind: "number", label: "numbers of state", value: 8, min: 1, max: 12, step: 1 },
  },
  async init({ memory, size }): Promise<State> {
    const { A, B } = system(memory, size);
    const rules: Discrete[] = [];
    if (memory === "the recent past") {
      const one = await discretise(A, B, 1 / SCALE, "hold");
      for (let t = 0; t < LENGTH; t++) rules.push(one);
    } else {
      // A clock that runs as ln t: the step from t to t + 1 is e^(-A ln((t+1) / t)); A has an inverse, and A^-1 B is
      // the first unit vector, so a held f moves the state towards (f, 0, 0, ...).
      const from = Array.from({ length: LENGTH }, (_, t) => Math.log((t + 1) / Math.max(1, t)));
      const exponents = tensor(from).reshape([LENGTH, 1, 1]).mul(tensor(A));
      const fades = await linalg.expm(exponents).array() as number[][][];
      for (const fade of fades) rules.push({ A: fade, B: fade.map((row, i) => (i === 0 ? 1 : 0) - row[0]) });
    }
    return readAll({ memory, size, rules, knots: [...FIRST], samples: curveOf(FIRST), read: STRIDE, coefficients: [] });
  },
  step(state) {
    state.read = Math.min(LENGTH, state.read + STRIDE);
    return readAll(state);
  },
  done: ({ read }) => read >= LENGTH,
  act(state, action) {
    if (action.type !== "drag") return state;
    const value = Math.round(20 * clamp(layout(action.width).on.y.invert(action.y), [-1.2, 1.2])) / 20 + 0;
    state.knots = state.knots.map((old, i) => (`knot:${i}` === action.id ? value : old));
    state.samples = curveOf(state.knots);
    return readAll(state);
  },
  snapshot: ({ memory, size, knots, samples, read, coefficients }) =>
    ({ memory, size, knots: [...knots], samples, read, coefficients }),

  view(shot, { width }: Frame): Scene {
    const { on, bars, height } = layout(width), { memory, knots, samples, read, coefficients } = shot;
    const marks: Mark[] = [...on.marks], now = on.x(read);
    marks.push({ kind: "box", x: now, y: on.top, w: on.right - now, h: on.bottom - on.top, fill: "ink-3",
      opacity: 0.12 });
    const middles = samples.map((f, i): Pair => [i + 0.5, f]);
    marks.push(...path(on, middles.slice(0, read), { stroke: "ink-2", width: 1.5 }),
      ...path(on, middles.slice(Math.max(0, read - 1)), { stroke: "ink-3", width: 1.5, dash: [2, 4] }));
    const back = recalled(memory, coefficients, read).map((f, i): Pair => [i + 0.5, f]);
    marks.push(...path(on, back, { stroke: "series-1", width: 3 }));
    marks.push({ kind: "line", points: [[now, on.top], [now, on.bottom]], stroke: "mark", width: 5 },
      { kind: "line", points: [[now, on.top], [now, on.bottom]], stroke: "ink", width: 1.5 });
    knots.forEach((value, i) => {
      marks.push({ kind: "disc", x: on.x(i * (LENGTH - 1) / (KNOTS - 1) + 0.5), y: on.y(value), r: 7, fill: "paper",
        stroke: "ink", width: 2, handle: { id: `knot:${i}`, drag: "y", label: `curve at time ${
          Math.round(i * (LENGTH - 1) / (KNOTS - 1))}, ${fixed(value)}`, step: 6 } });
    });
    marks.push({ kind: "text", x: on.right, y: on.top - 8, anchor: "end", size: 13, fill: "ink-2",
      text: width < 640 ? "thick: from the state" : "thin: what was read; thick: what the state still knows of it" });
    // The state itself: nothing else is kept.
    marks.push({ kind: "text", x: 14, y: bars.y - bars.h - 12, size: 13, fill: "ink-2",
      text: `the state: ${count(coefficients.length, "number")}, all that is kept` });
    const column = Math.min(70, (width - 28) / coefficients.length);
    marks.push({ kind: "line", points: [[14, bars.y], [14 + column * coefficients.length, bars.y]], stroke: "ink-3",
      width: 1 });
    coefficients.forEach((c, i) => {
      const x = 14 + (i + 0.5) * column, h = clamp(c, [-1, 1]) * (bars.h - 10);
      if (Math.abs(h) > 1) marks.push({ kind: "line", points: [[x, bars.y], [x, bars.y - h]], stroke: "ink-3",
        width: 1.5 });
      marks.push(glyph("value", c, x, bars.y - h, 15));
      marks.push({ kind: "text", x, y: bars.y + bars.h + 4, text: column < 38 ? subscript(i) : fixed(c, 2),
        role: "number",
        anchor: "middle", size: column < 38 ? 15 : 13, fill: "ink-2", title: `c${subscript(i)} = ${fixed(c, 3)}` });
    });
    marks.push(...paragraph(sentence(shot), 14, height - (width < 640 ? 58 : 34), width - 28, { fill: "ink" }));
    return { width, height, marks };
  },
  describe: (shot) => {
    const { memory, read, coefficients, samples } = shot, error = errorOf(samples.slice(0, read),
      recalled(memory, coefficients, read));
    const shape = memory === "the recent past" ? `a weight that halves every ${HALF_LIFE} samples`
      : "equal weight on every moment";
    return `${count(coefficients.length, "number stands", "numbers stand")} for ${read} samples, with ${shape}. ` +
      `The first is ` +
      `${fixed(coefficients[0], 3)}; the curve made from them misses the true one by ${fixed(error, 3)} ` +
      `(root mean square).`;
  },
  table: ({ coefficients }) => ({ head: ["coefficient", "value"], rows: coefficients.map((c, i) =>
    [`c${subscript(i)}`, fixed(c, 4)]) }),
  invariants: [
    { name: "all of the past: the recurrence gives what integrating the whole past gives",
      holds({ memory, samples, read, coefficients }) {
        if (memory === "the recent past") return true;
        const whole = projected(samples.slice(0, read), coefficients.length);
        return whole.every((c, k) => Math.abs(c - coefficients[k]) < 5e-3);
      } },
    { name: "all of the past: the first number is the mean so far", holds: ({ memory, samples, read, coefficients }) =>
      memory === "the recent past" ||
        Math.abs(samples.slice(0, read).reduce((sum, f) => sum + f, 0) / read - coefficients[0]) < 1e-3 },
    { name: "squares of the coefficients never exceed the weighted mean square of the curve (Bessel)",
      holds({ memory, samples, read, coefficients }) {
        const weight = (i: number): number => (memory === "all of the past" ? 1 / read
          : Math.exp(-(read - i - 1) / SCALE) - Math.exp(-(read - i) / SCALE));
        const power = samples.slice(0, read).reduce((sum, f, i) => sum + weight(i) * f * f, 0);
        return coefficients.reduce((sum, c) => sum + c * c, 0) <= power + 5e-3;
      } },
  ],
});

function sentence({ read, samples, memory, coefficients }: Omit<State, "rules">): string {
  const error = errorOf(samples.slice(0, read), recalled(memory, coefficients, read));
  return `${count(read, "sample")} in, ${count(coefficients.length, "number")} kept, missed by ${fixed(error, 3)} on ` +
    `average. Drag the curve, the future as well as the past.`;
}
