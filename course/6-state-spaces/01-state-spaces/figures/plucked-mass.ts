import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";
import { discretise, eigenvalues, METHODS, stepped, type Discrete, type Method } from "../systems.ts";

const LASTS = 24, REACH: Pair = [-2, 2], PARTS = 8, PUSH = 0.6;

interface State {
  readonly method: Method; readonly delta: number;
  /** What one step does by the chosen rule, and what a small part of a step does exactly. */
  readonly rule: Discrete; readonly exact: Discrete;
  /** Where the mass was let go. */
  from: number;
  /** The push of each step so far, and the one that is on. */
  pushes: number[]; push: number;
  /** By the rule, a state [position, velocity] for each step; exactly, one for each part of a step. */
  dots: number[][]; curve: number[][];
}
/** Runs everything again from the start: after the mass was moved. */
function replay(state: State): State {
  state.dots = [[state.from, 0]];
  state.curve = [[state.from, 0]];
  for (const push of state.pushes) advance(state, push);
  return state;
}
function advance({ dots, curve, rule, exact }: State, push: number): void {
  dots.push(stepped(rule, dots[dots.length - 1], push));
  for (let i = 0; i < PARTS; i++) curve.push(stepped(exact, curve[curve.length - 1], push));
}

interface Layout { readonly height: number; readonly time: Plot; readonly disc: Plot; readonly mass: number }
function layout(width: number): Layout {
  const wide = width >= 640, size = wide ? 188 : Math.min(200, width - 120), mass = 44;
  const left = 118, high = wide ? 232 : 200;
  const time = plot({ left, top: 40, width: width - left - 14 - (wide ? size + 58 : 0), height: high, x: [0, LASTS],
    y: REACH, xLabel: "time", yLabel: "position", yTicks: 4, xTicks: wide ? 6 : 4, zero: true });
  const disc = plot({ left: wide ? width - size - 14 : (width - size) / 2, top: wide ? 62 : time.bottom + 96,
    width: size, height: size, x: [-1.5, 1.5], y: [-1.5, 1.5], xTicks: 0, yTicks: 0, zero: true });
  return { height: (wide ? time.bottom + 62 : disc.bottom + 28) + (wide ? 42 : 80), time, disc, mass };
}

export default defineFigure({
  id: "plucked-mass",
  title: "A mass on a spring, sampled",
  question: "If you may look only now and then, can you still know exactly where the mass will be?",
  params: {
    method: { kind: "choice", label: "rule", value: "hold", choices: METHODS },
    delta: { kind: "number", label: "step Δ", value: 0.8, min: 0.1, max: 2.5, step: 0.1 },
    damping: { kind: "number", label: "friction", value: 0.2, min: 0, max: 1, step: 0.05 },
  },
  async init({ method, delta, damping }): Promise<State> {
    const A = [[0, 1], [-1, -damping]], B = [0, 1];
    const rule = await discretise(A, B, delta, method), exact = await discretise(A, B, delta / PARTS, "hold");
    return replay({ method, delta, rule, exact, from: 1.5, pushes: [], push: 0, dots: [], curve: [] });
  },
  step(state) {
    state.pushes = [...state.pushes, state.push];
    advance(state, state.push);
    return state;
  },
  done: ({ pushes, delta }) => (pushes.length + 1) * delta > LASTS,
  act(state, action) {
    if (action.type === "press") {
      state.push = state.push === 0 ? PUSH : 0;
      return state;
    }
    if (action.type !== "drag") return state;
    // Let go of again: time starts anew.
    state.from = Math.round(10 * clamp(layout(action.width).time.y.invert(action.y), [-1.8, 1.8])) / 10;
    state.pushes = [];
    return replay(state);
  },
  snapshot: (state): State => ({ ...state, pushes: [...state.pushes], dots: [...state.dots], curve: [...state.curve] }),

  view(shot, { width }: Frame): Scene {
    const { height, time, disc, mass } = layout(width), { dots, curve, delta, push, pushes } = shot;
    const now = dots[dots.length - 1], marks: Mark[] = [...time.marks];
    // The push, as a band at the foot of the plot.
    pushes.forEach((value, i) => {
      if (value === 0) return;
      marks.push({ kind: "box", x: time.x(i * delta), y: time.bottom - 12, h: 12, fill: "ink-3", opacity: 0.35,
        w: time.x((i + 1) * delta) - time.x(i * delta) });
    });
    marks.push(...path(time, curve.map(([p], i): Pair => [i * delta / PARTS, p]),
      { stroke: "series-1", width: 2 }));
    const inside = (p: number): boolean => Math.abs(p) <= REACH[1];
    dots.forEach(([p], i) => {
      if (!inside(p)) return;
      const x = time.x(i * delta), y = time.y(p), last = i === dots.length - 1;
      marks.push({ kind: "line", points: [[x, time.y(0)], [x, y]], stroke: "ink-3", width: 1 });
      if (last) marks.push({ kind: "disc", x, y, r: 9, fill: "mark", stroke: "ink", width: 2 });
      marks.push({ kind: "disc", x, y, r: 4, fill: "ink" });
    });
    marks.push({ kind: "text", x: time.right, y: time.top - 8, anchor: "end", size: 13, fill: "ink-2",
      text: width < 640 ? "line: exact" : "line: exact; dots: by the rule" });
    // The mass hangs at the height of its position, so that the plot is the paper it writes on.
    const at = time.y(clamp(now[0], REACH));
    marks.push({ kind: "line", points: [[mass - 26, 14], [mass + 26, 14]], stroke: "ink", width: 3 },
      { kind: "line", points: spring(mass, 14, at - 15), stroke: "ink-2", width: 1.75 });
    if (inside(now[0])) marks.push({ kind: "line", points: [[mass + 16, at], [time.x((dots.length - 1) * delta) - 9,
      at]],
      stroke: "ink-3", width: 1, dash: [3, 3] });
    if (push !== 0) marks.push({ kind: "line", points: [[mass - 28, at + 14], [mass - 28, at - 16]], stroke: "ink",
      width: 2.5, arrow: true });
    marks.push({ kind: "box", x: mass - 15, y: at - 15, w: 30, h: 30, round: 4, fill: inside(now[0]) ? "ink" : "bad",
      stroke: "plate", width: 2, handle: { id: "mass", drag: "y",
        label: `mass at ${fixed(now[0])}; drag it and let go`, step: 12 } });
    const foot = time.bottom + 12;
    marks.push({ kind: "box", x: mass - 34, y: foot, w: 68, h: 26, round: 4, fill: push === 0 ? "plate" : "mark",
      stroke: "ink", width: 1.5, handle: { id: "push", press: true,
        label: push === 0 ? `push upward with ${fixed(PUSH)}` : "stop pushing" } },
    { kind: "text", x: mass, y: foot + 18, anchor: "middle", size: 13, text: push === 0 ? "push" : "stop",
      fill: push === 0 ? "ink" : "on-mark" });
    marks.push(...circle(shot, disc));
    marks.push(...paragraph(equation(shot), 14, height - (width < 640 ? 72 : 34), width - 28, { fill: "ink" }));
    return { width, height, marks };
  },
  describe(shot) {
    const { method, delta, dots, curve, rule } = shot, now = dots[dots.length - 1], true_ = curve[curve.length - 1];
    const size = Math.max(...eigenvalues(rule.A).map(([a, b]) => Math.hypot(a, b)));
    const said = size > 1 + 1e-6 ? "more than 1, so every step makes the swing larger"
      : size > 1 - 1e-6 ? "1, so the swing never ends" : "less than 1, so the swing dies out";
    return `After ${fixed((dots.length - 1) * delta, 1)} seconds the mass is at ${fixed(true_[0], 3)}; the rule ` +
      `“${method}” with Δ = ${fixed(delta, 1)} says ${fixed(now[0], 3)}. Its eigenvalues have size ` +
        `${fixed(size, 3)}: ` +
      `${said}.`;
  },
  table: ({ dots, curve, delta }) => ({ head: ["time", "by the rule", "exact"], rows: dots.map(([p], i) =>
    [fixed(i * delta, 1), fixed(p, 4), fixed(curve[i * PARTS][0], 4)]) }),
  invariants: [
    { name: "held inputs give the exact position at every sample", holds: ({ method, dots, curve }) =>
      method !== "hold" || dots.every(([p], i) => Math.abs(p - curve[i * PARTS][0]) < 1e-3) },
    { name: "the bilinear rule never leaves the unit disc", holds: ({ method, rule }) =>
      method !== "bilinear" || eigenvalues(rule.A).every(([a, b]) => Math.hypot(a, b) < 1 + 1e-5) },
    { name: "Euler’s eigenvalues are 1 + Δλ, and so their product is 1 − Δ·friction + Δ²", holds({ method, rule,
      delta }) {
      const [[a, b], [c, d]] = rule.A;
      return method !== "Euler" || Math.abs(a * d - b * c - (d + delta * delta)) < 1e-4;
    } },
  ],
  cell: ({ delta, damping }) => [
    "import { concat, linalg, tensor, zeros } from \"gradus\";", "",
    `const A = tensor([[0, 1], [-1, ${-damping}]]), B = tensor([[0], [1]]);`,
    "// Zero-order hold: both matrices from one exponential.",
    "const block = concat([concat([A, B], 1), zeros([1, 3])], 0);",
    `const held = linalg.expm(block.mul(${delta}));`,
    "console.log(await held.array());   // [Ā, B̄] in the upper two rows",
  ].join("\n"),
});

/** A zigzag between two heights, with straight ends. */
function spring(x: number, from: number, to: number): Pair[] {
  const turns = 9, start = from + 8, length = Math.max(4, to - 8 - start);
  return [[x, from], [x, start], ...Array.from({ length: turns }, (_, i): Pair =>
    [x + (i % 2 === 0 ? 10 : -10), start + length * (i + 0.5) / turns]), [x, start + length], [x, to]];
}
/** The unit circle and the eigenvalues of one step, for the chosen rule (filled) and the two others. */
function circle({ rule, method }: State, on: Plot): Mark[] {
  const marks: Mark[] = [...on.marks], middle = on.point(0, 0), r = on.x(1) - on.x(0);
  marks.push({ kind: "disc", x: middle[0], y: middle[1], r, fill: "none", stroke: "ink-2", width: 1.5 });
  const found = eigenvalues(rule.A), size = Math.max(...found.map(([a, b]) => Math.hypot(a, b)));
  const verdict: Colour = size > 1 + 1e-6 ? "bad" : "ink";
  for (const [re, im] of found) {
    const [x, y] = on.point(clamp(re, [-1.45, 1.45]), clamp(im, [-1.45, 1.45]));
    marks.push({ kind: "line", points: [middle, [x, y]], stroke: "ink-3", width: 1 },
      { kind: "disc", x, y, r: 6, fill: verdict, stroke: "plate", width: 1.5,
        title: `eigenvalue ${fixed(re, 3)} ${im < 0 ? "−" : "+"} ${fixed(Math.abs(im), 3)} i` });
  }
  marks.push({ kind: "text", x: on.left, y: on.top - 28, size: 13, fill: "ink-2", text: `one step, “${method}”` },
    { kind: "text", x: on.left, y: on.top - 9, size: 13, fill: verdict, role: "number",
      text: `eigenvalues of size ${fixed(size, 3)}` });
  return marks;
}
function equation({ dots, pushes, rule }: State): string {
  if (dots.length < 2) return "Drag the mass, let go, and press step: each step is one product with Ā.";
  const [p, v] = dots[dots.length - 2], [a, b] = rule.A[0], u = pushes[pushes.length - 1];
  const term = (x: number, y: number): string => `${fixed(x, 3)} · ${y < 0 ? `(${fixed(y, 3)})` : fixed(y, 3)}`;
  return `position ${fixed(dots[dots.length - 1][0], 3)} = ${term(a, p)} + ${term(b, v)} + ${term(rule.B[0], u)}: ` +
    `the ` +
    `first row of Ā times (position, velocity), and B̄ times the push.`;
}
