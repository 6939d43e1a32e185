import { F, grad, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const SCORES: Pair = [-6, 6], LOSSES: Pair = [0, 6.4], SLOPES: Pair = [-1.15, 0.15], POINTS = 241, MOST = 60;
const GRID = Array.from({ length: POINTS }, (_, i) => SCORES[0] + (SCORES[1] - SCORES[0]) * i / (POINTS - 1));

interface Loss { readonly name: string; readonly of: (z: Tensor) => Tensor; readonly colour: Colour;
  readonly dash: readonly number[] }
/** Losses of a score z whose right answer is yes; each number by itself. */
const KINDS: readonly Loss[] = [
  { name: "cross-entropy", of: (z) => F.binaryCrossEntropyWithLogits(z, z.mul(0).add(1), { reduction: "none" }),
    colour: "series-1", dash: [] },
  { name: "hinge", of: (z) => F.hingeLoss(z, z.mul(0).add(1), { reduction: "none" }), colour: "series-2",
    dash: [10, 4] },
  { name: "squared error of σ(z)", of: (z) => F.mseLoss(z.sigmoid(), z.mul(0).add(1), { reduction: "none" }),
    colour: "series-3", dash: [4, 3] },
];
const SQUARED = 2, ENTROPY = 0;

interface Curve { readonly values: readonly number[]; readonly slopes: readonly number[] }
/** Loss and slope at some scores, by the engine. */
function measure({ of }: Loss, scores: readonly number[]): Curve {
  const z = tensor([...scores], { requiresGrad: true }), loss = of(z.add(0));
  return { values: Array.from(loss.dataSync()), slopes: Array.from(grad(loss.sum(), [z])[0]!.dataSync()) };
}
interface Run { readonly z: number; readonly loss: number; readonly slope: number; readonly losses: readonly number[] }
interface State { readonly rate: number; start: number; steps: number; readonly curves: readonly Curve[]; runs: Run[] }
const at = (kind: Loss, z: number, before: readonly number[]): Run => {
  const { values: [loss], slopes: [slope] } = measure(kind, [z]);
  return { z, loss, slope, losses: [...before, loss] };
};
const restart = (state: State): State => ({ ...state, steps: 0,
  runs: KINDS.map((kind) => at(kind, state.start, [])) });
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

interface Layout { readonly loss: Plot; readonly slope: Plot; readonly y: number; readonly height: number;
  readonly wide: boolean }
function layout(width: number): Layout {
  const wide = width >= 600, w = wide ? (width - 116) / 2 : width - 54, h = wide ? Math.min(320, w * 0.85) : 220;
  const loss = plot({ left: 38, top: 30, width: w, height: h, x: SCORES, y: LOSSES, xLabel: "score z",
    yLabel: "loss, when yes is right", xTicks: 6 });
  const slope = plot({ left: wide ? w + 98 : 38, top: wide ? 30 : loss.bottom + 72, width: w, height: h, x: SCORES,
    y: SLOPES, xLabel: "score z", yLabel: "slope of the loss", zero: true, xTicks: 6 });
  const y = slope.bottom + 64;
  return { loss, slope, y, height: y + 4 * 25 + 4, wide };
}

export default defineFigure({
  id: "sure-and-wrong",
  title: "Sure, and wrong",
  question: "The right answer is yes, and the score says a firm no. Which loss gets it out?",
  params: {
    rate: { kind: "number", label: "learning rate", value: 1, min: 0.2, max: 4, step: 0.2 },
  },
  init: ({ rate }): State => restart({ rate, start: -5, steps: 0, runs: [],
    curves: KINDS.map((kind) => measure(kind, GRID)) }),
  step(state) {
    state.runs = state.runs.map(({ z, slope, losses }, i) => at(KINDS[i], z - state.rate * slope, losses));
    state.steps++;
    return state;
  },
  done: (state) => state.steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const z = layout(action.width).loss.x.invert(action.x);
    return restart({ ...state, start: Math.round(clamp(z, [-5.8, 5.8]) * 10) / 10 });
  },
  snapshot: ({ rate, start, steps, curves, runs }) => ({ rate, start, steps, curves, runs: [...runs] }),

  view({ start, steps, curves, runs }, { width }: Frame): Scene {
    const { loss, slope, y, height, wide } = layout(width), marks: Mark[] = [...loss.marks, ...slope.marks];
    // Right or wrong, and nothing else: the loss that is meant, with no slope to follow.
    marks.push({ kind: "line", points: [loss.point(-6, 1), loss.point(0, 1), loss.point(0, 0), loss.point(6, 0)],
      stroke: "ink-3", width: 1.5 }, { kind: "text", x: loss.x(1.1), y: loss.y(1) + 1, text: "0: right, 1: wrong",
      size: 12, fill: "ink-2" });
    KINDS.forEach(({ colour, dash }, i) => {
      const style = { stroke: colour, width: 2.5, ...(dash.length === 0 ? {} : { dash }) };
      marks.push(...path(loss, GRID.map((z, k) => [z, curves[i].values[k]]), style),
        ...path(slope, GRID.map((z, k) => [z, curves[i].slopes[k]]), style));
    });
    const x = loss.x(start);
    marks.push({ kind: "line", points: [[x, loss.top], [x, loss.bottom]], stroke: "ink-2", width: 1, dash: [3, 3] });
    runs.forEach((run, i) => {
      const z = clamp(run.z, SCORES), style = { r: 6, fill: KINDS[i].colour, stroke: "plate" as const, width: 2 };
      const [lx, ly] = loss.point(z, clamp(run.loss, LOSSES)), [sx, sy] = slope.point(z, clamp(run.slope, SLOPES));
      marks.push({ kind: "disc", x: lx, y: ly, ...style, title: `${KINDS[i].name}: loss ${fixed(run.loss, 3)}` },
        { kind: "disc", x: sx, y: sy, ...style, title: `${KINDS[i].name}: slope ${fixed(run.slope, 3)}` });
    });
    marks.push({ kind: "disc", x, y: loss.bottom, r: 9, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "start", label: `score at the start, ${fixed(start, 1)}`, drag: "x", step: 6 } });
    const columns = wide ? [14, 0.44 * width, 0.58 * width, 0.72 * width, 0.86 * width]
      : [14, 0, width - 150, width - 82, width - 12];
    const put = (column: number, row: number, text: string, extra: Partial<Mark & { kind: "text" }> = {}): void => {
      if (columns[column] > 0) marks.push({ kind: "text", x: columns[column], y: y + 25 * row, text, anchor: "end",
        role: "number", size: 14, ...extra });
    };
    put(0, 0, steps === 0 ? "at the start" : wide ? `after ${count(steps, "step")}` : `step ${steps}`,
      { anchor: "start", role: "label", bold: true });
    ["score", "p = σ(z)", "loss", "slope"].forEach((head, i) => put(i + 1, 0, wide || i !== 1 ? head : "p",
      { role: "label", size: 13, fill: "ink-2" }));
    KINDS.forEach(({ name, colour, dash }, i) => {
      const run = runs[i], level = y + 25 * (i + 1) - 5;
      marks.push({ kind: "line", points: [[14, level], [wide ? 48 : 36, level]], stroke: colour, width: 2.5,
        ...(dash.length === 0 ? {} : { dash }) });
      marks.push({ kind: "text", x: wide ? 58 : 42, y: y + 25 * (i + 1), text: wide || i !== SQUARED ? name
        : "squared", size: 14 });
      [fixed(run.z), fixed(sigmoid(run.z), 3), fixed(run.loss, 3), fixed(run.slope, 3)].forEach((text, k) =>
        put(k + 1, i + 1, text));
    });
    return { width, height, marks };
  },
  describe({ start, steps, runs }) {
    const p = runs.map(({ z }, i) => `${KINDS[i].name} ${fixed(sigmoid(z), 3)}`).join(", ");
    if (steps === 0) return `At score ${fixed(start, 1)} the unit says yes with probability ` +
      `${fixed(sigmoid(start), 3)}. The slopes there: ` +
      `${runs.map(({ slope }, i) => `${KINDS[i].name} ${fixed(slope, 3)}`).join(", ")}.`;
    return `After ${count(steps, "step")} from score ${fixed(start, 1)} the probability of yes is: ${p}.`;
  },
  table: ({ runs }) => ({ head: ["loss function", "score", "probability", "loss", "slope"],
    rows: runs.map(({ z, loss, slope }, i) => [KINDS[i].name, fixed(z, 3), fixed(sigmoid(z), 4), fixed(loss, 4),
      fixed(slope, 4)]) }),
  invariants: [
    { name: "the slope of cross-entropy is p − 1", holds: ({ runs }) =>
      Math.abs(runs[ENTROPY].slope - (sigmoid(runs[ENTROPY].z) - 1)) < 1e-5 },
    { name: "the slope of the squared error is cross-entropy’s times 2p(1 − p)", holds: ({ curves }) =>
      GRID.every((z, k) => {
        const p = sigmoid(z);
        return Math.abs(curves[SQUARED].slopes[k] - 2 * p * (1 - p) * curves[ENTROPY].slopes[k]) < 1e-5;
      }) },
    { name: "the slope of the squared error is never beyond 8/27", holds: ({ curves }) =>
      curves[SQUARED].slopes.every((slope) => Math.abs(slope) <= 8 / 27 + 1e-5) },
    { name: "no step makes cross-entropy larger", holds: ({ runs: { [ENTROPY]: { losses } } }) =>
      losses.every((loss, i) => i === 0 || loss <= losses[i - 1] + 1e-6) },
  ],
  cell: ({ rate }) => "import { F, grad, tensor } from \"gradus\";\n\n" +
    "const yes = tensor(1);\nlet z = -5;\nfor (let step = 0; step < 20; step++) {\n" +
    "  const score = tensor(z, { requiresGrad: true });\n" +
    "  const loss = F.mseLoss(score.sigmoid(), yes);   // or F.binaryCrossEntropyWithLogits(score, yes)\n" +
    `  z -= ${rate} * grad(loss, [score])[0].itemSync();\n}\nz;`,
});
