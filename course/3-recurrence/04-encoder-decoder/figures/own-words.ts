import { compile, F, manualSeed, nn, noGrad, optim, RandomStream, scan, tensor, zeros, type Compiled, type Tensor }
  from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

/** A curve of 24 points, drawn again and again: an eight. */
const ROUND = 24, SHOWN = 72, GIVEN = 9, UNITS = 16, BATCH = 16, LENGTH = 32, UPDATES = 4, MOST = 50, RATE = 0.01;
const MODES = ["teacher forcing", "free running"] as const;
const pointOf = (t: number): Pair => {
  const angle = 2 * Math.PI * t / ROUND;
  return [Math.sin(angle), 0.6 * Math.sin(2 * angle)];
};
/** A GRU from its two sums, reset, update and candidate in this order, for use inside of a scan. */
function gru(input: Tensor, own: Tensor, h: Tensor): Tensor {
  const [[r, z, n], [rh, zh, nh]] = [input, own].map((sums) => [0, 1, 2].map((k) => sums.narrow(1, k * UNITS, UNITS)));
  const keep = z.add(zh).sigmoid(), candidate = n.add(nh.mul(r.add(rh).sigmoid())).tanh();
  return candidate.add(keep.mul(h.sub(candidate)));
}
interface State {
  readonly random: RandomStream; readonly share: number;
  readonly train: Compiled<[Tensor, Tensor], Tensor>;
  /** The right points, how far each is moved when it is read, and where it reads itself, to the points it draws. */
  readonly draw: Compiled<[Tensor, Tensor, Tensor], Tensor>;
  /** How far the point that is read at place GIVEN is moved. */
  kick: Pair; at: number; steps: number; loss: number | null;
  forced: Pair[]; free: Pair[];
}
/** Points the network draws: each from the right ones before it (forced),
  or from place GIVEN on from its own (free). */
async function look(state: State): Promise<State> {
  const points = new Float32Array(SHOWN * 2), moved = new Float32Array(SHOWN * 2);
  for (let t = 0; t < SHOWN; t++) points.set(pointOf(t), 2 * t);
  moved.set(state.kick, 2 * GIVEN);
  const run = async (free: boolean): Promise<Pair[]> => {
    const own = Float32Array.from({ length: SHOWN }, (_, t) => (free && t >= GIVEN ? 1 : 0));
    const drawn = await state.draw(tensor([...points], { shape: [SHOWN, 1, 2] }),
      tensor([...moved], { shape: [SHOWN, 1, 2] }), tensor(own, { shape: [SHOWN, 1, 1] })).data();
    return Array.from({ length: SHOWN }, (_, t): Pair => [drawn[2 * t], drawn[2 * t + 1]]);
  };
  state.forced = await run(false);
  state.free = await run(true);
  return state;
}
const missOf = ([x, y]: Pair, t: number): number => {
  const [rx, ry] = pointOf(t + 1);
  return Math.hypot(x - rx, y - ry);
};
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function layout(width: number): { readonly map: Plot; readonly misses: Plot; readonly height: number } {
  const { at: [a, b], height } = panels(width, { shares: [1, 1], height: 330, heights: [300, 300], gap: 20,
    narrow: 640 });
  const map = plot({ left: a.x + 4, top: a.y + 46, width: a.w - 8, height: a.h - 60, x: [-1.5, 1.5], y: [-1.2, 1.2],
    xTicks: 0, yTicks: 0, zero: true });
  const misses = plot({ left: b.x + 36, top: b.y + 46, width: b.w - 44, height: b.h - 94, x: [1, SHOWN], y: [0, 1],
    xLabel: "point", yTicks: 4 });
  return { map, misses, height };
}
const LOOKS = { "teacher forcing": { stroke: "series-1", dash: [] }, "free running": { stroke: "series-2", dash: [6,
  4] } } as
  const;

export default defineFigure({
  id: "own-words",
  title: "Reading the truth, and reading itself",
  question: "One point is misread. Who finds the way back?",
  params: {
    share: { kind: "number", label: "share of own points read in training", value: 0, min: 0, max: 0.9, step: 0.1 },
  },
  async init({ share }, seed): Promise<State> {
    manualSeed(seed);
    const cell = new nn.GRUCell(2, UNITS), head = new nn.Linear(UNITS, 2), random = new RandomStream(seed);
    const parameters = [...cell.parameters(), ...head.parameters()], optimizer = new optim.Adam(parameters,
      { lr: RATE });
    // Where the coin is 1 the network reads its own last point. Unlike a word, a point has a slope.
    const run = (inputs: Tensor, coins: Tensor, moved: Tensor, batch: number): Tensor => {
      const { results: [drawn] } = scan([zeros([batch, UNITS]), zeros([batch, 2])], [inputs, coins, moved],
        [...parameters], ([h, last], [right, coin, kick], [wx, wh, bx, bh, wo, bo]) => {
          const read = right.add(last.sub(right).mul(coin)).add(kick);
          const next = gru(F.linear(read, wx, bx), F.linear(h, wh, bh), h), point = F.linear(next, wo, bo);
          return { carries: [next, point], results: [point] };
        });
      return drawn;
    };
    const train = compile((points: Tensor, coins: Tensor) => {
      optimizer.zeroGrad();
      const made = run(points.narrow(0, 0, LENGTH), coins, zeros([LENGTH, BATCH, 2]), BATCH);
      const loss = made.sub(points.narrow(0, 1, LENGTH)).square().mean();
      loss.backward();
      optim.clipGradNorm(parameters, 1);
      optimizer.step();
      return loss;
    });
    const draw = compile((points: Tensor, moved: Tensor, coins: Tensor) => noGrad(() => run(points, coins, moved, 1)));
    return look({ random, share, train, draw, kick: [0.2, 0.4], at: 40, steps: 0, loss: null, forced: [],
      free: [] });
  },
  async step(state) {
    const { random, share } = state;
    let loss: Tensor | null = null;
    for (let i = 0; i < UPDATES; i++) {
      const points = new Float32Array((LENGTH + 1) * BATCH * 2), coins = new Float32Array(LENGTH * BATCH);
      for (let b = 0; b < BATCH; b++) {
        const start = random.integer(ROUND);
        for (let t = 0; t <= LENGTH; t++) points.set(pointOf(start + t), 2 * (t * BATCH + b));
        for (let t = 0; t < LENGTH; t++) coins[t * BATCH + b] = t >= GIVEN && random.uniform() < share ? 1 : 0;
      }
      loss = state.train(tensor(points, { shape: [LENGTH + 1, BATCH, 2] }), tensor(coins, { shape: [LENGTH, BATCH,
        1] }));
    }
    state.loss = await loss!.item();
    state.steps++;
    return look(state);
  },
  done: ({ steps }) => steps >= MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { map, misses } = layout(action.width);
    if (action.id === "at") {
      state.at = clamp(Math.round(misses.x.invert(action.x)), [1, SHOWN]);
      return state;
    }
    const [x, y] = pointOf(GIVEN), far = (v: number): number => Math.round(100 * clamp(v, [-1, 1])) / 100;
    state.kick = [far(map.x.invert(action.x) - x), far(map.y.invert(action.y) - y)];
    return look(state);
  },
  snapshot: ({ kick, at, steps, loss, share, forced, free }) => ({ kick, at, steps, loss, share, forced: [...forced],
    free: [...free] }),

  view({ kick, at, forced, free }, { width }: Frame): Scene {
    const { map, misses, height } = layout(width), marks: Mark[] = [...map.marks, ...misses.marks];
    const runs = { "teacher forcing": forced, "free running": free };
    const truth = Array.from({ length: ROUND + 1 }, (_, t) => pointOf(t));
    marks.push(...path(map, truth, { stroke: "hair", width: 7 }));
    marks.push({ kind: "text", x: map.left, y: map.top - 30, text: "what it draws; grey is right", size: 13,
      fill: "ink-2" },
      { kind: "text", x: misses.left, y: misses.top - 30, text: "distance from the right point", size: 13,
        fill: "ink-2" });
    marks.push({ kind: "line", points: [[misses.x(at), misses.top], [misses.x(at), misses.bottom]], stroke: "mark",
      width: 8 });
    const given = misses.x(GIVEN + 1);
    marks.push({ kind: "line", points: [[given, misses.top], [given, misses.bottom]], stroke: "ink-3", width: 1,
      dash: [2, 3] },
      { kind: "text", x: given + 5, y: misses.top + 15, text: "reads itself from here", size: 12, fill: "ink-2" });
    MODES.forEach((mode, i) => {
      const drawn = runs[mode], style = { ...LOOKS[mode], width: 2 };
      const kept = (v: Pair): Pair => [clamp(v[0], [-1.5, 1.5]), clamp(v[1], [-1.2, 1.2])];
      marks.push(...path(map, drawn.slice(GIVEN).map(kept), style),
        ...path(misses, drawn.map((point, t): Pair => [t + 1, clamp(missOf(point, t), [0, 1])]), { ...style,
          width: 2.5 }));
      const [x, y] = map.point(...kept(drawn[at - 1]));
      marks.push(i === 0 ? { kind: "disc", x, y, r: 5, fill: "series-1", stroke: "plate", width: 1.5 }
        : { kind: "box", x: x - 5, y: y - 5, w: 10, h: 10, fill: "series-2", stroke: "plate", width: 1.5 });
      for (const on of [map, misses]) {
        const left = on.left + i * (on.right - on.left) / 2;
        marks.push({ kind: "line", points: [[left, on.top - 13], [left + 22, on.top - 13]], ...style, width: 2.5 },
          { kind: "text", x: left + 27, y: on.top - 9, text: mode, size: 13 });
      }
    });
    const [rx, ry] = map.point(...pointOf(at)), [x, y] = pointOf(GIVEN), from = map.point(x, y);
    const to = map.point(clamp(x + kick[0], [-1.5, 1.5]), clamp(y + kick[1], [-1.2, 1.2]));
    marks.push({ kind: "disc", x: rx, y: ry, r: 8, fill: "none", stroke: "ink-3", width: 1.5 });
    if (kick[0] !== 0 || kick[1] !== 0) marks.push({ kind: "line", points: [from, to], stroke: "ink", width: 1.5,
      dash: [3, 3] });
    marks.push({ kind: "disc", x: to[0], y: to[1], r: 8, fill: "mark", stroke: "ink", width: 2, handle: { id: "kick",
      label: `point ${GIVEN}, misread by ${fixed(kick[0])}, ${fixed(kick[1])}`, drag: "xy" } });
    marks.push({ kind: "disc", x: misses.x(at), y: misses.top, r: 8, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "at",
      label: `point ${at} of ${SHOWN}`, drag: "x", step: 6 } });
    return { width, height, marks };
  },
  describe({ kick, at, steps, loss, share, forced, free }) {
    const trained = loss === null ? "Nothing is trained yet" : `After ${count(steps * UPDATES, "update")} with ${
      fixed(100 * share, 0)} % own points, loss ${fixed(loss, 4)}`;
    const size = Math.hypot(...kick), moved = size === 0 ? "" : ` Point ${GIVEN} was misread by ${fixed(size)}.`;
    const late = (run: readonly Pair[]): string => fixed(mean(run.map(missOf).slice(-ROUND)), 3);
    return `${trained}.${moved} Point ${at} lies off by ${fixed(missOf(forced[at - 1], at - 1), 3)} with teacher ` +
      `forcing ` +
      `and by ${fixed(missOf(free[at - 1], at - 1), 3)} free running; in the last round the mean is ` +
      `${late(forced)} and ` +
      `${late(free)}.`;
  },
  table: ({ forced, free }) => ({ head: ["point", "off with teacher forcing", "off free running"],
    rows: [GIVEN, 12, 24, 36, 48, 60, SHOWN].map((t) => [String(t), fixed(missOf(forced[t - 1], t - 1), 3),
      fixed(missOf(free[t - 1], t - 1), 3)]) }),
  invariants: [
    { name: "up to where it reads itself, both draw the same", holds: ({ forced, free, kick }) =>
      Math.hypot(...kick) > 0 || forced.slice(0, GIVEN).every(([x, y], t) =>
        Math.abs(x - free[t][0]) + Math.abs(y - free[t][1]) < 1e-5) },
    { name: "a misread point changes nothing before it", holds: ({ forced, free }) => forced.slice(0,
      GIVEN).every(([x], t) =>
      Math.abs(x - free[t][0]) < 1e-5) },
    { name: "every point is finite", holds: ({ forced, free }) => [...forced, ...free].flat().every(Number.isFinite) },
  ],
});
