import { F, full, grad, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { count, fixed } from "@gradus/lessons/draw/number";
import { curve, path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const NAMES = ["squared", "absolute", "Huber"] as const;
const LOOKS: readonly { readonly colour: Colour; readonly dash: readonly number[] }[] = [
  { colour: "series-1", dash: [] }, { colour: "series-2", dash: [10, 4] }, { colour: "series-3", dash: [4, 3] }];
const PLACES: Pair = [0, 12], POINTS = [2.1, 2.8, 3.2, 3.5, 4.1, 4.6, 10.5], START = 7.5, MOST = 60;

interface State { readonly kind: number; readonly delta: number; points: number[]; guess: number; steps: number }
interface Shot extends State {
  readonly loss: number; readonly slope: number;
  /** What each point asks of the guess: minus the slope of its own loss. */
  readonly pulls: readonly number[];
  /** The best guess under each of the three. */
  readonly best: readonly number[];
}
/** Losses of a guess, one for each point. */
const losses = (kind: number, delta: number, guess: Tensor, points: Tensor): Tensor => {
  const options = { reduction: "none" } as const;
  return kind === 0 ? F.mseLoss(guess, points, options) : kind === 1 ? F.l1Loss(guess, points, options)
    : F.huberLoss(guess, points, { ...options, delta });
};
/** How hard a point at this distance (point less guess) pulls. */
function pull(kind: number, delta: number, distance: number): number {
  if (kind === 0) return 2 * distance;
  return kind === 1 ? Math.sign(distance) : clamp(distance, [-delta, delta]);
}
const lossAt = (kind: number, delta: number, d: number): number => (kind === 0 ? d * d : kind === 1 ? Math.abs(d)
  : Math.abs(d) <= delta ? d * d / 2 : delta * (Math.abs(d) - delta / 2));
const meanLoss = ({ kind, delta, points }: State, guess: number): number =>
  points.reduce((sum, x) => sum + lossAt(kind, delta, x - guess), 0) / points.length;

/** The guess at which the pulls cancel. They only weaken as it moves right, so halving finds it. */
function bestOf(kind: number, delta: number, points: readonly number[]): number {
  if (kind === 0) return points.reduce((a, b) => a + b, 0) / points.length;
  if (kind === 1) return [...points].sort((a, b) => a - b)[(points.length - 1) / 2];
  let [low, high] = PLACES;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (points.reduce((sum, x) => sum + pull(kind, delta, x - middle), 0) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
function look(state: State): Shot {
  const { kind, delta, points, guess } = state;
  const each = full([points.length], guess).add(0), at = tensor(Array.from(each.dataSync()), { requiresGrad: true });
  const loss = losses(kind, delta, at, tensor(points));
  const pulls = Array.from(grad(loss.sum(), [at])[0]!.dataSync(), (slope) => -slope);
  return { ...state, points: [...points], loss: loss.mean().itemSync(), pulls,
    slope: -pulls.reduce((a, b) => a + b, 0) / pulls.length, best: NAMES.map((_, k) => bestOf(k, delta, points)) };
}

interface Layout { readonly loss: Plot; readonly pulls: Plot; readonly height: number; readonly wide: boolean;
  readonly y: number }
function layout(width: number, kind: number, delta: number): Layout {
  const wide = width >= 560, left = 44, w = width - left - 16, most = [24, 12, 12 * Math.min(delta, 4)][kind];
  const loss = plot({ left, top: wide ? 34 : 54, width: w, height: wide ? 190 : 150, x: PLACES,
    y: [0, [60, 9, 9 * Math.min(delta, 3.4)][kind]], yLabel: "mean loss of a guess", xTicks: 6, yTicks: 4 });
  const reach = Math.min(most, kind === 0 ? 24 : kind === 1 ? 1.6 : delta * 1.6);
  const pulls = plot({ left, top: loss.bottom + 58, width: w, height: wide ? 170 : 150, x: PLACES, y: [-reach, reach],
    yLabel: "pull of each point, above 0: to the right", xTicks: 6, yTicks: 4, zero: true });
  return { loss, pulls, wide, y: pulls.bottom + 46, height: pulls.bottom + 46 + (wide ? 14 : 60) };
}

export default defineFigure({
  id: "far-point",
  title: "What one far point may ask",
  question: "Seven measurements, one answer. How far can a single one drag it?",
  params: {
    kind: { kind: "choice", label: "loss", value: "squared", choices: NAMES },
    delta: { kind: "number", label: "Huber’s δ", value: 1, min: 0.2, max: 5, step: 0.2 },
  },
  init: ({ kind, delta }): State => ({ kind: NAMES.indexOf(kind), delta,
    points: [...POINTS], guess: START, steps: 0 }),
  step(state) {
    const { slope } = look(state);
    state.guess = clamp(state.guess - 0.3 * slope, PLACES);
    state.steps++;
    return state;
  },
  done: (state) => state.steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { loss, pulls } = layout(action.width, state.kind, state.delta);
    const x = Math.round((action.id === "guess" ? loss : pulls).x.invert(action.x) * 10) / 10;
    if (action.id === "guess") state.guess = x;
    else state.points[Number(action.id.split(":")[1])] = x;
    state.steps = 0;
    return state;
  },
  snapshot: look,

  view(shot, { width }: Frame): Scene {
    const { kind, delta, points, guess, best, steps } = shot, { loss, pulls, height, wide, y } = layout(width, kind,
      delta);
    const marks: Mark[] = [...loss.marks, ...pulls.marks], { colour, dash } = LOOKS[kind];
    const style = { stroke: colour, width: 2.5, ...(dash.length === 0 ? {} : { dash }) };
    marks.push(...curve(loss, (x) => meanLoss(shot, x), style, 240));
    // Where each loss has its best guess; in one row above, so that they can be compared.
    best.forEach((value, k) => {
      const x = loss.x(value), chosen = k === kind;
      const dotted = { stroke: LOOKS[k].colour, width: 1.5, dash: [2, 3] };
      if (!chosen) marks.push({ kind: "line", points: [[x, loss.top], [x, loss.top + 12]], stroke: LOOKS[k].colour,
        width: 3 });
      for (const on of chosen ? [loss, pulls] : []) {
        marks.push({ kind: "line", points: [[x, on.top], [x, on.bottom]], ...dotted });
      }
      marks.push({ kind: "text", x: wide ? loss.right - 470 + 165 * k + (k > 1 ? -5 : 0) : 10 + (width / 3 - 4) * k,
        y: wide ? loss.top - 8 : 18, size: 13, fill: LOOKS[k].colour, bold: chosen,
        text: `${wide ? ["mean", "median", "Huber’s best"][k] : ["mean", "median", "Huber"][k]} ${fixed(value)}` });
    });
    const x = loss.x(guess);
    for (const on of [loss, pulls]) {
      marks.push({ kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "ink", width: 1.5 });
    }
    // The pull as it depends on the place: straight, a step, or straight with a limit.
    const shape = kind === 1 ? [[0, -1], [guess, -1], [guess, 1], [12, 1]] as const
      : Array.from({ length: 241 }, (_, i) => [i / 20, pull(kind, delta, i / 20 - guess)] as const);
    marks.push(...path(pulls, shape, { stroke: colour, width: 1.5 }));
    points.forEach((point, i) => {
      const force = shot.pulls[i], px = pulls.x(point), py = pulls.y(clamp(force, pulls.y.domain));
      marks.push({ kind: "line", points: [[px, pulls.y(0)], [px, py]], stroke: force < 0 ? "negative" : "positive",
        width: 2 }, glyph("gradient", force, px, py, 13));
      marks.push({ kind: "disc", x: px, y: pulls.y(0), r: 7, fill: "plate", stroke: "ink", width: 2, handle: {
        id: `point:${i}`, label: `measurement ${i + 1} at ${fixed(point, 1)}, pulls with ${fixed(force)}`, drag: "x",
        step: 6 } });
    });
    marks.push({ kind: "disc", x, y: loss.y(clamp(shot.loss, loss.y.domain)), r: 9, fill: "mark", stroke: "ink",
      width: 2, handle: { id: "guess", label: `guess ${fixed(guess)}, mean loss ${fixed(shot.loss)}`, drag: "x",
        step: 6 } });
    const total = shot.pulls.reduce((a, b) => a + b, 0), far = shot.pulls[points.indexOf(Math.max(...points))];
    const texts = [`${steps === 0 ? "" : `${count(steps, "step")}: `}guess ${fixed(guess)}, mean loss ` +
      fixed(shot.loss), `sum of pulls ${fixed(total)}`, `the point farthest right pulls with ${fixed(far)}`];
    if (wide) marks.push({ kind: "text", x: pulls.left, y, text: texts.join("; "), size: 14 });
    else texts.forEach((text, i) => marks.push({ kind: "text", x: 10, y: y + 22 * i, text, size: 14 }));
    return { width, height, marks };
  },
  describe({ kind, guess, best, points, pulls, steps, delta }) {
    const far = Math.max(...points), force = pulls[points.indexOf(far)];
    const name = kind === 2 ? `Huber’s loss with δ ${fixed(delta, 1)}` : `${NAMES[kind]} error`;
    return `Under ${name} the best guess is ${fixed(best[kind])}; mean ${fixed(best[0])}, median ${fixed(best[1])}. ` +
      `${steps === 0 ? "The" : `After ${count(steps, "step")} the`} guess is ${fixed(guess)}, and the point at ` +
      `${fixed(far, 1)} pulls with ${fixed(force)}.`;
  },
  table: ({ points, pulls, guess }) => ({ head: ["measurement", "distance from the guess", "pull"],
    rows: points.map((x, i) => [fixed(x, 1), fixed(x - guess), fixed(pulls[i])]) }),
  invariants: [
    { name: "no guess is better than the best", holds: (shot) => {
      const least = meanLoss(shot, shot.best[shot.kind]);
      return Array.from({ length: 121 }, (_, i) => i / 10).every((x) => meanLoss(shot, x) >= least - 1e-9);
    } },
    { name: "at the mean the squared pulls cancel", holds: ({ points, best }) =>
      Math.abs(points.reduce((sum, x) => sum + 2 * (x - best[0]), 0)) < 1e-9 },
    { name: "Huber’s best lies where its pulls cancel", holds: ({ points, best, delta }) =>
      Math.abs(points.reduce((sum, x) => sum + pull(2, delta, x - best[2]), 0)) < 1e-6 },
    { name: "autograd’s pulls are the formula’s", holds: ({ kind, delta, points, guess, pulls }) =>
      points.every((x, i) => Math.abs(x - guess) < 1e-3 || Math.abs(pulls[i] - pull(kind, delta, x - guess)) < 1e-4) },
    { name: "under absolute error and Huber’s no pull has a limit but 1 and δ", holds: ({ kind, delta, pulls }) =>
      kind === 0 || pulls.every((force) => Math.abs(force) <= (kind === 1 ? 1 : delta) + 1e-6) },
  ],
  cell: ({ delta }) => "import { F, grad, tensor } from \"gradus\";\n\n" +
    `const points = tensor([${POINTS.join(", ")}]);\nlet guess = 7.5;\n` +
    "for (let step = 0; step < 100; step++) {\n  const at = tensor(guess, { requiresGrad: true });\n" +
    `  const loss = F.huberLoss(at.expand([7]), points, { delta: ${delta} });\n` +
    "  guess -= 0.3 * grad(loss, [at])[0].itemSync();\n}\nguess;",
});
