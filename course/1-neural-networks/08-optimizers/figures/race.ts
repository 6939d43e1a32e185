import { Generator, randn, scope, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { contour, grid, levels, type Grid } from "@gradus/lessons/draw/contour";
import { count, fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";
import { enter, RACERS, SURFACES, type Engine, type SurfaceName } from "../racers.ts";

const SIDE: Pair = [-3, 3], MOST = 150, FIRST = ["plain SGD", "momentum", "RMSProp", "Adam"];
/** Log heights that the right plot shows. */
const HEIGHTS: Pair = [-6, 1.5];
const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [8, 3], [2, 3], [9, 3, 2, 3]];
const COLOURS: readonly Colour[] = ["ink", "series-1", "series-2", "series-3", "series-4", "series-5", "series-6"];
interface Stroke { readonly stroke: Colour; readonly dash?: readonly number[] }
/** A colour and a dash that no other racer has: seven colours, four dashes, twenty racers. */
function strokeOf(index: number): Stroke {
  const dash = DASHES[index % 4];
  return { stroke: COLOURS[index % 7], ...(dash === undefined ? {} : { dash }) };
}

/** `heights` has one entry for each point of the trail; `slope` is the one the optimizer was given last. */
interface Ball { readonly racer: number; readonly rate: number; trail: Pair[]; heights: number[]; slope: Pair }
interface State {
  readonly surface: SurfaceName;
  readonly noise: number;
  readonly factor: number;
  readonly seed: number;
  start: Pair;
  chosen: readonly number[];
  steps: number;
  balls: Ball[];
  engines: Engine[];
  /** Noise on the gradient, a pair for each step, the same for everybody: the same mini-batches. */
  shakes: readonly Pair[];
}

const heightAt = (surface: SurfaceName, at: Tensor): Tensor =>
  SURFACES[surface].height(at.select(1, 0).sum(), at.select(1, 1).sum());
const here = ({ trail }: Ball): Pair => trail[trail.length - 1];
const heightOf = ({ heights }: Ball): number => heights[heights.length - 1];
const lost = (ball: Ball): boolean => !here(ball).every((v) => Number.isFinite(v) && Math.abs(v) < 1e3);
const above = (surface: SurfaceName, height: number): number => Math.max(0, height - SURFACES[surface].floor);

/** Height without noise, and the slope with the noise of the step to come. */
async function look(state: State): Promise<void> {
  for (const [i, engine] of state.engines.entries()) {
    const ball = state.balls[i];
    if (lost(ball)) continue;
    ball.heights = [...ball.heights, await backward(state, engine).item()];
    const [gx, gy] = await engine.at.grad!.data();
    ball.slope = [gx, gy];
  }
}
/** Gradient of height + noise · place, which is the height's gradient plus the noise; returns the height alone. */
function backward({ surface, steps, shakes }: State, { at, clear }: Engine): Tensor {
  clear();
  return scope(() => {
    const height = heightAt(surface, at);
    height.add(at.mul(tensor([[...shakes[Math.min(steps, MOST)]]])).sum()).backward();
    return height.detach();
  });
}
async function begin(state: State): Promise<State> {
  state.steps = 0;
  const draws = await randn([MOST + 1, 2], { generator: new Generator(state.seed) }).data();
  state.shakes = Array.from({ length: MOST + 1 }, (_, i): Pair =>
    [state.noise * draws[2 * i], state.noise * draws[2 * i + 1]]);
  state.engines = state.chosen.map((racer) => enter(RACERS[racer], state.start, state.factor));
  state.balls = state.chosen.map((racer) => ({ racer, rate: RACERS[racer].rate * state.factor, trail: [state.start],
    heights: [], slope: [0, 0] }));
  await look(state);
  return state;
}

interface Layout { readonly height: number; readonly map: Plot; readonly curves: Plot; readonly chips: readonly Pair[];
readonly chip: Pair }
function layout(width: number): Layout {
  const wide = width >= 640, side = wide ? Math.min(430, width * 0.5 - 50) : Math.min(width - 56, 420);
  const map = plot({ left: 36, top: 26, width: side, height: side, x: SIDE, y: SIDE, xLabel: "x", yLabel: "y" });
  const left = wide ? map.right + 56 : 44, right = width - 12;
  const curves = plot({ left, top: wide ? 26 : map.bottom + 74, width: right - left, height: wide ? side : 200,
    x: [0, MOST], y: HEIGHTS, xLabel: "step", yLabel: "height above the lowest point, powers of ten" });
  const columns = Math.max(2, Math.floor((width - 24) / 150)), rows = Math.ceil(RACERS.length / columns);
  const chip: Pair = [(width - 24) / columns, 28], top = Math.max(map.bottom, curves.bottom) + 58;
  const chips = RACERS.map((_, i): Pair => [12 + chip[0] * Math.floor(i / rows), top + chip[1] * (i % rows)]);
  return { map, curves, chips, chip, height: top + rows * chip[1] + 10 };
}

export default defineFigure({
  id: "race",
  title: "Twenty ways down",
  question: "All start at one place and feel the same slope. Which ground suits whom, and what does noise change?",
  params: {
    surface: { kind: "choice", label: "ground", value: "valley", choices: Object.keys(SURFACES) as SurfaceName[] },
    factor: { kind: "number", label: "all rates times", value: 1, min: 0.1, max: 10, step: 0.1, scale: "log" },
    noise: { kind: "number", label: "noise on the gradient", value: 0, min: 0, max: 2, step: 0.1 },
  },
  init({ surface, factor, noise }, seed): Promise<State> {
    const chosen = RACERS.flatMap(({ name }, i) => (FIRST.includes(name) ? [i] : []));
    return begin({ surface, factor, noise, seed, chosen, start: SURFACES[surface].start, steps: 0, balls: [],
      engines: [], shakes: [] });
  },
  async step(state) {
    for (const [i, engine] of state.engines.entries()) {
      const ball = state.balls[i];
      if (lost(ball)) continue;
      await engine.step(() => backward(state, engine));
      const [x, y] = await engine.at.data();
      ball.trail = [...ball.trail, [x, y]];
    }
    state.steps++;
    await look(state);
    return state;
  },
  done: ({ steps, balls }) => steps >= MOST || balls.every((ball) => lost(ball)),
  act(state, action) {
    if (action.type === "press") {
      const racer = Number(action.id.split(":")[1]);
      const rest = state.chosen.filter((i) => i !== racer);
      // Somebody has to race.
      if (rest.length > 0) state.chosen = rest.length < state.chosen.length ? rest : [...rest, racer].sort((a,
        b) => a - b);
      return begin(state);
    }
    const { map } = layout(action.width), { x, y } = action;
    if (action.type === "drop" && (x < map.left || x > map.right || y < map.top || y > map.bottom)) return state;
    state.start = [Math.round(map.x.invert(x) * 50) / 50, Math.round(map.y.invert(y) * 50) / 50];
    return begin(state);
  },
  snapshot: ({ surface, noise, start, steps, shakes, balls }) => ({ surface, noise, start, steps,
    shake: shakes[Math.min(steps, MOST)],
    balls: balls.map((ball) => ({ ...ball, trail: [...ball.trail], heights: [...ball.heights] })) }),

  view(shot, { width }: Frame): Scene {
    const { map, curves, chips, chip, height } = layout(width), ground = groundOf(shot.surface);
    const marks: Mark[] = [...map.marks, ...curves.marks];
    for (const level of levels(ground, 13)) {
      for (const line of contour(ground, level)) {
        marks.push({ kind: "line", points: line.map(([x, y]) => map.point(x, y)), stroke: "ink-3", width: 1,
          opacity: 0.45 });
      }
    }
    for (const [x, y] of SURFACES[shot.surface].lowest) {
      const [px, py] = map.point(x, y);
      marks.push({ kind: "line", points: [[px - 7, py], [px + 7, py]], stroke: "ink", width: 2 },
        { kind: "line", points: [[px, py - 7], [px, py + 7]], stroke: "ink", width: 2 });
    }
    for (const { trail, heights, racer } of shot.balls) {
      const stroke = { width: 2, ...strokeOf(racer) };
      marks.push(...path(map, trail, stroke));
      marks.push(...path(curves, heights.map((h, i) =>
        [i, clamp(Math.log10(above(shot.surface, h)), HEIGHTS)] as const), stroke));
    }
    marks.push(...tags(shot.balls, map));
    const [sx, sy] = map.point(...shot.start);
    marks.push({ kind: "disc", x: sx, y: sy, r: 10, fill: "none", stroke: "ink", width: 2, dash: [3, 2],
      handle: { id: "start", label: `start at ${fixed(shot.start[0], 2)}, ${fixed(shot.start[1], 2)}`, drag: "xy" } });
    const now = curves.x(shot.steps);
    marks.push({ kind: "line", points: [[now, curves.top], [now, curves.bottom]], stroke: "ink-3", width: 1,
      dash: [2, 3] });
    marks.push({ kind: "text", x: 12, y: chips[0][1] - 10, size: 13, fill: "ink-2",
      text: width < 500 ? "Who races? Press a name." : "Who races? Press a name to let it in or out; all begin " +
        "again." });
    RACERS.forEach(({ name }, i) => marks.push(...chipMarks(i, name, chips[i], chip[0],
      shot.balls.find(({ racer }) => racer === i))));
    return { width, height, marks, press: true };
  },
  describe({ surface, steps, noise, balls }) {
    const order = [...balls].sort((a, b) => Number(lost(a)) - Number(lost(b)) || heightOf(a) - heightOf(b));
    const parts = order.slice(0, 4).map((ball) => (lost(ball) ? `${RACERS[ball.racer].name} has left the map`
      : `${RACERS[ball.racer].name} ${fixed(above(surface, heightOf(ball)), 5)}`));
    return `${noise > 0 ? `With noise ${fixed(noise, 1)}, a` : "A"}fter ${count(steps, "step")} on this ground ` +
      `(${surface}), ` +
      `height above the lowest point: ${parts.join(", ")}${order.length > 4 ? `, and ${order.length - 4} more` : ""}.`;
  },
  table: ({ surface, balls }) => ({
    head: ["optimizer", "rate", "x", "y", "height above the lowest"],
    rows: balls.map((ball) => [RACERS[ball.racer].name, fixed(ball.rate, 3), ...here(ball).map((v) => fixed(v, 3)),
      fixed(above(surface, heightOf(ball)), 6)]),
  }),
  invariants: [
    { name: "the height the engine gives is that of the map", holds: ({ surface, balls }) => balls.every((ball) =>
      lost(ball) || near(heightOf(ball), SURFACES[surface].plain(...here(ball)))) },
    { name: "autograd's slope is that of central differences, plus the noise", holds: ({ surface, shake, balls }) =>
      balls.every((ball) => lost(ball)
        || slopeAt(surface, here(ball)).every((g, i) => near(ball.slope[i], g + shake[i]))) },
    { name: "everybody begins at the same place", holds: ({ start, balls }) =>
      balls.every(({ trail: [[x, y]] }) => x === start[0] && y === start[1]) },
    { name: "without noise the first step of plain SGD is rate times gradient, downhill", holds: (shot) =>
      shot.noise > 0 || shot.balls.filter(({ racer, trail }) => RACERS[racer].name === "plain SGD" && trail.length > 1)
        .every(({ trail: [a, b], rate }) =>
          slopeAt(shot.surface, a).every((g, i) => near(b[i], a[i] - rate * g))) },
    { name: "the first step of Adam is the rate in each coordinate, whatever the slope", holds: (shot) =>
      shot.noise > 0 || shot.balls.filter(({ racer, trail }) => RACERS[racer].name === "Adam" && trail.length > 1)
        .every(({ trail: [a, b], rate }) => slopeAt(shot.surface, a).every((g, i) =>
          Math.abs(g) < 1e-3 || near(b[i], a[i] - rate * Math.sign(g)))) },
  ],
  cell: ({ surface, factor }) => "import { tensor, optim } from \"gradus\";\n\n"
    + `const [start, height] = [${JSON.stringify(SURFACES[surface].start)}, (x, y) => ${CODE[surface]}];\n`
    + "const racers = {\n"
    + `  sgd: (p) => new optim.SGD(p, { lr: ${fixed(0.2 * factor, 3)} }),\n`
    + `  momentum: (p) => new optim.SGD(p, { lr: ${fixed(0.2 * factor, 3)}, momentum: 0.9 }),\n`
    + `  rmsprop: (p) => new optim.RMSprop(p, { lr: ${fixed(0.05 * factor, 3)} }),\n`
    + `  adam: (p) => new optim.Adam(p, { lr: ${fixed(0.5 * factor, 3)} }),\n};\n`
    + "for (const [name, make] of Object.entries(racers)) {\n"
    + "  const at = tensor(start, { requiresGrad: true }), optimizer = make([at]);\n"
    + "  for (let step = 0; step < 100; step++) {\n    optimizer.zeroGrad();\n"
    + "    height(at.select(0, 0), at.select(0, 1)).backward();\n    optimizer.step();\n  }\n"
    + "  console.log(name, await at.array());\n}",
});
const CODE: Readonly<Record<SurfaceName, string>> = {
  valley: "x.square().mul(0.05).add(y.square().mul(2))",
  Rosenbrock: "x.sub(1).square().div(20).add(y.sub(x.square()).square().div(2))",
  saddle: "x.square().sub(y.square()).div(2).add(y.square().square().mul(0.05))",
  plateau: "x.square().add(y.square()).div(-2).exp().neg().add(1)",
};

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 2e-3 * Math.max(1, Math.abs(b));
function slopeAt(surface: SurfaceName, [x, y]: Pair): Pair {
  const f = SURFACES[surface].plain, h = 1e-4;
  return [(f(x + h, y) - f(x - h, y)) / (2 * h), (f(x, y + h) - f(x, y - h)) / (2 * h)];
}
const maps = new Map<SurfaceName, Grid>();
/** Each map is measured once. */
function groundOf(name: SurfaceName): Grid {
  const found = maps.get(name) ?? grid(SURFACES[name].plain, SIDE, SIDE, 49);
  maps.set(name, found);
  return found;
}

/** Balls with their numbers; a ball too near to another one has a disc and no number. */
function tags(balls: readonly Ball[], map: Plot): Mark[] {
  const placed: Pair[] = [];
  return balls.flatMap((ball): Mark[] => {
    const at = here(ball);
    if (ball.trail.length < 2 || !at.every((v) => v === clamp(v, SIDE))) return [];
    const [x, y] = map.point(...at), free = placed.every(([u, v]) => Math.hypot(u - x, v - y) > 19);
    const title = `${RACERS[ball.racer].name}: height ${fixed(heightOf(ball), 4)}`;
    if (!free) return [{ kind: "disc", x, y, r: 4, fill: "plate", stroke: strokeOf(ball.racer).stroke, width: 2,
      title }];
    placed.push([x, y]);
    return [{ kind: "disc", x, y, r: 9.5, fill: "plate", stroke: strokeOf(ball.racer).stroke, width: 2, title },
      { kind: "text", x, y: y + 4, anchor: "middle", role: "number", size: 12, text: String(ball.racer + 1) }];
  });
}
/** A name to press: number, line and, while it races, an outline. */
function chipMarks(i: number, name: string, [x, y]: Pair, wide: number, ball: Ball | undefined): Mark[] {
  const on = ball !== undefined;
  return [
    { kind: "box", x: x + 1, y: y + 1, w: wide - 6, h: 24, fill: on ? "plate" : "none", stroke: on ? "ink" : "hair",
      width: on ? 2 : 1, handle: { id: `racer:${i}`, press: true,
        label: `${name}, ${on ? `races with rate ${fixed(ball.rate, 3)}` : "does not race"}` } },
    { kind: "text", x: x + 24, y: y + 17, anchor: "end", role: "number", size: 12, text: String(i + 1),
      fill: on ? "ink" : "ink-3" },
    { kind: "line", points: [[x + 31, y + 13], [x + 57, y + 13]], width: 2.5, opacity: on ? 1 : 0.35, ...strokeOf(i) },
    { kind: "text", x: x + 64, y: y + 17, text: name, size: 13, fill: on ? "ink" : "ink-2" },
  ];
}
