import { optim, scope, state as makeState, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid, levels, type Grid } from "@gradus/lessons/draw/contour";
import { between } from "@gradus/lessons/draw/edge";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels, type Panel } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { relief } from "@gradus/lessons/draw/relief";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** Surfaces for the engine (`t`), and for plain numbers, which draw the map. Lowest points are found by hand. */
const SURFACES = {
  bowl: { f: (x: number, y: number) => 0.5 * x * x + 0.8 * y * y, t: (x: Tensor, y: Tensor) => x.square().mul(0.5).add(
    y.square().mul(0.8)),
    start: [-2.3, 1.8], lowest: [[0, 0]] },
  valley: { f: (x: number, y: number) => 0.15 * x * x + 9 * y * y, t: (x: Tensor, y: Tensor) =>
    x.square().mul(0.15).add(y.square().mul(9)),
    start: [-2.5, 1.6], lowest: [[0, 0]] },
  Rosenbrock: { f: (x: number, y: number) => (1 - x) ** 2 / 20 + (y - x * x) ** 2 / 2,
    t: (x: Tensor, y: Tensor) => x.neg().add(1).square().div(20).add(y.sub(x.square()).square().div(2)),
      start: [-1.6, 2.4], lowest: [[1, 1]] },
  saddle: { f: (x: number, y: number) => 0.5 * x * x - 0.5 * y * y + 0.05 * y ** 4,
    t: (x: Tensor, y: Tensor) => x.square().sub(y.square()).mul(0.5).add(y.square().square().mul(0.05)),
      start: [-2.4, 0.02],
    lowest: [[0, Math.sqrt(5)], [0, -Math.sqrt(5)]] },
  "two minima": { f: (x: number, y: number) => 0.12 * x ** 4 - 0.8 * x * x + 0.25 * x + 0.6 * y * y,
    t: (x: Tensor, y: Tensor) => x.square().square().mul(0.12).sub(x.square().mul(0.8)).add(x.mul(0.25)).add(
      y.square().mul(0.6)),
    start: [0.25, 2.2], lowest: [[-1.8993, 0]] },
} as const;
type SurfaceName = keyof typeof SURFACES;
const X: Pair = [-3, 3], Y: Pair = [-3, 3], MOST = 120;

/** A class of optim by name, where this build of the library has it. */
type Maker = new (parameters: readonly Tensor[], options: Record<string, unknown>) => optim.Optimizer<{ lr?: number }>;
interface Runner { readonly name: string; readonly className: string; readonly factor: number;
readonly options: Record<string, unknown> }
/** `factor`: the multiple of the slider's rate that is customary, since rates of different rules do not compare. */
const RUNNERS: readonly Runner[] = [
  { name: "plain descent", className: "SGD", factor: 1, options: {} },
  { name: "momentum", className: "SGD", factor: 0.5, options: { momentum: 0.9 } },
  { name: "Nesterov", className: "SGD", factor: 0.5, options: { momentum: 0.9, nesterov: true } },
  { name: "AdaGrad", className: "Adagrad", factor: 5, options: {} },
  { name: "RMSProp", className: "RMSprop", factor: 0.5, options: {} },
  { name: "Adadelta", className: "Adadelta", factor: 30, options: {} },
  { name: "Adam", className: "Adam", factor: 1.5, options: {} },
  { name: "AdamW", className: "AdamW", factor: 1.5, options: {} },
  { name: "NAdam", className: "NAdam", factor: 1.5, options: {} },
  { name: "RAdam", className: "RAdam", factor: 1.5, options: {} },
  { name: "Lion", className: "Lion", factor: 0.5, options: {} },
].filter(({ className }) => className in optim);
const COMPARED = ["plain descent", "momentum", "RMSProp", "Adam"];
const NAMES = RUNNERS.map(({ name }) => name);
const STYLE: readonly { readonly stroke: Colour; readonly dash?: readonly number[] }[] = [
  { stroke: "ink" }, { stroke: "series-1", dash: [8, 3] }, { stroke: "series-2", dash: [2, 3] },
    { stroke: "series-3", dash: [9, 3, 2, 3] },
];

interface Ball { readonly name: string; readonly rate: number; trail: Pair[]; loss: number; slope: Pair }
interface State {
  readonly surface: SurfaceName;
  readonly rate: number;
  readonly names: readonly string[];
  readonly relief: boolean;
  start: Pair;
  turn: number;
  steps: number;
  balls: Ball[];
  /** The engine's side: one parameter and one optimizer for each ball. */
  engines: { readonly at: Tensor; readonly optimizer: optim.Optimizer<{ lr?: number }> }[];
}

/** Loss and gradient of every ball, by autograd. */
async function look(state: State): Promise<void> {
  for (const [i, { at, optimizer }] of state.engines.entries()) {
    optimizer.zeroGrad();
    const loss = scope(() => {
      const out = SURFACES[state.surface].t(at.select(0, 0), at.select(0, 1));
      out.backward();
      return out.detach();
    });
    state.balls[i].loss = await loss.item();
    const [gx, gy] = await at.grad!.data();
    state.balls[i].slope = [gx, gy];
  }
}
async function begin(state: State): Promise<State> {
  state.steps = 0;
  const chosen = RUNNERS.filter(({ name }) => state.names.includes(name));
  state.engines = chosen.map(({ className, factor, options }) => {
    const at = makeState(tensor([...state.start]), true);
    const Class = (optim as unknown as Record<string, Maker>)[className];
    return { at, optimizer: new Class([at], { ...options, lr: state.rate * factor }) };
  });
  state.balls = chosen.map(({ name, factor }) => ({ name, rate: state.rate * factor, trail: [state.start], loss: 0,
    slope: [0, 0] }));
  await look(state);
  return state;
}
const here = ({ trail }: Ball): Pair => trail[trail.length - 1];
const lost = (ball: Ball): boolean => !here(ball).every((v) => Number.isFinite(v) && Math.abs(v) < 1e3);
const flat = ({ slope }: Ball): boolean => Math.hypot(...slope) < 1e-3;

function layout(width: number, both: boolean): { readonly height: number; readonly map: Plot; readonly side: Panel } {
  const size = Math.min(width - 60, both && width >= 680 ? (width - 90) * 0.5 : 440);
  const { at: [, side], height } = panels(width, { shares: [size + 44, width - size - 100], height: size + 78,
    heights: [size + 62, 270], narrow: 680, gap: 8 });
  const map = plot({ left: 42, top: 26, width: size, height: size, x: X, y: Y, xLabel: "x", yLabel: "y" });
  return { map, side, height: both || width >= 680 ? height : size + 62 };
}

export default defineFigure({
  id: "descent",
  title: "Downhill, blindfold",
  question: "If you can feel only the slope under your feet, how do you get down, and where do you end?",
  params: {
    surface: { kind: "choice", label: "surface", value: "valley", choices: Object.keys(SURFACES) as SurfaceName[] },
    rule: { kind: "choice", label: "rule", value: "four compared", choices: ["four compared", ...NAMES] },
    rate: { kind: "number", label: "learning rate", value: 0.1, min: 0.001, max: 1, step: 0.001, scale: "log" },
    relief: { kind: "flag", label: "relief", value: true },
  },
  async init({ surface, rule, rate, relief: raised }): Promise<State> {
    const names = rule === "four compared" ? COMPARED : [rule];
    return begin({ surface, rate, names, relief: raised, start: SURFACES[surface].start, turn: 0.6, steps: 0,
      balls: [], engines: [] });
  },
  async step(state) {
    state.steps++;
    for (const [i, { at, optimizer }] of state.engines.entries()) {
      const ball = state.balls[i];
      if (lost(ball)) continue;
      optimizer.step();
      const [x, y] = await at.data();
      ball.trail = [...ball.trail, [x, y]];
    }
    await look(state);
    return state;
  },
  done: (state) => state.steps >= MOST || state.balls.every((ball) => lost(ball) || flat(ball)),
  async act(state, action) {
    if (action.type === "press") return state;
    if (action.type === "drag" && action.id === "turn") {
      const { side } = layout(action.width, true);
      state.turn = clamp((action.x - side.x) / side.w, [0, 1]) * Math.PI;
      return state;
    }
    const { map } = layout(action.width, state.relief), { x, y } = action;
    if (action.type === "drop" && (x < map.left || x > map.right || y < map.top || y > map.bottom)) return state;
    state.start = [Math.round(map.x.invert(x) * 50) / 50, Math.round(map.y.invert(y) * 50) / 50];
    return begin(state);
  },
  snapshot: ({ surface, rate, relief: raised, start, turn, steps, balls }) =>
    ({ surface, rate, relief: raised, start, turn, steps,
      balls: balls.map((ball) => ({ ...ball, trail: [...ball.trail] })) }),

  view(shot, { width }: Frame): Scene {
    const { map, side, height } = layout(width, shot.relief), ground = groundOf(shot.surface),
      { f, lowest } = SURFACES[shot.surface];
    const marks: Mark[] = [...map.marks];
    ground.lines.forEach((level, i) => {
      for (const line of level) {
        marks.push({ kind: "line", points: line.map(([x, y]) => map.point(x, y)), stroke: "ink-3", width: 1,
          opacity: 0.35 + 0.03 * i });
      }
    });
    for (const [x, y] of lowest) {
      const [px, py] = map.point(x, y);
      marks.push({ kind: "line", points: [[px - 6, py], [px + 6, py]], stroke: "ink", width: 2 },
        { kind: "line", points: [[px, py - 6], [px, py + 6]], stroke: "ink", width: 2 });
    }
    const styles = shot.balls.map((_, i) => STYLE[i % STYLE.length]);
    shot.balls.forEach((ball, i) => {
      marks.push(...path(map, ball.trail, { width: 2, ...styles[i] }));
      if (shot.balls.length === 1) {
        for (const [x, y] of ball.trail.filter((p) => inside(p))) {
          marks.push({ kind: "disc", x: map.x(x), y: map.y(y), r: 2.5, fill: "ink" });
        }
      }
    });
    const first = shot.balls[0];
    // The gradient of the first ball points uphill; the step goes the other way.
    if (!lost(first) && inside(here(first)) && !flat(first)) {
      const [gx, gy] = first.slope, length = Math.hypot(gx, gy), [x, y] = map.point(...here(first));
      const reach = Math.min(64, 26 + 12 * length);
      marks.push({ kind: "line", points: [[x, y], [x - reach * gx / length, y + reach * gy / length]], stroke: "ink",
        width: 2.5, arrow: true });
    }
    shot.balls.forEach((ball, i) => {
      const [x, y] = here(ball);
      if (!inside([x, y])) return;
      marks.push({ kind: "disc", x: map.x(x), y: map.y(y), r: 6, fill: i === 0 ? "mark" : "plate",
        stroke: styles[i].stroke, width: 2.5,
        title: `${ball.name}: height ${fixed(ball.loss, 4)}` });
    });
    const [sx, sy] = map.point(...shot.start);
    marks.push({ kind: "disc", x: sx, y: sy, r: 8, fill: "none", stroke: "ink", width: 2, dash: [3, 2],
      handle: { id: "start", label: `start at ${fixed(shot.start[0], 2)}, ${fixed(shot.start[1], 2)}`, drag: "xy" } });
    const stacked = width < 680, legendX = stacked ? 42 : side.x, legendY = stacked ? map.bottom + 46 : 34;
    if (shot.relief) marks.push(...landscape(shot, ground, f, { ...side, y: stacked ? legendY + 62 : side.y + 92,
      h: stacked ? 210 : height - 150 }, styles));
    shot.balls.forEach((ball, i) => {
      const column = stacked ? i % 2 : 0, row = stacked ? Math.floor(i / 2) : i;
      const x = legendX + column * (map.right - map.left) / 2, y = legendY + row * 20;
      marks.push({ kind: "line", points: [[x, y - 4], [x + 26, y - 4]], width: 2.5, ...styles[i] });
      marks.push({ kind: "text", x: x + 33, y, text: stacked ? ball.name : `${ball.name}, rate ${fixed(ball.rate, 3)}`,
        size: 13 });
      if (!stacked) {
        marks.push({ kind: "text", x: side.x + side.w - 8, y, anchor: "end", role: "number", size: 13,
          text: lost(ball) ? "left the map" : fixed(ball.loss, 4) });
      }
    });
    const more = stacked ? (shot.relief ? 356 : 76) : 0;
    return { width, height: stacked ? map.bottom + more : height, marks, press: true };
  },
  describe(shot) {
    const parts = shot.balls.map((ball) => {
      const [x, y] = here(ball);
      return lost(ball) ? `${ball.name} has left the map`
        : `${ball.name} is at (${fixed(x, 2)}, ${fixed(y, 2)}), height ${fixed(ball.loss, 4)}${flat(ball) ? ", " +
          "where it is flat" : ""}`;
    });
    const [gx, gy] = shot.balls[0].slope;
    const slope = shot.balls.length === 1 && !lost(shot.balls[0]) ? ` The gradient there is (${fixed(gx, 3)}, ` +
      `${fixed(gy, 3)}).` : "";
    return `After ${count(shot.steps, "step")}: ${parts.join("; ")}.${slope}`;
  },
  table: (shot) => ({
    head: ["rule", "rate", "x", "y", "height", "slope"],
    rows: shot.balls.map((ball) => [ball.name, fixed(ball.rate, 4), ...here(ball).map((v) => fixed(v, 3)),
      fixed(ball.loss, 5),
      fixed(Math.hypot(...ball.slope), 4)]),
  }),
  invariants: [
    { name: "the height the engine gives is that of the map", holds: ({ surface, balls }) =>
      balls.every((ball) => lost(ball)
      || Math.abs(ball.loss - SURFACES[surface].f(...here(ball))) <= 1e-3 * Math.max(1, Math.abs(ball.loss))) },
    { name: "autograd's slope is that of central differences", holds: ({ surface, balls }) => balls.every((ball) => {
      const { f } = SURFACES[surface], [x, y] = here(ball), h = 1e-4;
      if (lost(ball)) return true;
      const found = [(f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)];
      return found.every((g, i) => Math.abs(g - ball.slope[i]) <= 2e-3 * Math.max(1, Math.abs(g)));
    }) },
    { name: "plain descent moves by rate times gradient, straight downhill", holds: ({ surface, balls }) => balls
      .filter(({ name, trail }) => name === "plain descent" && trail.length > 1).every((ball) => {
        const { f } = SURFACES[surface], [before, after] = ball.trail.slice(-2), h = 1e-4;
        const slope = [0, 1].map((i) => {
          const moved = (by: number): number => f(before[0] + (i === 0 ? by : 0), before[1] + (i === 1 ? by : 0));
          return (moved(h) - moved(-h)) / (2 * h);
        });
        return slope.every((g, i) => Math.abs(before[i] - ball.rate * g - after[i]) <= 1e-3 * Math.max(1,
          Math.abs(ball.rate * g)));
      }) },
  ],
  cell: ({ surface, rate }) => "import { tensor, optim } from \"gradus\";\n\n"
    + `const at = tensor([${SURFACES[surface].start.join(", ")}], { requiresGrad: true });\n`
    + `const descent = new optim.SGD([at], { lr: ${rate} });\nfor (let step = 0; step < 30; step++) {\n  const [x, ` +
      `y] = [at.select(0, 0), at.select(0, 1)];\n`
    + `  const height = ${CELLS[surface]};\n  descent.zeroGrad();\n  height.backward();\n  descent.step();\n}\n\nat;`,
});
const CELLS: Record<SurfaceName, string> = {
  "bowl": "x.square().mul(0.5).add(y.square().mul(0.8))",
  "valley": "x.square().mul(0.15).add(y.square().mul(9))",
  "Rosenbrock": "x.neg().add(1).square().div(20).add(y.sub(x.square()).square().div(2))",
  "saddle": "x.square().sub(y.square()).mul(0.5).add(y.square().square().mul(0.05))",
  "two minima": "x.square().square().mul(0.12).sub(x.square().mul(0.8)).add(x.mul(0.25)).add(y.square().mul(0.6))",
};
const inside = ([x, y]: Pair): boolean => x >= X[0] && x <= X[1] && y >= Y[0] && y <= Y[1];
interface Ground { readonly lines: readonly (readonly Pair[][])[]; readonly mesh: Grid; readonly ceiling: number }
const maps = new Map<SurfaceName, Ground>();
/** Contour lines from the lowest level up, and the relief's mesh; each map is measured once. */
function groundOf(name: SurfaceName): Ground {
  const known = maps.get(name);
  if (known !== undefined) return known;
  const { f } = SURFACES[name], fine = grid(f, X, Y, 49), sorted = [...fine.heights].sort((a, b) => a - b);
  // Corners far above the rest would press everything else flat.
  const found = { lines: levels(fine, 14).map((level) => contour(fine, level)), mesh: grid(f, X, Y, 25),
    ceiling: sorted[Math.floor(sorted.length * 0.93)] };
  maps.set(name, found);
  return found;
}

/** The same surface as a relief, with the same trails on it. */
function landscape(
  shot: { readonly surface: SurfaceName; readonly turn: number; readonly balls: readonly Ball[] }, ground: Ground,
  f: (x: number, y: number) => number, panel: Panel, styles: readonly { readonly stroke: Colour;
  readonly dash?: readonly number[] }[],
): Mark[] {
  const { mesh, place } = relief(ground.mesh, panel, shot.turn, ground.ceiling);
  const marks: Mark[] = [...mesh];
  shot.balls.forEach(({ trail, name, loss }, i) => {
    // A long step is drawn on the surface, not through it.
    const fine = trail.flatMap((p, k) => (k === 0 ? [p] : [1, 2, 3, 4, 5].map((j) => between(trail[k - 1], p, j / 5))));
    const points = fine.filter((p) => inside(p)).map(([x, y]) => place(x, y, f(x, y)));
    if (points.length > 1) marks.push({ kind: "line", points, width: 2, ...styles[i] });
    const last = points[points.length - 1];
    if (last !== undefined) {
      marks.push({ kind: "disc", x: last[0], y: last[1], r: 5, fill: i === 0 ? "mark" : "plate",
        stroke: styles[i].stroke, width: 2,
        title: `${name}: ${fixed(loss, 4)}` });
    }
  });
  const y = panel.y + panel.h + 18, x = panel.x + panel.w * shot.turn / Math.PI;
  marks.push({ kind: "line", points: [[panel.x + 8, y], [panel.x + panel.w - 8, y]], stroke: "ink-3", width: 1.5 });
  marks.push({ kind: "disc", x: clamp(x, [panel.x + 8, panel.x + panel.w - 8]), y, r: 7, fill: "ink", stroke: "plate",
    width: 2,
    handle: { id: "turn", label: `turn the relief, ${fixed(shot.turn * 180 / Math.PI, 0)} degrees`, drag: "x",
      step: 12 } });
  return marks;
}
