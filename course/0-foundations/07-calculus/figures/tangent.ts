import { grad, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { colourOf, fixed } from "@gradus/lessons/draw/number";
import { glyph } from "@gradus/lessons/draw/glyph";
import { panels } from "@gradus/lessons/draw/panels";
import { curve, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Curves twice: for plain numbers, which draw quickly, and for the engine, which gives the derivative. */
const CURVES = {
  "x² / 2": { f: (x: number) => x * x / 2, t: (x: Tensor) => x.square().div(2) },
  "sin x": { f: Math.sin, t: (x: Tensor) => x.sin() },
  "x³ / 3 − x": { f: (x: number) => x ** 3 / 3 - x, t: (x: Tensor) => x.mul(x).mul(x).div(3).sub(x) },
  "eˣ / 4": { f: (x: number) => Math.exp(x) / 4, t: (x: Tensor) => x.exp().div(4) },
  "|x|": { f: Math.abs, t: (x: Tensor) => x.abs() },
} as const;
type CurveName = keyof typeof CURVES;
const X: Pair = [-3, 3], Y: Pair = [-2.2, 3.4], SLOPES: Pair = [-3, 3], SMALLEST = 1 / 256;

/** One derivative by the engine. */
async function slopeAt(name: CurveName, at: number): Promise<number> {
  const x = tensor(at, { requiresGrad: true });
  const [slope] = grad(CURVES[name].t(x), [x]);
  return slope!.item();
}

interface State {
  readonly name: CurveName;
  at: number;
  /** How far the second point is from the first; negative to the left. */
  h: number;
  slope: number;
  /** The secants measured at this point. */
  rows: { readonly h: number; readonly slope: number }[];
  /** The derivative at points of the axis, by the engine: the lower picture. */
  readonly derivative: readonly Pair[];
}
const secant = ({ name, at, h }: Pick<State, "name" | "at" | "h">): number =>
  (CURVES[name].f(at + h) - CURVES[name].f(at)) / h;

function layout(width: number): { readonly height: number; readonly top: Plot; readonly low: Plot;
readonly wide: boolean } {
  const { at: [a, b], height, stacked } = panels(width, { shares: [1, 1], height: 380, heights: [340, 230],
    narrow: 640, gap: 16 });
  const make = (p: typeof a, y: Pair, yLabel: string): Plot => plot({ left: p.x + 30, top: p.y + 28, width: p.w - 40,
    height: p.h - 72, x: X, y, xLabel: "x", yLabel, zero: true });
  return { height, wide: !stacked, top: make(a, Y, "f(x)"), low: make(b, SLOPES, "slope f′(x)") };
}

export default defineFigure({
  id: "tangent",
  title: "From secant to tangent",
  question: "How steep is a curve at one point, where there is nothing to divide?",
  params: {
    curve: { kind: "choice", label: "curve", value: "x² / 2", choices: Object.keys(CURVES) as CurveName[] },
    side: { kind: "choice", label: "second point", value: "right", choices: ["right", "left"] },
  },
  async init({ curve: name, side }): Promise<State> {
    const at = name === "|x|" ? 0 : 1, h = side === "right" ? 1.5 : -1.5;
    const xs = Array.from({ length: 60 }, (_, i) => X[0] + (X[1] - X[0]) * i / 59);
    const x = tensor(xs, { requiresGrad: true });
    const [slopes] = grad(CURVES[name].t(x).sum(), [x]);
    const values = await slopes!.data();
    return { name, at, h, slope: await slopeAt(name, at), rows: [{ h, slope: secant({ name, at, h }) }],
      derivative: xs.map((v, i) => [v, values[i]] as const) };
  },
  step(state) {
    state.h = Math.abs(state.h / 2) < SMALLEST ? Math.sign(state.h) * SMALLEST : state.h / 2;
    state.rows.push({ h: state.h, slope: secant(state) });
    return state;
  },
  done: (state) => Math.abs(state.h) <= SMALLEST,
  async act(state, action) {
    if (action.type !== "drag") return state;
    const x = layout(action.width).top.x.invert(action.x);
    if (action.id === "point") {
      state.at = Math.round(clamp(x, [-2.5, 2.5]) * 20) / 20;
      state.slope = await slopeAt(state.name, state.at);
    } else {
      const h = Math.round((x - state.at) * 20) / 20;
      state.h = h === 0 ? 0.05 * Math.sign(state.h) : h;
    }
    state.rows = [{ h: state.h, slope: secant(state) }];
    return state;
  },
  snapshot: (state) => ({ ...state, rows: [...state.rows] }),

  view(state, { width }: Frame): Scene {
    const { top, low, height } = layout(width), { name, at, h, slope } = state, f = CURVES[name].f;
    const measured = secant(state);
    const marks: Mark[] = [...top.marks, ...low.marks];
    marks.push(...curve(top, f, { stroke: "ink-2", width: 2 }));
    const through = (k: number) => (x: number): number => f(at) + k * (x - at);
    // At the corner there is no tangent to draw.
    if (name !== "|x|" || at !== 0) marks.push(...curve(top, through(slope), { stroke: "ink-3", width: 1.5,
      dash: [5, 4] }));
    marks.push(...curve(top, through(measured), { stroke: "mark", width: 8 }));
    marks.push(...curve(top, through(measured), { stroke: "ink", width: 2 }));
    const [px, py] = top.point(at, f(at)), bx = clamp(at + h, X), by = clamp(f(at + h), Y);
    const [qx, qy] = top.point(bx, by);
    // Run and rise, as long as they can be told apart.
    if (Math.abs(qx - px) > 34) {
      marks.push({ kind: "line", points: [[px, py], [qx, py], [qx, qy]], stroke: "ink-3", width: 1 });
      marks.push({ kind: "text", x: (px + qx) / 2, y: qy < py ? py + 17 : py - 8, text: `h = ${fixed(h, 2)}`,
        role: "number",
        anchor: "middle", size: 13, fill: "ink-2" });
    }
    marks.push({ kind: "disc", x: qx, y: qy, r: 7, fill: "plate", stroke: "ink", width: 2,
      handle: { id: "second", label: `second point at x = ${fixed(at + h, 2)}`, drag: "x" } });
    marks.push({ kind: "disc", x: px, y: py, r: 7, fill: "ink", stroke: "plate", width: 2,
      handle: { id: "point", label: `point at x = ${fixed(at, 2)}`, drag: "x" } });
    // The derivative's own graph, in pieces where it jumps.
    const jump = state.derivative.findIndex(([, y], i) => i > 0 && Math.abs(y - state.derivative[i - 1][1]) > 0.9);
    const pieces = jump < 0 ? [state.derivative] : [state.derivative.slice(0, jump), state.derivative.slice(jump)];
    for (const piece of pieces) {
      const points = piece.filter(([, y]) => y >= SLOPES[0] && y <= SLOPES[1]).map(([x, y]) => low.point(x, y));
      marks.push({ kind: "line", points, stroke: "ink-3", width: 1.5, dash: [5, 4] });
    }
    const shownSlope = clamp(measured, SLOPES), [sx, sy] = low.point(at, shownSlope);
    marks.push({ kind: "line", points: [low.point(at, 0), [sx, sy]], stroke: colourOf(measured), width: 2.5,
      ...(measured < 0 ? { dash: [6, 3] } : {}) });
    marks.push(glyph("gradient", measured, sx, sy, 15));
    marks.push({ kind: "text", x: clamp(sx, [low.left + 26, low.right - 26]), y: measured < 0
      ? Math.min(low.bottom - 6, sy + 26)
      : Math.max(low.top + 18, sy - 15), text: fixed(measured, 3), role: "number", bold: true, size: 14,
        anchor: "middle",
    fill: colourOf(measured) });
    return { width, height, marks };
  },
  describe(state) {
    const { at, h, slope, name } = state, measured = secant(state);
    if (name === "|x|" && at === 0) {
      return `At the corner of |x| the secant to the ${h > 0 ? "right" : "left"} has slope ${fixed(measured, 3)} ` +
        `for every h, to the other side ${fixed(-measured, 3)}: there is no derivative. The engine returns ` +
          `${fixed(slope, 3)}, by convention.`;
    }
    return `At x = ${fixed(at, 2)} with h = ${fixed(h, 4)} the secant has slope ${fixed(measured, 4)}; the ` +
      `derivative is ${fixed(slope, 4)}, ${fixed(Math.abs(measured - slope), 4)} away.`;
  },
  table: (state) => ({
    head: ["h", "slope of the secant", "distance from f′"],
    rows: state.rows.map(({ h, slope }) => [fixed(h, 4), fixed(slope, 5), fixed(Math.abs(slope - state.slope), 5)]),
  }),
  numbers: (state) => ({
    // At a corner there is none, whatever the engine returns by convention.
    slope: { kind: "gradient", value: state.name === "|x|" && state.at === 0 ? null : state.slope },
    quotient: { kind: "gradient", value: secant(state) },
  }),
  invariants: [
    { name: "the error of a secant is at most h times the largest bend", holds: (state) => state.name === "|x|"
      || Math.abs(secant(state) - state.slope) <= Math.abs(state.h) * 12 + 1e-4 },
    { name: "halving h never moves the secant of x² away from the tangent", holds: ({ name, rows, slope }) =>
      name !== "x² / 2"
      || rows.every((row, i) => i === 0 || Math.abs(row.slope - slope) <= Math.abs(rows[i - 1].slope - slope) + 1e-6) },
  ],
  cell: ({ curve: name }) => `import { tensor, grad } from "gradus";\n\nconst x = tensor(1, { requiresGrad: true ` +
    `});\nconst y = ${
    { "x² / 2": "x.square().div(2)", "sin x": "x.sin()", "x³ / 3 − x": "x.mul(x).mul(x).div(3).sub(x)",
      "eˣ / 4": "x.exp().div(4)", "|x|": "x.abs()" }[name]};\n\ngrad(y, [x])[0];`,
});
