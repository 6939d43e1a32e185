import { F, Generator, nn, noGrad, optim, RandomStream, tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { edge } from "@gradus/lessons/draw/edge";
import { count, fixed } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const UNITS = 8, GRID = 41, EXAMPLES = 24, TRAINING = 160, MOST = 300;
const RANGE: Pair = [-1.5, 1.5];
const xs = Array.from({ length: GRID }, (_, i) => RANGE[0] + (RANGE[1] - RANGE[0]) * i / (GRID - 1));

interface State {
  readonly net: readonly nn.Linear[]; readonly p: number; readonly draws: RandomStream;
  readonly points: readonly Pair[];
  /** What the network says with all its units, none scaled: dropout grew those that were kept while training. */
  readonly whole: readonly number[];
  /** With one hidden layer: how far one mask's output lies from the average, as a standard deviation. */
  readonly spread: readonly number[];
  /** Whether each unit of each hidden layer is kept. */
  masks: boolean[][];
  thinned: readonly number[]; sums: readonly number[]; drawn: number;
  byHand: boolean;
}

/** The output at each x. Kept units are multiplied by 1 / (1 - p); without masks all are kept as they are. */
async function output(net: readonly nn.Linear[], masks: State["masks"] | null, p: number): Promise<number[]> {
  const result = noGrad(() => net.slice(1).reduce((h, layer, i) => {
    const values = h.tanh();
    return layer.forward(masks === null ? values
      : values.mul(tensor(masks[i].map((kept) => (kept ? 1 / (1 - p) : 0)))));
  }, net[0].forward(tensor(xs.map((x) => [x])))));
  return Array.from(await result.data());
}
/** A network with dropout behind each hidden layer, fitted to the points. */
function fit(points: readonly Pair[], depth: number, p: number, generator: Generator): nn.Linear[] {
  const net = Array.from({ length: depth + 1 }, (_, i) =>
    new nn.Linear(i === 0 ? 1 : UNITS, i === depth ? 1 : UNITS));
  for (const { weight, bias } of net) {
    weight.assign(nn.init.xavierNormal(weight.shape, 5 / 3, { generator }));
    bias!.assign(nn.init.uniform(bias!.shape, -1, 1, { generator }));
  }
  const x = tensor(points.map((point) => [point[0]])), y = tensor(points.map((point) => [point[1]]));
  const optimizer = new optim.Adam(net.flatMap((layer) => [...layer.parameters()]), { lr: 0.05 });
  for (let step = 0; step < TRAINING; step++) {
    const answer = net.slice(1).reduce((h, layer) => layer.forward(F.dropout(h.tanh(), p, true, { generator })),
      net[0].forward(x));
    optimizer.zeroGrad();
    F.mseLoss(answer, y).backward();
    optimizer.step();
  }
  return net;
}
const keep = (state: Pick<State, "draws" | "p" | "masks">): boolean[][] =>
  state.masks.map((mask) => mask.map(() => state.draws.uniform() >= state.p));

interface Layout { readonly net: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
readonly on: Plot; readonly height: number }
function layout(width: number): Layout {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1.35], height: 390, heights: [270, 330],
    narrow: 600 });
  return { net: { x: a.x + 8, y: a.y + 34, w: a.w - 16, h: a.h - 60 }, height,
    on: plot({ left: b.x + 30, top: b.y + (stacked ? 74 : 84), width: b.w - 40, height: b.h - (stacked ? 120 : 130),
      x: RANGE, y: [-1.6, 1.6], xLabel: "x", xTicks: 6 }) };
}

export default defineFigure({
  id: "dropout-ensemble",
  title: "A crowd of thinned networks",
  question: "Every mask is another network. Does one pass with all units say what they say on average?",
  params: {
    p: { kind: "number", label: "share dropped", value: 0.3, min: 0.1, max: 0.8, step: 0.1 },
    hidden: { kind: "choice", label: "hidden layers", value: "one", choices: ["one", "two"] },
    batch: { kind: "choice", label: "masks a step", value: "1", choices: ["1", "10"] },
  },
  async init({ p, hidden }, seed): Promise<State> {
    const generator = new Generator(seed), draws = new RandomStream(seed);
    const points = Array.from({ length: EXAMPLES }, (_, i): Pair => {
      const x = RANGE[0] + (RANGE[1] - RANGE[0]) * (i + 0.5) / EXAMPLES;
      return [x, Math.sin(1.7 * x) + 0.2 * draws.normal()];
    });
    const depth = hidden === "one" ? 1 : 2, net = fit(points, depth, p, generator);
    const masks = Array.from({ length: depth }, () => new Array<boolean>(UNITS).fill(true));
    const whole = await output(net, null, p);
    // A unit kept alone shows what it adds; sums of such independent terms have a known deviation.
    const alone = depth > 1 ? [] : await Promise.all(Array.from({ length: UNITS + 1 }, (_, unit) =>
      output(net, [masks[0].map((__, i) => i === unit)], p)));
    const spread = depth > 1 ? [] : xs.map((_, i) => Math.sqrt(alone.reduce((sum, values) =>
      sum + (values[i] - alone[UNITS][i]) ** 2 * p * (1 - p), 0)));
    return { net, p, draws, points, whole, spread, masks, thinned: whole, sums: xs.map(() => 0), drawn: 0,
      byHand: false };
  },
  async step(state, { batch }) {
    for (let again = Number(batch); again > 0 && state.drawn < MOST; again--) {
      state.masks = keep(state);
      state.thinned = await output(state.net, state.masks, state.p);
      state.sums = state.sums.map((sum, i) => sum + state.thinned[i]);
      state.drawn++;
    }
    state.byHand = false;
    return state;
  },
  done: ({ drawn }) => drawn >= MOST,
  async act(state, action) {
    if (action.type !== "press") return state;
    const [layer, unit] = action.id.split(":").slice(1).map(Number);
    state.masks = state.masks.map((mask, l) => (l === layer ? mask.with(unit, !mask[unit]) : mask));
    state.thinned = await output(state.net, state.masks, state.p);
    state.byHand = true;
    return state;
  },
  snapshot: ({ p, points, whole, spread, masks, thinned, sums, drawn, byHand }) => ({ p, points, whole, spread,
    masks, thinned, drawn, byHand, mean: sums.map((sum) => (drawn === 0 ? 0 : sum / drawn)) }),

  view(shot, { width }: Frame): Scene {
    const { net, on, height } = layout(width), { points, whole, masks, thinned, mean, drawn, byHand } = shot;
    const marks: Mark[] = [];
    const label = (x: number, y: number, text: string): void => {
      marks.push({ kind: "text", x, y, text, size: 13, fill: "ink-2" });
    };
    label(net.x, net.y - 16, "press a unit to drop it");
    // The network: hollow and dashed are dropped.
    const columns = masks.length + 2, place = (column: number, row: number, rows: number): Pair =>
      [net.x + 14 + (net.w - 28) * column / (columns - 1), net.y + net.h * (row + 0.5) / rows];
    const sizes = [1, ...masks.map(() => UNITS), 1];
    const kept = (column: number, row: number): boolean => masks[column - 1]?.[row] ?? true;
    for (let column = 0; column + 1 < columns; column++) {
      for (let i = 0; i < sizes[column]; i++) {
        for (let j = 0; j < sizes[column + 1]; j++) {
          if (!kept(column, i) || !kept(column + 1, j)) continue;
          marks.push(...edge(place(column, i, sizes[column]), place(column + 1, j, sizes[column + 1]),
            { from: 10, to: 10, arrow: false, width: 1 }));
        }
      }
    }
    sizes.forEach((rows, column) => {
      for (let row = 0; row < rows; row++) {
        const [x, y] = place(column, row, rows), here = kept(column, row), hidden = column > 0 && column + 1 < columns;
        marks.push({ kind: "disc", x, y, r: 10, fill: here ? "ink" : "plate", stroke: here ? "ink" : "ink-3",
          width: 1.5, ...(here ? {} : { dash: [3, 3] }),
          ...(hidden ? { handle: { id: `unit:${column - 1}:${row}`, press: true,
            label: `unit ${row + 1} of hidden layer ${column}, ${here ? "kept" : "dropped"}` } } : {}) });
      }
    });
    marks.push(...on.marks);
    const key = (left: number, y: number, text: string, style: Partial<Mark>): void => {
      marks.push({ kind: "line", points: [[left, y - 4], [left + 26, y - 4]], ...style } as Mark);
      label(left + 33, y, text);
    };
    const of = (values: readonly number[]): Pair[] => values.map((value, i) => [xs[i], value]);
    const thin = { stroke: "ink-3", width: 1.5 } as const, average = { stroke: "series-1", width: 3 } as const,
      all = { stroke: "series-2", width: 2.5, dash: [7, 5] } as const;
    for (const [x, y] of points) {
      if (Math.abs(y) > 1.6) continue;
      marks.push({ kind: "disc", x: on.x(x), y: on.y(y), r: 3.5, fill: "plate", stroke: "ink-2", width: 1.5 });
    }
    if (drawn > 0 || byHand) marks.push(...path(on, of(thinned), thin));
    if (drawn > 0) marks.push(...path(on, of(mean), average));
    marks.push(...path(on, of(whole), all));
    key(on.left, on.top - 50, byHand ? "without the units you dropped" : "this mask", thin);
    key(on.left, on.top - 31, drawn === 0 ? "average of masks: none yet" : `average of ${count(drawn, "mask")}`,
      average);
    key(on.left, on.top - 12, "one pass with all units", all);
    return { width, height, marks };
  },
  describe(shot) {
    const { masks, drawn, whole, mean, thinned, p, byHand } = shot;
    const total = masks.length * UNITS, dropped = masks.flat().filter((kept) => !kept).length;
    const far = (a: readonly number[]): number => Math.sqrt(a.reduce((sum, v, i) => sum + (v - whole[i]) ** 2, 0)
      / a.length);
    const crowd = drawn === 0 ? `There are 2 to the ${total} masks; step to draw one.`
      : `The average of ${count(drawn, "mask")} is ${fixed(far(mean), 3)} from it.`;
    if (drawn === 0 && !byHand) {
      return `Trained with ${fixed(100 * p, 0)} % of ${total} hidden units dropped. ${crowd}`;
    }
    return `${byHand ? "By hand" : "This mask"}: ${dropped} of ${total} units dropped, the curve is ` +
      `${fixed(far(thinned), 3)} from that of all units. ${crowd}`;
  },
  table: ({ whole, mean, thinned }) => ({ head: ["x", "this mask", "average", "all units"],
    rows: xs.flatMap((x, i) => (i % 5 === 0 ? [[fixed(x, 3), fixed(thinned[i], 3), fixed(mean[i], 3),
      fixed(whole[i], 3)]] : [])) }),
  invariants: [
    { name: "with one hidden layer the average of the masks comes as near as chance allows", holds(shot) {
      const { masks, drawn, whole, mean, spread } = shot;
      if (masks.length > 1 || drawn < 2) return true;
      return whole.every((value, i) => Math.abs(mean[i] - value) <= 6 * spread[i] / Math.sqrt(drawn) + 1e-4);
    } },
    { name: "the table of masks has a place for each hidden unit", holds: ({ masks }) =>
      masks.every((mask) => mask.length === UNITS) },
  ],
});
