import { tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { clamp } from "@gradus/lessons/draw/scale";
import { paragraph, subscript } from "@gradus/lessons/draw/text";
import { discretise, stepped, type Discrete } from "../systems.ts";

const LENGTH = 12, MOST = 1.1, ROW = 80;
/** Continuous systems of two states, x' = A x + B u, y = C x. */
const SYSTEMS = {
  "one leak": { A: [[-0.5, 0], [0, -1]], B: [1, 0], C: [0.9, 0] },
  "two leaks": { A: [[-0.15, 0], [0, -1.2]], B: [1, 1], C: [0.5, 0.7] },
  "a swing": { A: [[0, 1], [-1.2, -0.25]], B: [0, 1], C: [1.1, 0] },
} as const;
const FIRST = [0, 1, 0, 0, 0, -0.8, 0, 0, 0.5, 0.5, 0, 0];

interface State {
  readonly rule: Discrete; readonly C: readonly number[];
  /** What one push of 1 leaves in the output, 0, 1, 2, ... steps later. */
  readonly kernel: number[];
  input: number[];
  /** States and outputs of the recurrence, outputs of the convolution. */
  states: number[][]; stepwise: number[]; convolved: number[];
  /** How many outputs are there to see. */
  shown: number;
}
async function run(state: State): Promise<State> {
  const { rule, C, input, kernel } = state;
  state.states = [];
  for (const u of input) state.states.push(stepped(rule, state.states[state.states.length - 1] ?? [0, 0], u));
  state.stepwise = state.states.map((x) => dot(C, x));
  // Row t of a Toeplitz matrix holds the kernel, turned round and moved to t.
  const rows = input.map((_, t) => input.map((__, k) => (k <= t ? kernel[t - k] : 0)));
  state.convolved = Array.from(await tensor(rows).matmul(tensor(input)).data());
  return state;
}
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

interface Layout { readonly left: number; readonly column: number; middle(row: number): number;
  readonly height: number }
function layout(width: number): Layout {
  const left = 14;
  return { left, column: (width - 2 * left) / LENGTH, middle: (row) => 62 + row * (ROW + 22),
    height: 62 + 4 * (ROW + 22) + 66 + (width < 640 ? 82 : 34) };
}
const TALL = ROW / 2 - 6;
const heightOf = (value: number): number => clamp(value / MOST, [-1, 1]) * TALL;

export default defineFigure({
  id: "two-views",
  title: "One output, computed twice",
  question: "Walk through time with a state, or lay one pattern over the past: do the numbers agree?",
  params: {
    system: { kind: "choice", label: "system", value: "two leaks", choices: ["one leak", "two leaks", "a swing"] },
    delta: { kind: "number", label: "step Δ", value: 0.8, min: 0.1, max: 2, step: 0.1 },
  },
  async init({ system, delta }): Promise<State> {
    const { A, B, C } = SYSTEMS[system], rule = await discretise(A.map((row) => [...row]), [...B], delta, "hold");
    const kernel: number[] = [];
    for (let k = 0, x: number[] = [...rule.B]; k < LENGTH; k++, x = stepped(rule, x, 0)) kernel.push(dot(C, x));
    return run({ rule, C, kernel, input: [...FIRST], states: [], stepwise: [], convolved: [], shown: 0 });
  },
  step(state) {
    state.shown++;
    return state;
  },
  done: ({ shown }) => shown >= LENGTH,
  act(state, action) {
    if (action.type !== "drag") return state;
    const value = clamp((layout(action.width).middle(0) - action.y) / TALL * MOST, [-MOST, MOST]);
    state.input = state.input.map((old, i) => (`u:${i}` === action.id ? Math.round(10 * value) / 10 + 0 : old));
    return run(state);
  },
  snapshot: (state): State => ({ ...state, input: [...state.input] }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { input, kernel, states, stepwise, convolved, shown } = shot, t = shown - 1;
    const x = (i: number): number => at.left + (i + 0.5) * at.column, wide = Math.min(at.column * 0.62, 34);
    const marks: Mark[] = [];
    const label = (row: number, text: string): void => {
      marks.push({ kind: "text", x: at.left, y: at.middle(row) - ROW / 2 - 4, text, size: 13, fill: "ink-2" },
        { kind: "line", points: [[at.left, at.middle(row)], [width - at.left, at.middle(row)]], stroke: "hair",
          width: 1 });
    };
    if (t >= 0) marks.push({ kind: "box", x: x(t) - at.column / 2 + 1, y: at.middle(0) - TALL - 4, w: at.column - 2,
      h: at.middle(4) - at.middle(0) + 2 * TALL + 8, fill: "mark", opacity: 0.35, round: 4 });
    label(0, "input u: drag the bars");
    label(1, width < 640 ? "recurrence: two numbers of state" : "recurrence: the state, two numbers, made from " +
      "the last");
    label(2, "convolution: the kernel, turned round, ending now");
    label(3, width < 640 ? "products; their sum is the output"
      : "products, kernel times input: their sum is the output");
    label(4, width < 640 ? "output: disc recurrence, ring convolution"
      : "output y: disc by the recurrence, ring by the convolution");
    const bar = (row: number, i: number, value: number): Mark => {
      const h = heightOf(value), colour = colourOf(value, 3);
      return { kind: "box", x: x(i) - wide / 2, y: at.middle(row) - Math.max(h, 0), w: wide, h: Math.max(Math.abs(h),
        1),
        fill: colour, ...(value < 0 ? { hatch: true } : {}), title: fixed(value, 3) };
    };
    input.forEach((u, i) => {
      marks.push(bar(0, i, u), { kind: "disc", x: x(i), y: at.middle(0) - heightOf(u), r: Math.min(7,
        at.column / 2 - 4),
        fill: "paper", stroke: "ink", width: 2,
        handle: { id: `u:${i}`, drag: "y", label: `input ${i}, ${fixed(u, 1)}`, step: TALL / MOST / 10 } });
    });
    const size = Math.min(22, at.column - 5);
    for (let i = 0; i <= t; i++) {
      [0, 1].forEach((k) => {
        const y = at.middle(1) + (k === 0 ? -16 : 16);
        if (i > 0) marks.push({ kind: "line", points: [[x(i - 1) + size / 2, y], [x(i) - size / 2, y]], stroke: "ink-3",
          width: 1 });
        marks.push({ ...glyph("value", states[i][k], x(i), y, size, MOST), title: fixed(states[i][k], 3) });
      });
      marks.push(bar(2, i, kernel[t - i]), bar(3, i, kernel[t - i] * input[i]));
      const y = at.middle(4);
      marks.push({ kind: "line", points: [[x(i), y], [x(i), y - heightOf(stepwise[i])]], stroke: "ink-3", width: 1.5 },
        { kind: "disc", x: x(i), y: y - heightOf(stepwise[i]), r: 4, fill: "ink", title: fixed(stepwise[i], 3) },
        { kind: "disc", x: x(i), y: y - heightOf(convolved[i]), r: 8, fill: "none", stroke: "ink", width: 1.5 });
    }
    const every = width < 640 ? 2 : 1;
    for (let i = 0; i < LENGTH; i += every) marks.push({ kind: "text", x: x(i), y: at.middle(4) + ROW / 2 + 14,
      text: String(i), anchor: "middle", role: "number", size: 12, fill: i === t ? "ink" : "ink-2" });
    marks.push({ kind: "text", x: width - at.left, y: at.middle(4) + ROW / 2 + 30, anchor: "end", text: "time t",
      size: 13,
      fill: "ink-2" });
    marks.push(...paragraph(equation(shot), at.left, at.height - (width < 640 ? 72 : 28), width - 2 * at.left - 20,
      { fill: "ink" }));
    return { width, height: at.height, marks };
  },
  describe(shot) {
    const { shown, stepwise, convolved, states, input, kernel } = shot, t = shown - 1;
    if (t < 0) return `The kernel begins ${kernel.slice(0, 4).map((v) => fixed(v, 3)).join(", ")}: what one push ` +
      `of 1 ` +
      `leaves in the output. Press step to read the first of ${LENGTH} inputs.`;
    const terms = input.slice(0, t + 1).filter((u) => u !== 0).length;
    return `At time ${t} the input is ${fixed(input[t], 1)} and the state becomes ` +
      `(${states[t].map((v) => fixed(v, 3)).join(", ")}), so the recurrence gives ${fixed(stepwise[t], 4)}. The ` +
      `convolution adds ${t + 1} products, ${terms} of them not zero, and gives ${fixed(convolved[t], 4)}.`;
  },
  table: ({ input, kernel, stepwise, convolved }) => ({ head: ["t", "input", "kernel", "by recurrence",
    "by convolution"],
    rows: input.map((u, i) => [String(i), fixed(u, 1), fixed(kernel[i], 4), fixed(stepwise[i], 4),
      fixed(convolved[i], 4)]) }),
  invariants: [
    { name: "recurrence and convolution give the same output", holds: ({ stepwise, convolved }) =>
      stepwise.every((y, i) => Math.abs(y - convolved[i]) < 1e-4) },
    { name: "the output is linear in the input: the kernel is the answer to a single 1", holds({ rule, C, kernel }) {
      let x = [0, 0];
      return kernel.every((value, k) => {
        x = stepped(rule, x, k === 0 ? 1 : 0);
        return Math.abs(dot(C, x) - value) < 1e-6;
      });
    } },
  ],
  cell: ({ system, delta }) => {
    const { A, B, C } = SYSTEMS[system];
    return [
      "import { concat, linalg, tensor, zeros } from \"gradus\";", "",
      `const A = tensor(${JSON.stringify(A)}), B = tensor(${JSON.stringify(B.map((v) => [v]))}), C = tensor(${
        JSON.stringify([C])});`,
      `const block = concat([concat([A, B], 1), zeros([1, 3])], 0), held = linalg.expm(block.mul(${delta}));`,
      "const Abar = held.narrow(0, 0, 2).narrow(1, 0, 2), Bbar = held.narrow(0, 0, 2).narrow(1, 2, 1);",
      "const kernel = [];",
      "for (let k = 0, x = Bbar; k < 12; k++, x = Abar.matmul(x)) kernel.push((await C.matmul(x).item()).toFixed(4));",
      "console.log(kernel.join(\" \"));",
    ].join("\n");
  },
});

/** The output at this time, both ways, in numbers. */
function equation({ shown, states, C, stepwise, kernel, input, convolved }: State): string {
  const t = shown - 1;
  if (t < 0) return "Press step: the left of every row is the past.";
  const [c0, c1] = C, [x0, x1] = states[t], minus = (v: number): string => (v < 0 ? `(${fixed(v, 2)})` : fixed(v, 2));
  const terms = input.slice(0, t + 1).flatMap((u, i) => (u === 0 ? [] : [`${minus(kernel[t - i])} · ${minus(u)}`]));
  const sum = terms.length === 0 ? "0" : terms.length > 4 ? `${terms.slice(0, 3).join(" + ")} + …` : terms.join(" + ");
  return `y${subscript(t)} = C x = ${fixed(c0, 2)} · ${minus(x0)} + ${fixed(c1, 2)} · ${minus(x1)} = ` +
    `${fixed(stepwise[t], 3)}; by the kernel ${sum} = ${fixed(convolved[t], 3)}`;
}
