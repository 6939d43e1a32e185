import { Generator, randn } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { paragraph, subscript } from "@gradus/lessons/draw/text";

const SPACE: Pair = [-2.6, 2.6], LENGTHS: Pair = [0, 4], MOST = 150, RULES = ["Hebb", "Oja"] as const;

interface State {
  readonly rule: (typeof RULES)[number];
  readonly rate: number;
  readonly inputs: readonly Pair[];
  w: Pair;
  shown: number;
  /** Length of the weights after each step. */
  lengths: number[];
  last: { readonly x: Pair; readonly y: number; readonly before: Pair } | null;
}
const dot = (a: Pair, b: Pair): number => a[0] * b[0] + a[1] * b[1];
const length = (a: Pair): number => Math.sqrt(dot(a, a));
/** One step of the rule: Hebb adds the input times the answer; Oja takes off the answer squared times the weights. */
function learn({ rule, rate }: Pick<State, "rule" | "rate">, w: Pair, x: Pair): Pair {
  const y = dot(w, x), leak = rule === "Oja" ? y : 0;
  return [w[0] + rate * y * (x[0] - leak * w[0]), w[1] + rate * y * (x[1] - leak * w[1])];
}
/** The direction in which the inputs vary most: the longer axis of their table of mean products. */
function mainDirection(inputs: readonly Pair[]): Pair {
  const mean = (i: 0 | 1, k: 0 | 1): number => inputs.reduce((sum, x) => sum + x[i] * x[k], 0) / inputs.length;
  const angle = Math.atan2(2 * mean(0, 1), mean(0, 0) - mean(1, 1)) / 2;
  return [Math.cos(angle), Math.sin(angle)];
}

interface Layout { readonly plane: Plot; readonly curve: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 330, heights: [330, 210], narrow: 600,
    gap: 26 });
  const size = Math.min(a.w - 40, 290);
  const plane = plot({ left: a.x + 30, top: a.y + 32, width: size, height: size, x: SPACE, y: SPACE, zero: true,
    xLabel: "x₁, w₁", yLabel: "x₂, w₂" });
  const top = stacked ? plane.bottom + 70 : a.y + 32;
  const curve = plot({ left: b.x + 34, top, width: b.w - 48, height: stacked ? 150 : 200, x: [0, MOST], y: LENGTHS,
    xLabel: "inputs", yLabel: "length of the weights" });
  return { plane, curve, height: Math.max(plane.bottom, curve.bottom) + (width < 420 ? 140 : 98) };
}

export default defineFigure({
  id: "hebb",
  title: "A synapse that helps grows",
  question: "Where do weights go that nobody corrects?",
  params: {
    rule: { kind: "choice", label: "rule", value: "Hebb", choices: RULES },
    rate: { kind: "number", label: "learning rate", value: 0.03, min: 0.01, max: 0.1, step: 0.01 },
    together: { kind: "number", label: "how much the inputs go together", value: 0.8, min: -0.9, max: 0.9, step: 0.1 },
  },
  async init({ rule, rate, together }, seed): Promise<State> {
    const draws = await randn([MOST, 2], { generator: new Generator(seed) }).array() as number[][];
    const rest = Math.sqrt(1 - together * together);
    const inputs = draws.map(([a, b]): Pair => [clamp(0.9 * a, SPACE), clamp(0.9 * (together * a + rest * b), SPACE)]);
    return { rule, rate, inputs, w: [0.6, -0.2], shown: 0, lengths: [length([0.6, -0.2])], last: null };
  },
  step(state) {
    const x = state.inputs[state.shown], before = state.w;
    state.w = learn(state, before, x);
    state.shown++;
    state.lengths = [...state.lengths, length(state.w)];
    state.last = { x, y: dot(before, x), before };
    return state;
  },
  // Enough is seen when the weights have run away.
  done: ({ shown, w }) => shown >= MOST || length(w) > 100,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width), round = (v: number): number => Math.round(v * 20) / 20;
    state.w = [round(plane.x.invert(action.x)), round(plane.y.invert(action.y))];
    state.lengths = [...state.lengths.slice(0, -1), length(state.w)];
    state.last = null;
    return state;
  },
  snapshot: (state): State => ({ ...state }),

  view(shot, { width }: Frame): Scene {
    const { plane, curve, height } = layout(width), { inputs, w, shown, lengths, last, rule } = shot;
    const marks: Mark[] = [...plane.marks, ...curve.marks], [u, v] = mainDirection(inputs);
    const far = SPACE[1] / Math.max(Math.abs(u), Math.abs(v));
    marks.push({ kind: "line", points: [plane.point(-far * u, -far * v), plane.point(far * u, far * v)],
      stroke: "ink-3", width: 1.5, dash: [5, 4] });
    inputs.forEach(([x, y], i) => {
      const [px, py] = plane.point(x, y);
      marks.push({ kind: "disc", x: px, y: py, r: 3, fill: i < shown ? "ink-2" : "none", stroke: "ink-3", width: 1,
        opacity: i < shown ? 0.7 : 0.45 });
    });
    if (last !== null) {
      const [px, py] = plane.point(...last.x);
      marks.push({ kind: "disc", x: px, y: py, r: 9, fill: "mark", stroke: "ink", width: 2 });
    }
    // Weights outside the picture are drawn as far as its edge, in their own direction.
    const over = Math.max(1, Math.abs(w[0]) / SPACE[1], Math.abs(w[1]) / SPACE[1]);
    const [wx, wy] = plane.point(w[0] / over, w[1] / over);
    marks.push({ kind: "line", points: [plane.point(0, 0), [wx, wy]], stroke: "ink", width: 3 },
      { kind: "box", x: wx - 8, y: wy - 8, w: 16, h: 16, fill: "ink", stroke: "plate", width: 2,
        handle: { id: "weights", label: `weights ${fixed(w[0], 2)} and ${fixed(w[1], 2)}`, drag: "xy" } });
    marks.push({ kind: "text", x: plane.right, y: plane.top - 9, text: "dashed: where the inputs vary most", size: 12,
      fill: "ink-2", anchor: "end" });
    if (rule === "Oja") marks.push({ kind: "line", points: [curve.point(0, 1), curve.point(MOST, 1)], stroke: "ink-3",
      width: 1, dash: [3, 4] });
    marks.push(...path(curve, lengths.map((l, i): Pair => [i, l]), { stroke: "ink", width: 2 }));
    const now = clamp(lengths[shown], LENGTHS), [nx, ny] = curve.point(shown, now);
    marks.push({ kind: "disc", x: nx, y: ny, r: 6, fill: "mark", stroke: "ink", width: 2 });
    const line = Math.max(plane.bottom, curve.bottom) + 58;
    w.forEach((value, i) => {
      const x = 30 + 118 * i;
      marks.push(glyph("weight", value, x, line - 5, 15), { kind: "text", x: x + 15, y: line, role: "number", size: 14,
        text: `w${subscript(i + 1)} = ${fixed(value, 2)}` });
    });
    marks.push(...paragraph(equation(shot), 22, line + 24, width - 40, { size: 13, fill: "ink" }));
    return { width, height, marks };
  },
  describe(shot) {
    const { w, shown, inputs, rule } = shot, along = Math.abs(dot(w, mainDirection(inputs))) / (length(w) || 1);
    return `After ${shown} inputs by ${rule}’s rule the weights are ${fixed(w[0], 2)} and ${fixed(w[1], 2)}, their ` +
      `length is ${fixed(length(w), 2)}, and the cosine to the main direction is ${fixed(along, 3)}. ${equation(shot)}`;
  },
  table: ({ lengths }) => ({ head: ["inputs", "length of the weights"], rows: lengths.flatMap((l, i) =>
    (i % 10 === 0 || i === lengths.length - 1 ? [[String(i), fixed(l, 3)]] : [])) }),
  invariants: [
    { name: "Hebb’s plain rule never makes the weights shorter", holds: ({ rule, last, w }) => rule === "Oja"
      || last === null || length(w) >= length(last.before) - 1e-12 },
    { name: "plain Hebb moves the weights along the input", holds({ rule, last, w }) {
      if (rule === "Oja" || last === null) return true;
      const [dx, dy] = [w[0] - last.before[0], w[1] - last.before[1]];
      return Math.abs(dx * last.x[1] - dy * last.x[0]) < 1e-6 * (1 + length(w));
    } },
    { name: "the dashed direction is the one of the largest mean square", holds: ({ inputs }) => {
      const [u, v] = mainDirection(inputs);
      const spread = (d: Pair): number => inputs.reduce((sum, x) => sum + dot(d, x) ** 2, 0);
      return [0, 1, 2, 3, 4, 5].every((k) => spread([u, v]) >= spread([Math.cos(k / 2), Math.sin(k / 2)]) - 1e-9);
    } },
  ],
});

function equation({ last, rule, rate, w }: State): string {
  if (last === null) return "Press step to show one input, or drag the square of the weights.";
  const { x, y } = last, push = `${fixed(rate, 2)} · ${fixed(y, 2)} · `;
  const by = rule === "Oja" ? `(x ${y < 0 ? "+" : "−"} ${fixed(Math.abs(y), 2)} · w)`
    : `(${fixed(x[0], 2)}, ${fixed(x[1], 2)})`;
  return `y = w · x = ${fixed(y, 2)}: add ${push}${by}; the weights become (${fixed(w[0], 2)}, ${fixed(w[1], 2)}).`;
}
