import { grad, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid } from "@gradus/lessons/draw/contour";
import { fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const PENALTIES = { "L1 (lasso)": 1, "elastic, half of each": 0.5, "L2 (ridge)": 0 } as const;
const PLANE: Pair = [-2, 2.5], STRENGTHS: Pair = [0, 3], MOST = 24;
/** Distances of the loss's contours from its lowest point. */
const LEVELS = [0.02, 0.12, 0.35, 0.75, 1.3, 2, 3];

interface State {
  /** Share of the penalty that is L1; the rest is L2. */
  readonly share: number;
  /** The loss is half of d² + 2 r d e + e², with d and e the distances of the weights from `minimum`. */
  readonly correlation: number;
  minimum: Pair; strength: number; w: Pair; trail: Pair[]; steps: number;
  last: { readonly which: 0 | 1; readonly slope: number; readonly target: number; readonly before: number } | null;
}
type Problem = Pick<State, "share" | "correlation" | "minimum" | "strength">;

const loss = ({ minimum, correlation }: Problem, [a, b]: Pair): number => {
  const d = a - minimum[0], e = b - minimum[1];
  return (d * d + 2 * correlation * d * e + e * e) / 2;
};
const penalty = (share: number, [a, b]: Pair): number =>
  share * (Math.abs(a) + Math.abs(b)) + (1 - share) * (a * a + b * b) / 2;
/** Both slopes of the loss. */
const slopes = ({ minimum, correlation }: Problem, [a, b]: Pair): Pair => {
  const d = a - minimum[0], e = b - minimum[1];
  return [d + correlation * e, correlation * d + e];
};
/** The best value of one weight with the other held still, where the loss alone would like `target`. */
const shrink = (target: number, { strength, share }: Problem): number =>
  Math.sign(target) * Math.max(0, Math.abs(target) - strength * share) / (1 + strength * (1 - share));

/** Both weights at the minimum of loss and penalty: one after the other, until neither moves. */
function solve(problem: Problem): Pair {
  let w: Pair = [0, 0];
  for (let i = 0; i < 400; i++) {
    const a = shrink(w[0] - slopes(problem, w)[0], problem), first: Pair = [a, w[1]];
    const b = shrink(w[1] - slopes(problem, first)[1], problem);
    if (Math.abs(a - w[0]) + Math.abs(b - w[1]) < 1e-12) break;
    w = [a, b];
  }
  return w;
}
const restart = (state: State): State => {
  state.w = state.minimum;
  state.trail = [state.minimum];
  state.steps = 0;
  state.last = null;
  return state;
};

interface Layout { readonly paths: Plot; readonly plane: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1], height: 400, heights: [270, 350],
    narrow: 600 });
  const side = Math.min(b.w - 36, b.h - (stacked ? 74 : 92));
  return { height: height + (stacked ? 0 : 4),
    paths: plot({ left: a.x + 34, top: a.y + 50, width: a.w - 46, height: a.h - 92, x: STRENGTHS, y: [-1.5, 2.5],
      xLabel: "strength λ", zero: true, xTicks: 6 }),
    plane: plot({ left: b.x + 28, top: b.y + (stacked ? 30 : 50), width: side, height: side, x: PLANE, y: PLANE,
      xLabel: "w₁", zero: true, xTicks: 4, yTicks: 4 }) };
}

export default defineFigure({
  id: "penalty-paths",
  title: "A penalty pulls",
  question: "Two penalties on large weights: why does one make weights small, and the other make them zero?",
  params: {
    penalty: { kind: "choice", label: "penalty", value: "L1 (lasso)",
      choices: ["L1 (lasso)", "elastic, half of each", "L2 (ridge)"] },
    correlation: { kind: "number", label: "correlation of the inputs", value: 0.4, min: -0.8, max: 0.8, step: 0.1 },
  },
  init({ penalty: name, correlation }): State {
    return restart({ share: PENALTIES[name], correlation, minimum: [1.8, 0.8], strength: 1.3, w: [0, 0], trail: [],
      steps: 0, last: null });
  },
  async step(state) {
    const which = state.steps % 2 === 0 ? 0 : 1, { minimum: m, correlation } = state;
    const w = tensor([...state.w], { requiresGrad: true });
    const d = w.sub(tensor([...m]));
    const value = d.matmul(tensor([[1, correlation], [correlation, 1]])).mul(d).sum().div(2);
    const slope = (await grad(value, [w])[0]!.data())[which], target = state.w[which] - slope;
    const moved = shrink(target, state);
    state.last = { which, slope, target, before: state.w[which] };
    state.w = which === 0 ? [moved, state.w[1]] : [state.w[0], moved];
    state.trail = [...state.trail, state.w];
    state.steps++;
    return state;
  },
  done: (state) => state.steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { paths, plane } = layout(action.width);
    if (action.id === "strength") state.strength = Math.round(paths.x.invert(action.x) * 20) / 20;
    else {
      const round = (v: number): number => Math.round(clamp(v, [-1.4, 2.4]) * 20) / 20;
      state.minimum = [round(plane.x.invert(action.x)), round(plane.y.invert(action.y))];
    }
    return restart(state);
  },
  snapshot: (state): State => ({ ...state, trail: [...state.trail] }),

  view(shot, { width }: Frame): Scene {
    const { paths, plane, height } = layout(width), { share, minimum, strength, w, last } = shot, best = solve(shot);
    const marks: Mark[] = [...paths.marks, ...plane.marks];
    const text = (x: number, y: number, content: string): Mark => ({ kind: "text", x, y, text: content, size: 13,
      fill: "ink-2" });
    marks.push(text(paths.left, paths.top - 32, "both weights at the best compromise"));
    marks.push({ kind: "line", points: [[paths.left, paths.top - 16], [paths.left + 26, paths.top - 16]],
      stroke: "series-1", width: 2.5 }, text(paths.left + 32, paths.top - 12, `w₁ ${fixed(best[0])}`),
    { kind: "line", points: [[paths.left + 104, paths.top - 16], [paths.left + 130, paths.top - 16]],
      stroke: "series-2", width: 2.5, dash: [7, 4] }, text(paths.left + 136, paths.top - 12, `w₂ ${fixed(best[1])}`));
    const x = paths.x(strength);
    marks.push({ kind: "line", points: [[x, paths.top], [x, paths.bottom]], stroke: "mark", width: 7 },
      { kind: "line", points: [[x, paths.top], [x, paths.bottom]], stroke: "ink", width: 1 });
    const strengths = Array.from({ length: 121 }, (_, i) => STRENGTHS[1] * i / 120);
    const solutions = strengths.map((value) => solve({ ...shot, strength: value }));
    marks.push(...path(paths, strengths.map((s, i) => [s, solutions[i][0]]), { stroke: "series-1", width: 2.5 }),
      ...path(paths, strengths.map((s, i) => [s, solutions[i][1]]), { stroke: "series-2", width: 2.5, dash: [7, 4] }));
    best.forEach((value, i) => marks.push({ kind: "box", x: x - 5, y: paths.y(clamp(value, [-1.5, 2.5])) - 5, w: 10,
      h: 10, fill: i === 0 ? "series-1" : "series-2", stroke: "plate", width: 1.5 }));
    marks.push({ kind: "disc", x, y: paths.top, r: 8, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "strength", label: `strength ${fixed(strength)}`, drag: "x" } });

    marks.push(text(plane.left, plane.top - 12, "w₂"));
    const heights = grid((a, b) => loss(shot, [a, b]), PLANE, PLANE, 60);
    for (const level of LEVELS) {
      for (const line of contour(heights, level)) {
        marks.push({ kind: "line", points: line.map(([a, b]) => plane.point(a, b)), stroke: "ink-3", width: 1,
          opacity: 0.7 });
      }
    }
    // Everywhere inside, the penalty is smaller than at the compromise.
    const price = penalty(share, best);
    if (price > 1e-6) {
      const prices = grid((a, b) => penalty(share, [a, b]), PLANE, PLANE, 121);
      for (const line of contour(prices, price)) {
        marks.push({ kind: "line", points: line.map(([a, b]) => plane.point(a, b)), closed: isRing(line),
          ...(isRing(line) ? { fill: "series-3" as const, opacity: 0.16 } : { stroke: "none" as const }) },
        { kind: "line", points: line.map(([a, b]) => plane.point(a, b)), stroke: "series-3", width: 2.5 });
      }
    }
    marks.push(...path(plane, [...solutions].reverse(), { stroke: "ink-2", width: 1.5, dash: [2, 3] }));
    marks.push(...path(plane, shot.trail, { stroke: "ink", width: 2 }));
    const [mx, my] = plane.point(...minimum), [bx, by] = plane.point(...best), [wx, wy] = plane.point(...w);
    if (last !== null) marks.push({ kind: "disc", x: wx, y: wy, r: 12, fill: "mark", stroke: "ink", width: 1.5 });
    marks.push({ kind: "box", x: wx - 5, y: wy - 5, w: 10, h: 10, fill: "ink", stroke: "plate", width: 1.5 },
      { kind: "disc", x: bx, y: by, r: 6, fill: "series-3", stroke: "plate", width: 1.5,
        title: `best compromise ${fixed(best[0])}, ${fixed(best[1])}` },
      { kind: "disc", x: mx, y: my, r: 8, fill: "plate", stroke: "ink", width: 2.5,
        handle: { id: "minimum", label: `lowest loss at ${fixed(minimum[0])}, ${fixed(minimum[1])}`, drag: "xy" } });
    return { width, height, marks };
  },
  describe(shot) {
    const best = solve(shot), { strength, share, minimum, last } = shot;
    const zero = best.filter((v) => v === 0).length;
    const end = `At strength ${fixed(strength)} the best compromise is (${best.map((v) => fixed(v)).join(", ")}), ` +
      `${zero === 0 ? "no weight is zero" : zero === 1 ? "one weight is exactly 0" : "2 weights are exactly 0"}.`;
    if (last === null) return `The loss alone wants (${minimum.map((v) => fixed(v)).join(", ")}). ${end}`;
    const { which, target, before, slope } = last, name = which === 0 ? "w₁" : "w₂";
    const less = share > 0 ? ` less ${fixed(strength * share)} towards zero` : "";
    const over = share < 1 ? `, divided by ${fixed(1 + strength * (1 - share))}` : "";
    return `${name} was ${fixed(before)} and its slope ${fixed(slope)}, so the loss alone wants ${fixed(target)}; ` +
      `that${less}${over} is ${fixed(shot.w[which])}. ${end}`;
  },
  table: (shot) => ({ head: ["strength", "w₁", "w₂", "loss", "penalty"],
    rows: Array.from({ length: 7 }, (_, i) => {
      const strength = i * STRENGTHS[1] / 6, best = solve({ ...shot, strength });
      return [fixed(strength), fixed(best[0], 3), fixed(best[1], 3), fixed(loss(shot, best), 3),
        fixed(penalty(shot.share, best), 3)];
    }) }),
  invariants: [
    { name: "at the compromise the slope of the loss is what the penalty asks for", holds(shot) {
      const best = solve(shot), { strength, share } = shot;
      return slopes(shot, best).every((slope, i) => (best[i] === 0 ? Math.abs(slope) <= strength * share + 1e-9
        : Math.abs(slope + strength * (share * Math.sign(best[i]) + (1 - share) * best[i])) < 1e-9));
    } },
    { name: "a stronger penalty never ends with a larger one, nor with a smaller loss", holds(shot) {
      const more = { ...shot, strength: shot.strength + 0.3 }, a = solve(shot), b = solve(more);
      return penalty(shot.share, b) <= penalty(shot.share, a) + 1e-9 && loss(shot, b) >= loss(shot, a) - 1e-9;
    } },
    { name: "a step never makes loss and penalty together larger", holds(shot) {
      const total = (w: Pair): number => loss(shot, w) + shot.strength * penalty(shot.share, w);
      return shot.trail.every((w, i) => i === 0 || total(w) <= total(shot.trail[i - 1]) + 1e-6);
    } },
  ],
});
const isRing = (line: readonly Pair[]): boolean =>
  Math.hypot(line[0][0] - line[line.length - 1][0], line[0][1] - line[line.length - 1][1]) < 1e-9;
