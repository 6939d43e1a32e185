import { classical, F, grad, linalg, tensor, type Tensor } from "gradus";
import { loadIris } from "gradus/data";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip, rectangle } from "@gradus/lessons/draw/clip";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const NAMES = ["sepal length", "sepal width", "petal length", "petal width"];
const VIEWS = { "petals": [2, 3], "sepals": [0, 1] } as const;
const PLANE: Pair = [-2.9, 2.9], SCORES: Pair = [-9, 9], CLOSE = 1e-6, MOST = 600;

interface State {
  readonly method: "gradient descent" | "Newton";
  readonly axes: Pair;
  /** Two lengths, in standard deviations from their mean; versicolor is 0, virginica 1. */
  readonly x: readonly Pair[];
  readonly y: readonly number[];
  /** Two weights and the intercept; and where another program, by itself, ends. */
  weights: number[];
  readonly goal: readonly number[];
  gradient: number[];
  loss: number;
  steps: number;
  /** A flower to ask about. */
  ask: Pair;
}
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const scoreAt = (w: readonly number[], [a, b]: Pair): number => w[0] * a + w[1] * b + w[2];

/** The mean cross-entropy with a little penalty, (|w|² / 2) / n, as `classical.LogisticRegression` has it. */
function lossOf(w: Tensor, rows: Tensor, target: Tensor): Tensor {
  const z = rows.matmul(w.unsqueeze(1)).squeeze(1), n = rows.shape[0];
  const entropy = F.binaryCrossEntropyWithLogits(z, target, { reduction: "sum" });
  return entropy.add(w.narrow(0, 0, 2).square().sum().div(2)).div(n);
}
function measured(state: State): State {
  const w = tensor([...state.weights], { requiresGrad: true });
  const loss = lossOf(w, tensor(state.x.map(([a, b]) => [a, b, 1])), tensor([...state.y]));
  const [gradient] = grad(loss, [w]);
  return { ...state, loss: loss.itemSync(), gradient: Array.from(gradient!.dataSync()) };
}
const apart = ({ weights, goal }: Pick<State, "weights" | "goal">): number =>
  Math.max(...weights.map((w, i) => Math.abs(w - goal[i])));
const right = ({ x, y, weights }: Pick<State, "x" | "y" | "weights">): number =>
  x.filter((row, i) => (scoreAt(weights, row) > 0 ? 1 : 0) === y[i]).length;

interface Layout { readonly plane: Plot; readonly curve: Plot; readonly height: number; readonly y: number;
readonly narrow: boolean }
function layout(width: number, axes: Pair): Layout {
  const narrow = width < 600, side = narrow ? width - 62 : Math.min(400, (width - 124) / 2);
  const { at: [a, b] } = panels(width, { shares: [1, 1], height: side + 60, heights: [side + 66, 300], narrow: 600,
    gap: 20 });
  const plane = plot({ left: a.x + 26, top: a.y + 30, width: side, height: side, x: PLANE, y: PLANE,
    xLabel: `${NAMES[axes[0]]}, standardised`, yLabel: NAMES[axes[1]] });
  const bend = plot({ left: b.x + 26, top: b.y + 30, width: side, height: narrow ? 220 : side, x: SCORES, y: [0, 1],
    xLabel: "score z", yLabel: "probability of virginica", zero: true });
  return { plane, curve: bend, y: bend.bottom + 60, height: bend.bottom + 60 + 64, narrow };
}

export default defineFigure({
  id: "logistic-boundary",
  title: "A line that says how sure it is",
  question: "Where does the model change its mind, and how fast?",
  params: {
    view: { kind: "choice", label: "features", value: "petals", choices: Object.keys(VIEWS) as (keyof typeof VIEWS)[] },
    method: { kind: "choice", label: "method", value: "gradient descent", choices: ["gradient descent", "Newton"] },
  },
  async init({ view, method }): Promise<State> {
    const { features, labels } = await loadIris(), axes = VIEWS[view];
    const rows = [...labels.keys()].filter((i) => labels[i] > 0);
    const raw = rows.map((i) => axes.map((axis) => features[4 * i + axis]));
    const x = new classical.StandardScaler().fit(raw).transform(raw).map((row): Pair => [row[0], row[1]]);
    const y = rows.map((i) => labels[i] - 1);
    const [goal] = new classical.LogisticRegression().fit(x, y).weights;
    return measured({ method, axes, x, y, weights: [0, 0, 0], goal: Array.from(goal), gradient: [], loss: 0, steps: 0,
      ask: [0.8, -0.6] });
  },
  step(state) {
    let move = state.gradient.map((g) => 2 * g);
    if (state.method === "Newton") {
      // Second derivatives: X^T diag(p (1 - p)) X, plus the penalty.
      const rows = tensor(state.x.map(([a, b]) => [a, b, 1])), n = state.x.length;
      const p = state.x.map((row) => sigmoid(scoreAt(state.weights, row)));
      const weighted = rows.mul(tensor(p.map((v) => v * (1 - v))).unsqueeze(1));
      const curvature = rows.T.matmul(weighted).add(tensor([[1, 0, 0], [0, 1, 0], [0, 0, 0]])).div(n);
      move = Array.from(linalg.solve(curvature, tensor(state.gradient)).dataSync());
    }
    return measured({ ...state, weights: state.weights.map((w, i) => w - move[i]), steps: state.steps + 1 });
  },
  done: (state) => apart(state) < CLOSE || state.steps >= MOST,
  act(state, action): State {
    if (action.type !== "drag") return state;
    const { plane } = layout(action.width, state.axes);
    return { ...state, ask: [plane.x.invert(action.x), plane.y.invert(action.y)] };
  },
  snapshot: (state): State => ({ ...state, weights: [...state.weights], gradient: [...state.gradient] }),

  view(shot, { width }: Frame): Scene {
    const { plane, curve: bend, y, height, narrow } = layout(width, shot.axes), { weights, x, ask, steps } = shot;
    const marks: Mark[] = [...plane.marks, ...bend.marks];
    const yes = clip(rectangle(PLANE, PLANE), weights[0], weights[1], weights[2]);
    if (steps > 0 && yes.length > 2) {
      marks.push({ kind: "line", closed: true, points: yes.map((p) => plane.point(...p)), fill: "ink-3", stroke: "none",
        hatch: true, opacity: 0.22 });
    }
    // Lines of equal probability: the boundary, and where the odds are 9 to 1 either way.
    for (const z of steps > 0 ? [-Math.log(9), 0, Math.log(9)] : []) {
      const ends = clip(rectangle(PLANE, PLANE), weights[0], weights[1], weights[2] - z).filter((p) =>
        Math.abs(scoreAt(weights, p) - z) < 1e-9 * (1 + Math.hypot(...weights)));
      if (ends.length !== 2) continue;
      marks.push({ kind: "line", points: ends.map((p) => plane.point(...p)), stroke: z === 0 ? "ink" : "ink-2",
        width: z === 0 ? 2.5 : 1.2, ...(z === 0 ? {} : { dash: [5, 4] }),
          title: `probability ${fixed(sigmoid(z), 1)}` });
    }
    x.forEach((row, i) => {
      const [px, py] = plane.point(clamp(row[0], PLANE), clamp(row[1], PLANE));
      marks.push(flower(px, py, shot.y[i]));
      const z = scoreAt(weights, row), [sx, sy] = bend.point(clamp(z, SCORES), shot.y[i]);
      marks.push({ kind: "line", points: [[sx, sy - 5], [sx, sy + 5]], stroke: shot.y[i] === 1 ? "series-2"
        : "series-1", width: 1.4, opacity: 0.75 });
    });
    marks.push(...curve(bend, sigmoid, { stroke: "ink", width: 2.2 }));
    const z = scoreAt(weights, ask), p = sigmoid(z), [ax, ay] = plane.point(...ask);
    const [bx, by] = bend.point(clamp(z, SCORES), p);
    marks.push({ kind: "line", points: [[bx, bend.bottom], [bx, by], [bend.left, by]], stroke: "ink-2", width: 1,
      dash: [3, 3] }, { kind: "disc", x: bx, y: by, r: 6, fill: "mark", stroke: "ink", width: 2 });
    marks.push({ kind: "disc", x: ax, y: ay, r: 9, fill: "mark", stroke: "ink", width: 2, handle: { id: "ask",
      label: `a new flower: probability of virginica ${fixed(p, 3)}`, drag: "xy", step: 8 } });
    marks.push({ kind: "text", x: 14, y, size: 13, fill: "ink-2", text: narrow
      ? "○ versicolor  □ virginica (hatched side)"
      : "rings: versicolor; squares: virginica, the hatched side; dashed: 1 to 9 and 9 to 1" });
    marks.push({ kind: "text", x: 14, y: y + 24, size: 14, role: "number", text:
      `yellow: z = ${fixed(z)}, p = ${fixed(p, 3)}; right ${right(shot)} of ${x.length}` });
    marks.push({ kind: "text", x: 14, y: y + 48, size: 14, role: "number", text: narrow
      ? `loss ${fixed(shot.loss, 4)}; from the goal ${fixed(apart(shot), 6)}`
      : `${count(steps, "step")}: loss ${fixed(shot.loss, 6)}; weights ` +
        `${weights.map((w) => fixed(w, 3)).join(", ")}; from the library’s: ${fixed(apart(shot), 6)}` });
    return { width, height, marks };
  },
  describe(shot) {
    const { weights, steps, x, loss, ask } = shot;
    if (steps === 0) return `All weights are 0: every flower gets probability ${fixed(0.5, 1)}, and the loss is ` +
      `${fixed(loss, 4)}, the logarithm of 2.`;
    return `After ${count(steps, "step")} the loss is ${fixed(loss, 4)} and ${right(shot)} of ${x.length} flowers ` +
      `(${percent(right(shot) / x.length, 0)}) are on their side. The weights are ` +
      `${weights.map((w) => fixed(w, 3)).join(", ")}, at most ${fixed(apart(shot), 6)} from those that the library ` +
      `finds by its own program. The new flower has probability ` +
      `${fixed(sigmoid(scoreAt(weights, ask)), 3)}.`;
  },
  table: ({ weights, goal, gradient, axes }) => ({ head: ["", "weight", "goal", "gradient"],
    rows: [NAMES[axes[0]], NAMES[axes[1]], "intercept"].map((name, i) => [name, fixed(weights[i], 6), fixed(goal[i], 6),
      fixed(gradient[i], 6)]) }),
  invariants: [
    { name: "autograd's gradient is the mean of (p − y) x, plus the penalty", holds: ({ x, y, weights, gradient }) =>
      [0, 1, 2].every((k) => {
        const errors = x.reduce((sum, row, i) => sum + (sigmoid(scoreAt(weights, row)) - y[i]) * [...row, 1][k], 0);
        return Math.abs((errors + (k < 2 ? weights[k] : 0)) / x.length - gradient[k]) < 2e-6;
      }) },
    { name: "zero weights cost log 2, and no step costs more than that", holds: ({ loss, steps }) =>
      (steps === 0 ? Math.abs(loss - Math.LN2) < 1e-5 : loss < Math.LN2) },
  ],
});

/** Rings for class 0, squares for class 1. */
const flower = (x: number, y: number, label: number): Mark => (label === 1
  ? { kind: "box", x: x - 4, y: y - 4, w: 8, h: 8, fill: "series-2", stroke: "series-2", width: 1.5, opacity: 0.75 }
  : { kind: "disc", x, y, r: 4.2, fill: "none", stroke: "series-1", width: 1.8 });
