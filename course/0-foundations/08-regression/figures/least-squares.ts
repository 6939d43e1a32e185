import { classical, Generator, grad, randn, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid, levels } from "@gradus/lessons/draw/contour";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const X: Pair = [-3, 3], Y: Pair = [-4, 4], SLOPES: Pair = [-2, 2.6], INTERCEPTS: Pair = [-2.6, 2.6];
const CLOSE = 1e-6, MOST = 400;

interface State {
  readonly rate: number;
  points: Pair[];
  /** Slope and intercept: on their way, and by the closed form. */
  line: Pair; best: Pair;
  /** The gradient of the mean squared error at `line`, by autograd. */
  gradient: Pair;
  trail: Pair[];
}
const meanSquare = (points: readonly Pair[], [w, b]: Pair): number =>
  points.reduce((sum, [x, y]) => sum + (w * x + b - y) ** 2, 0) / points.length;

/** The state with what follows from its points and line. */
function solved(state: State): State {
  const xs = state.points.map(([x]) => x), ys = state.points.map(([, y]) => y);
  const exact = new classical.LinearRegression().fit(xs.map((x) => [x]), ys);
  const [w, b] = state.line.map((v) => tensor(v, { requiresGrad: true }));
  const loss = tensor(xs).mul(w).add(b).sub(tensor(ys)).square().mean();
  const [dw, db] = grad(loss, [w, b]);
  return { ...state, best: [exact.coefficients[0], exact.intercept], gradient: [dw!.itemSync(), db!.itemSync()] };
}
const apart = ({ line, best }: Pick<State, "line" | "best">): number =>
  Math.max(Math.abs(line[0] - best[0]), Math.abs(line[1] - best[1]));

interface Layout { readonly data: Plot; readonly space: Plot; readonly y: number; readonly height: number;
readonly narrow: boolean }
function layout(width: number): Layout {
  const narrow = width < 600, side = narrow ? width - 62 : Math.min(400, (width - 124) / 2);
  const { at: [left, right] } = panels(width, { shares: [1, 1], height: side + 70, heights: [side * 0.9 + 66, side
    + 60],
    narrow: 600, gap: 20 });
  const data = plot({ left: left.x + 26, top: left.y + 30, width: side, height: narrow ? side * 0.9 : side, x: X, y: Y,
    xLabel: "x", yLabel: "y", zero: true });
  const space = plot({ left: right.x + 26, top: right.y + 30, width: side, height: narrow ? side * 0.9 : side,
    x: SLOPES,
    y: INTERCEPTS, xLabel: "slope", yLabel: "intercept", zero: true });
  return { data, space, y: space.bottom + 62, height: space.bottom + 62 + (narrow ? 102 : 76), narrow };
}
const round = (v: number): number => Math.round(v * 20) / 20;

export default defineFigure({
  id: "least-squares",
  title: "The line with the smallest squares",
  question: "A formula and a walk downhill look for the same line. Do they meet?",
  params: {
    points: { kind: "choice", label: "points", value: "a noisy line", choices: ["a noisy line", "one outlier",
      "a curve"] },
    rate: { kind: "number", label: "learning rate", value: 0.1, min: 0.01, max: 0.4, step: 0.01 },
  },
  async init({ points: name, rate }, seed): Promise<State> {
    const noise = await randn([9], { generator: new Generator(seed) }).data();
    const points = Array.from({ length: 9 }, (_, i): Pair => {
      const x = -2.4 + 0.6 * i, bend = name === "a curve" ? 0.55 * x * x - 1.9 : 0.8 * x + 0.4;
      return [round(x), round(name === "one outlier" && i === 7 ? -3.2 : bend + (name === "a curve" ? 0.2 : 0.6)
        * noise[i])];
    });
    const start: Pair = [-1, -1.5];
    return solved({ rate, points, line: start, best: start, gradient: [0, 0], trail: [start] });
  },
  step(state) {
    const [w, b] = state.line, [dw, db] = state.gradient;
    const next: Pair = [w - state.rate * dw, b - state.rate * db];
    return solved({ ...state, line: next, trail: [...state.trail, next] });
  },
  done: (state) => apart(state) < CLOSE || state.trail.length > MOST || Math.hypot(...state.line) > 1e6,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { data, space } = layout(action.width);
    if (action.id === "line") {
      const line: Pair = [round(space.x.invert(action.x)), round(space.y.invert(action.y))];
      return solved({ ...state, line, trail: [line] });
    }
    const index = Number(action.id.split(":")[1]);
    const points = state.points.map((point, i): Pair => (i === index
      ? [round(data.x.invert(action.x)), round(data.y.invert(action.y))] : point));
    // Points one above the other have no slope.
    if (Math.max(...points.map(([x]) => x)) - Math.min(...points.map(([x]) => x)) < 0.2) return state;
    return solved({ ...state, points, trail: [state.line] });
  },
  snapshot: (state): State => ({ ...state, points: [...state.points], trail: [...state.trail] }),

  view(shot, { width }: Frame): Scene {
    const { data, space, y, height, narrow } = layout(width), { points, line, best, trail } = shot;
    const marks: Mark[] = [...data.marks, ...space.marks];
    marks.push({ kind: "text", x: data.left + 20, y: data.top - 8, text: "squares: residuals of the solid line",
      size: 13,
      fill: "ink-2" });
    for (const [x, value] of points) {
      const at = line[0] * x + line[1];
      if (Math.abs(at) > Y[1]) continue;
      const [px, top] = data.point(x, Math.max(at, value)), side = Math.abs(data.y(at) - data.y(value));
      const room = px + side <= data.right ? px : px - side;
      if (side < 1 || room < data.left) continue;
      marks.push({ kind: "box", x: room, y: top, w: side, h: side, fill: "ink-3", stroke: "ink-3", width: 1,
        opacity: 0.22,
        title: `(${fixed(value - at)})² = ${fixed((value - at) ** 2)}` });
    }
    marks.push(...curve(data, (x) => best[0] * x + best[1], { stroke: "series-2", width: 2, dash: [8, 5] }),
      ...curve(data, (x) => line[0] * x + line[1], { stroke: "ink", width: 2.5 }));
    points.forEach(([x, value], i) => {
      const [px, py] = data.point(x, value);
      marks.push({ kind: "disc", x: px, y: py, r: 7, fill: "plate", stroke: "ink", width: 2, handle: { id: `point:${i}`,
        label: `point ${i + 1}: x ${fixed(x)}, y ${fixed(value)}`, drag: "xy", step: 8 } });
    });
    const hill = grid((w, b) => meanSquare(points, [w, b]), SLOPES, INTERCEPTS, 40);
    for (const level of levels(hill, 11)) {
      for (const chain of contour(hill, level)) marks.push(...path(space, chain, { stroke: "ink-3", width: 0.9 }));
    }
    marks.push(...path(space, trail, { stroke: "ink", width: 1.6 }));
    for (const point of trail.slice(0, -1)) {
      if (within(point)) {
        const [px, py] = space.point(...point);
        marks.push({ kind: "disc", x: px, y: py, r: 2.4, fill: "ink" });
      }
    }
    if (within(best)) {
      const [px, py] = space.point(...best);
      for (const d of [-1, 1]) {
        marks.push({ kind: "line", points: [[px - 7, py - 7 * d], [px + 7, py + 7 * d]], stroke: "series-2",
          width: 2.5 });
      }
    }
    const [lx, ly] = [space.x(clampTo(line[0], SLOPES)), space.y(clampTo(line[1], INTERCEPTS))];
    marks.push({ kind: "disc", x: lx, y: ly, r: 8, fill: "mark", stroke: "ink", width: 2, opacity: 0.9, handle: {
      id: "line", label: `the line: slope ${fixed(line[0])}, intercept ${fixed(line[1])}`, drag: "xy", step: 8 } });
    const columns = narrow ? [14, width * 0.66, width - 14] : [14, Math.min(width, 860) * 0.5, Math.min(width, 860)
      * 0.72];
    const row = (at: number, name: string, pair: Pair, digits: number): void => {
      marks.push({ kind: "text", x: columns[0], y: y + at, text: name, size: 13.5, fill: "ink-2" });
      pair.forEach((value, i) => marks.push({ kind: "text", x: columns[i + 1], y: y + at, role: "number", anchor: "end",
        size: 14, text: Math.abs(value) > 999 ? "far away" : fixed(value, digits) }));
    };
    ["slope", "intercept"].forEach((name, i) => marks.push({ kind: "text", x: columns[i + 1], y, text: name,
      anchor: "end",
      size: 13, fill: "ink-2" }));
    row(22, narrow ? `after ${count(trail.length - 1, "step")}`
      : `solid: descent, ${count(trail.length - 1, "step")}`, line, 6);
    row(44, narrow ? "closed form" : "dashed, ×: closed form", best, 6);
    row(66, "gradient", shot.gradient, 6);
    if (narrow) {
      marks.push({ kind: "text", x: 14, y: y + 90, size: 13.5,
        text: `mean square ${fixed(meanSquare(points, line), 4)}, ` +
        `least ${fixed(meanSquare(points, best), 4)}` });
    } else {
      marks.push({ kind: "text", x: columns[2] + 24, y: y + 22, size: 13.5, role: "number",
        text: `mean square ${tell(meanSquare(points, line))}` },
      { kind: "text", x: columns[2] + 24, y: y + 44, size: 13.5, role: "number",
        text: `least ${fixed(meanSquare(points, best), 4)}` });
    }
    return { width, height, marks };
  },
  describe(shot) {
    const { line, best, points, trail } = shot, gap = apart(shot);
    const close = gap < CLOSE ? `closer than ${CLOSE.toFixed(6)}` : `${tell(gap)} at most`;
    return `The closed form gives slope ${fixed(best[0], 4)} and intercept ${fixed(best[1], 4)}, mean square ` +
      `${fixed(meanSquare(points, best), 4)}. Descent is at ${tell(line[0])} and ${tell(line[1])} after ` +
      `${count(trail.length - 1, "step")}; they are ${close} apart.`;
  },
  table: ({ points, line }) => ({ head: ["x", "y", "line", "residual", "square"], rows: points.map(([x, y]) => {
    const at = line[0] * x + line[1];
    return [fixed(x), fixed(y), tell(at), tell(y - at), tell((y - at) ** 2)];
  }) }),
  invariants: [
    { name: "no line beats the closed form", holds: ({ points, line, best }) =>
      meanSquare(points, best) <= meanSquare(points, line) + 1e-9 },
    { name: "residuals of the closed form add up to 0, and so do residuals times x", holds: ({ points, best }) =>
      [0, 1].every((power) => Math.abs(points.reduce((sum, [x, y]) => sum + (y - best[0] * x - best[1]) * x ** power,
        0)) < 1e-8) },
    { name: "autograd's gradient is the formula's", holds: ({ points, line: [w, b], gradient }) => [1,
      0].every((power, i) => {
      const formula = points.reduce((sum, [x, y]) => sum + 2 * (w * x + b - y) * x ** power, 0) / points.length;
      return Math.abs(formula - gradient[i]) < 1e-4 * (1 + Math.abs(formula) + Math.abs(w) + Math.abs(b));
    }) },
  ],
  cell: () => `import { tensor, linalg } from "gradus";\n\nconst x = tensor([0, 1, 2, 3]), y = tensor([1, 3, 2, ` +
    `5]);\n` +
    "const a = tensor([[0, 1], [1, 1], [2, 1], [3, 1]]); // x, and a 1 for the intercept\n" +
    "linalg.solve(a.T.matmul(a), a.T.matmul(y.unsqueeze(1)));",
});

const within = ([w, b]: Pair): boolean => w > SLOPES[0] && w < SLOPES[1] && b > INTERCEPTS[0] && b < INTERCEPTS[1];
const clampTo = (value: number, [low, high]: Pair): number => Math.min(high, Math.max(low, value));
/** A number that may have run away. */
const tell = (value: number): string => (Math.abs(value) > 1e5 ? value.toExponential(1) : fixed(value, 4));
