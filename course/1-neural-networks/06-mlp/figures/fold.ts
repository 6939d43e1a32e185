import { F, manualSeed, nn, noGrad, optim, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { clip, rectangle } from "@gradus/lessons/draw/clip";
import { contour, type Grid } from "@gradus/lessons/draw/contour";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const UNITS = ["tanh", "sigmoid", "relu"] as const;
type Unit = (typeof UNITS)[number];
const ACTIVATIONS = { tanh: F.tanh, sigmoid: F.sigmoid, relu: F.relu };
/** What hidden units can give, with a little room. */
const ROOM: Readonly<Record<Unit, Pair>> = { tanh: [-1.2, 1.2], sigmoid: [-0.12, 1.12], relu: [-0.3, 3.5] };
const INPUTS: Pair = [-0.5, 1.5], SIDE = 25, LINES = 9, EACH = 10, MOST = 60;
const START: readonly Point[] = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]];
type Point = readonly [x: number, y: number, target: number];

interface State {
  readonly unit: Unit;
  readonly hidden: nn.Linear;
  readonly out: nn.Linear;
  readonly optimizer: optim.Adam;
  points: readonly Point[];
  updates: number;
}
const along = (i: number, n: number): number => INPUTS[0] + (INPUTS[1] - INPUTS[0]) * i / (n - 1);
/** A net of lines over the inputs, each as points in order. */
const NET: readonly (readonly Pair[])[] = [0, 1].flatMap((axis) => Array.from({ length: LINES }, (_, k) =>
  Array.from({ length: SIDE }, (_, i): Pair => (axis === 0 ? [along(k, LINES), along(i, SIDE)]
    : [along(i, SIDE), along(k, LINES)]))));
const ALL = Array.from({ length: SIDE * SIDE }, (_, i): Pair => [along(i % SIDE, SIDE), along(Math.floor(i / SIDE),
  SIDE)]);
const fold = ({ unit, hidden }: State, at: readonly Pair[]): Tensor =>
  ACTIVATIONS[unit](hidden.forward(tensor(at.map(([x, y]) => [x, y]))));
const pairs = (h: Tensor): Pair[] => (h.arraySync() as number[][]).map(([a, b]) => [a, b]);

interface Layout { readonly left: Plot; readonly right: Plot; readonly height: number }
function layout(width: number, unit: Unit): Layout {
  const { at: [a, b], stacked } = panels(width, { shares: [1, 1], height: 400, heights: [330, 330], narrow: 640,
    gap: 26 });
  const side = Math.min(a.w - 44, 380);
  const make = (p: typeof a, domain: Pair, xLabel: string, yLabel: string): Plot => plot({ left: p.x + 34,
    top: p.y + 34, width: side, height: side, x: domain, y: domain, xLabel, yLabel, xTicks: 4, yTicks: 4 });
  const right = make(stacked ? { ...b, y: side + 100 } : b, ROOM[unit], "h₁", "h₂");
  return { left: make(a, INPUTS, "x₁", "x₂"), right, height: right.bottom + 46 };
}

export default defineFigure({
  id: "fold",
  title: "A hidden layer moves the points until a line is enough",
  question: "No straight line solves XOR. So why can a network end in one?",
  params: {
    unit: { kind: "choice", label: "hidden activation", value: "tanh", choices: UNITS },
    rate: { kind: "number", label: "learning rate", value: 0.05, min: 0.01, max: 0.3, step: 0.01 },
  },
  init({ unit, rate }, seed): State {
    manualSeed(seed);
    const hidden = new nn.Linear(2, 2), out = new nn.Linear(2, 1);
    return { unit, hidden, out, points: START, updates: 0,
      optimizer: new optim.Adam([...hidden.parameters(), ...out.parameters()], { lr: rate }) };
  },
  step(state) {
    const x = tensor(state.points.map(([a, b]) => [a, b])), target = tensor(state.points.map(([, , t]) => [t]));
    for (let k = 0; k < EACH; k++) {
      state.optimizer.zeroGrad();
      const h = ACTIVATIONS[state.unit](state.hidden.forward(x));
      F.binaryCrossEntropyWithLogits(state.out.forward(h), target).backward();
      state.optimizer.step();
    }
    state.updates += EACH;
    return state;
  },
  done: ({ updates }) => updates >= EACH * MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { left } = layout(action.width, state.unit), i = Number(action.id.split(":")[1]);
    const at = [left.x.invert(action.x), left.y.invert(action.y)].map((v) => Math.round(clamp(v, INPUTS) * 20) / 20);
    state.points = state.points.map((point, k) => (k === i ? [at[0], at[1], point[2]] : point));
    return state;
  },
  snapshot: (state) => noGrad(() => {
    const at = state.points.map(([x, y]): Pair => [x, y]), h = fold(state, at), scores = state.out.forward(h);
    const targets = tensor(state.points.map(([, , t]) => [t]));
    return { unit: state.unit, points: state.points, updates: state.updates,
      moved: pairs(h), scores: [...scores.dataSync()],
      loss: F.binaryCrossEntropyWithLogits(scores, targets).itemSync(),
      w1: state.hidden.weight.arraySync() as number[][], b1: [...state.hidden.bias!.dataSync()],
      w2: [...state.out.weight.dataSync()], b2: state.out.bias!.itemSync(),
      net: NET.map((line) => pairs(fold(state, line))),
      heights: [...state.out.forward(fold(state, ALL)).dataSync()] };
  }),

  view(shot, { width }: Frame): Scene {
    const { left, right, height } = layout(width, shot.unit), marks: Mark[] = [...left.marks, ...right.marks];
    const room = ROOM[shot.unit], { w1, b1, w2, b2 } = shot;
    const title = (on: Plot, text: string): void => {
      marks.push({ kind: "text", x: on.left + 26, y: on.top - 10, text, size: 13, fill: "ink-2" });
    };
    title(left, "inputs; dashed: where a unit’s sum is 0");
    title(right, "the same, as the hidden units see it");
    for (const line of NET) marks.push(...path(left, line, { stroke: "hair", width: 1 }));
    for (const line of shot.net) marks.push(...path(right, line, { stroke: "ink-3", width: 1 }));
    const yes = clip(rectangle(room, room), w2[0], w2[1], b2);
    if (yes.length > 2) {
      marks.push({ kind: "line", closed: true, points: yes.map(([x, y]) => right.point(x, y)), fill: "ink-3",
        stroke: "none", hatch: true, opacity: 0.28 });
      const ends = yes.filter(([x, y]) => Math.abs(w2[0] * x + w2[1] * y + b2) < 1e-6);
      if (ends.length > 1) {
        marks.push({ kind: "line", points: [right.point(...ends[0]), right.point(...ends[ends.length - 1])],
          stroke: "ink", width: 2.5 });
      }
    }
    w1.forEach(([a, b], j) => {
      const cut = clip(rectangle(INPUTS, INPUTS), a, b, b1[j]).filter(([x, y]) =>
        Math.abs(a * x + b * y + b1[j]) < 1e-6);
      if (cut.length < 2) return;
      marks.push({ kind: "line", points: [left.point(...cut[0]), left.point(...cut[cut.length - 1])], stroke: "ink-2",
        width: 1.5, dash: [6, 4], title: `hidden unit ${j + 1}` });
    });
    const surface: Grid = { columns: SIDE, rows: SIDE, x: INPUTS, y: INPUTS, heights: shot.heights };
    for (const line of contour(surface, 0)) marks.push(...path(left, line, { stroke: "ink", width: 2.5 }));
    const dot = (on: Plot, at: Pair, i: number, handle: boolean): void => {
      const [, , target] = shot.points[i], [x, y] = on.point(clamp(at[0], on.x.domain), clamp(at[1], on.y.domain));
      const name = `${shot.points[i][0]}, ${shot.points[i][1]}`;
      marks.push({ kind: "disc", x, y, r: 8, fill: target === 1 ? "ink" : "plate", stroke: "ink", width: 2.5,
        title: `${name}: target ${target}, score ${fixed(shot.scores[i], 2)}`,
        ...(handle ? { handle: { id: `point:${i}`, label: `point ${name}, target ${target}`, drag: "xy" } } : {}) });
      if ((shot.scores[i] > 0 ? 1 : 0) === target) return;
      marks.push({ kind: "line", points: [[x + 9, y - 19], [x + 19, y - 9]], stroke: "bad", width: 2.5 },
        { kind: "line", points: [[x + 9, y - 9], [x + 19, y - 19]], stroke: "bad", width: 2.5 });
    };
    shot.points.forEach(([x, y], i) => { dot(left, [x, y], i, true); });
    shot.moved.forEach((at, i) => { dot(right, at, i, false); });
    return { width, height, marks };
  },
  describe: (shot) => told(shot),
  table: (shot) => ({ head: ["x₁", "x₂", "target", "h₁", "h₂", "score"], rows: shot.points.map(([x, y, t], i) =>
    [fixed(x), fixed(y), String(t), ...shot.moved[i].map((v) => fixed(v, 3)), fixed(shot.scores[i], 3)]) }),
  invariants: [
    { name: "in hidden space the score is an affine function", holds: ({ moved, scores, w2, b2 }) =>
      moved.every(([a, b], i) => Math.abs(w2[0] * a + w2[1] * b + b2 - scores[i]) < 1e-3) },
    { name: "the loss is the mean of the points’ own losses", holds: ({ points, scores, loss }) =>
      Math.abs(points.reduce((sum, [, , t], i) => sum + Math.log1p(Math.exp(t === 1 ? -scores[i] : scores[i])), 0)
        / points.length - loss) < 1e-3 },
  ],
});
interface Told {
  readonly points: readonly Point[]; readonly scores: readonly number[]; readonly updates: number;
  readonly loss: number; readonly moved: readonly Pair[];
}
function told({ points, scores, updates, loss, moved }: Told): string {
  const right = points.filter(([, , t], i) => (scores[i] > 0 ? 1 : 0) === t).length;
  const places = moved.map(([a, b]) => `(${fixed(a, 1)}, ${fixed(b, 1)})`).join(", ");
  const stuck = updates >= EACH * MOST && right < points.length
    ? " It is stuck: two hidden units leave no room for a detour. Try another seed." : "";
  return `After ${count(updates, "update")}: loss ${fixed(loss, 3)}, ${right} of ${points.length} right. The hidden ` +
    `units put the points at ${places}.${stuck}`;
}
