import { F, Generator, randn, RandomStream, tensor, type Tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, percent } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import type { Pair } from "@gradus/lessons/draw/scale";

const VALUES = 8, MOST = 48, SHARP = 60, PER_STEP = 2;

interface Shot {
  readonly size: number;
  /** Keys and values of the pairs read so far. */
  keys: number[][]; values: number[];
  /** The state, a row for each of 8 values. */
  slate: number[];
  /** For each pair, what state and cache answer when its key is shown again. */
  bySlate: number[]; byShelf: number[];
  curve: { readonly pairs: number; readonly slate: number; readonly shelf: number }[];
  /** What Mamba-2's own operation gives when the newest key is shown again. */
  last: number[];
}
interface State extends Shot { readonly all: number[][]; readonly drawn: number[] }
const share = (said: readonly number[], values: readonly number[]): number =>
  (values.length === 0 ? 1 : said.filter((v, i) => v === values[i]).length / values.length);
const list = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

/** What both memories hold and answer after the first pairs. */
async function read(state: State, pairs: number): Promise<State> {
  state.keys = state.all.slice(0, pairs);
  state.values = state.drawn.slice(0, pairs);
  if (pairs > 0) {
    const keys = tensor(state.keys), values = F.oneHot(tensor(Int32Array.from(state.values)), VALUES).cast("f32");
    const T = pairs, N = state.size;
    const slate = values.T.matmul(keys);
    state.slate = await list(slate);
    state.bySlate = await list(keys.matmul(slate.T).argmax(1));
    state.byShelf = await list(F.softmax(keys.matmul(keys.T).mul(SHARP), 1).matmul(values).argmax(1));
    // The same by the layer of Mamba-2, with nothing fading: one head of 8 numbers, keys as B and as C.
    const y = F.stateSpaceDuality(values.reshape([1, T, 1, VALUES]), tensor(new Float32Array(T).fill(1)).reshape([1,
      T, 1]),
      tensor([0]), keys.reshape([1, T, 1, N]), keys.reshape([1, T, 1, N]), tensor([0]));
    state.last = await list(y.select(1, T - 1).flatten());
  }
  const now = { pairs, slate: share(state.bySlate, state.values), shelf: share(state.byShelf, state.values) };
  state.curve = [...state.curve.filter((point) => point.pairs < pairs), now];
  return state;
}

interface Layout { readonly height: number; readonly wide: boolean; readonly slate: { readonly x: number;
  readonly y: number };
readonly shelf: { readonly x: number; readonly y: number; readonly w: number }; readonly rows: number;
  readonly on: Plot }
const CELL = 11;
function layout(width: number): Layout {
  const wide = width >= 640, slate = { x: 14, y: 46 };
  const shelf = { x: wide ? 300 : 14, y: wide ? 46 : 46 + VALUES * CELL + 58, w: wide ? width - 314 : width - 28 };
  const rows = Math.max(shelf.y + SHELF, slate.y + VALUES * CELL) + 46;
  const on = plot({ left: 50, top: rows + 100, width: width - 64, height: 150, x: [0, MOST], y: [0, 1],
    xLabel: "pairs read", yLabel: "share recalled", xTicks: wide ? 8 : 5, yTicks: 4 });
  return { height: on.bottom + 44, wide, slate, shelf, rows, on };
}
/** Height of the shelf: a column holds a key and, below it, its value. */
const SHELF = 118;

export default defineFigure({
  id: "slate-and-shelf",
  title: "A slate and a shelf",
  question: "How many pairs can be written on one slate before they blur?",
  params: {
    size: { kind: "number", label: "length of a key, N", value: 16, min: 4, max: 24, step: 4 },
  },
  async init({ size }, seed): Promise<State> {
    const random = new RandomStream(seed), draws = await list(randn([MOST, size], { generator: new Generator(seed) }));
    const all = Array.from({ length: MOST }, (_, i) => {
      const key = draws.slice(i * size, (i + 1) * size), long = Math.hypot(...key);
      return key.map((v) => v / long);
    });
    return read({ size, all, drawn: Array.from({ length: MOST }, () => random.integer(VALUES)), keys: [], values: [],
      slate: new Array<number>(VALUES * size).fill(0), bySlate: [], byShelf: [], curve: [], last: [] }, 0);
  },
  step: (state) => read(state, Math.min(MOST, state.keys.length + PER_STEP)),
  done: ({ keys }) => keys.length >= MOST,
  snapshot: ({ size, keys, values, slate, bySlate, byShelf, curve, last }): Shot =>
    ({ size, keys, values, slate, bySlate, byShelf, curve, last }),

  view(shot, { width }: Frame): Scene {
    const at = layout(width), { slate, shelf, on } = at, { size, keys, values } = shot, marks: Mark[] = [];
    const say = (text: string, x: number, y: number, fill: Colour = "ink-2"): void => {
      marks.push({ kind: "text", x, y, text, size: 13, fill });
    };
    say("the slate: the state", slate.x, 18, "series-1");
    say(`${count(VALUES * size, "number")}, always`, slate.x, 36);
    marks.push({ kind: "cells", x: slate.x, y: slate.y, w: size * CELL, h: VALUES * CELL, rows: VALUES, columns: size,
      values: shot.slate, scale: 2, title: "each row a value, each column a place of the keys" });
    say("the shelf: keys and values kept", shelf.x, shelf.y - 28, "series-2");
    say(`${count(keys.length * (size + VALUES), "number")}, and growing`, shelf.x, shelf.y - 10);
    const column = shelf.w / MOST, high = SHELF / (size + VALUES);
    keys.forEach((key, i) => {
      const value = Array.from({ length: VALUES }, (_, v) => (v === values[i] ? 1 : 0));
      marks.push({ kind: "cells", x: shelf.x + i * column + 0.5, y: shelf.y, w: column - 1, h: size * high, rows: size,
        columns: 1, values: key, scale: 0.8 },
      { kind: "cells", x: shelf.x + i * column + 0.5, y: shelf.y + size * high + 2, w: column - 1,
        h: VALUES * high - 2, rows: VALUES, columns: 1, values: value, scale: 1 });
    });
    marks.push({ kind: "box", x: shelf.x, y: shelf.y - 2, w: shelf.w, h: SHELF + 4, fill: "none", stroke: "hair",
      width: 1 });
    // Every pair asked again: a filled square is a right answer, an open crossed one is wrong.
    const step = (width - 28) / MOST, side = Math.min(step - 1.5, 13);
    [shot.bySlate, shot.byShelf].forEach((said, k) => {
      const y = at.rows + k * 40, colour = `series-${k + 1}` as Colour;
      say(`${k === 0 ? "slate" : "shelf"}, every key shown again: ${keys.length === 0 ? "none yet"
        : `${said.filter((v, i) => v === values[i]).length} of ${keys.length} right`}`, 14, y, colour);
      said.forEach((v, i) => {
        const good = v === values[i], x = 14 + (i + 0.5) * step, top = y + 7;
        if (good) marks.push({ kind: "box", x: x - side / 2, y: top, w: side, h: side, fill: colour });
        else marks.push({ kind: "line", points: [[x - side / 2, top], [x + side / 2, top + side]], stroke: "bad",
          width: 2 }, { kind: "line", points: [[x + side / 2, top], [x - side / 2, top + side]], stroke: "bad",
            width: 2 });
      });
    });
    marks.push(...on.marks);
    const limit = on.x(size);
    marks.push({ kind: "line", points: [[limit, on.top], [limit, on.bottom]], stroke: "ink-3", width: 1, dash: [2, 3] },
      { kind: "text", x: limit + 6, y: on.bottom - 10, size: 12, fill: "ink-2", text: `N = ${size}` });
    (["slate", "shelf"] as const).forEach((name, k) => {
      const colour = `series-${k + 1}` as Colour, points = shot.curve.map((point): Pair => [point.pairs, point[name]]);
      marks.push(...path(on, points, { stroke: colour, width: 2.5, ...(k === 1 ? { dash: [5, 4] } : {}) }));
      const [u, v] = points[points.length - 1];
      marks.push({ kind: "disc", x: on.x(u), y: on.y(v), r: 4, fill: colour });
    });
    return { width, height: at.height, marks };
  },
  describe({ keys, size, curve }) {
    const now = curve[curve.length - 1];
    return `${count(keys.length, "pair")} read. The slate has ${count(VALUES * size, "number")} and recalls ` +
      `${percent(now.slate, 0)} of them; the shelf has ${count(keys.length * (size + VALUES), "number")} and recalls ` +
      `${percent(now.shelf, 0)}.`;
  },
  table: ({ curve, size }) => ({ head: ["pairs", "numbers on the slate", "recalled", "numbers on the shelf",
    "recalled from it"],
    rows: curve.map(({ pairs, slate, shelf }) => [String(pairs), String(VALUES * size), percent(slate, 0),
      String(pairs * (size + VALUES)), percent(shelf, 0)]) }),
  invariants: [
    { name: "the slate keeps its size, and the shelf has one column for each pair", holds: ({ slate, size, keys,
      byShelf }) =>
      slate.length === VALUES * size && byShelf.length === keys.length },
    { name: "the slate is what Mamba-2’s layer holds: read with the last key, both give the same",
      holds({ slate, size, keys, last }) {
        if (keys.length === 0) return true;
        const key = keys[keys.length - 1];
        return last.every((y, v) => Math.abs(y - key.reduce((sum, k, n) => sum + k * slate[v * size + n], 0)) < 1e-4);
      } },
    { name: "two pairs are recalled by both", holds: ({ curve }) => curve.every(({ pairs, slate, shelf }) =>
      pairs !== 2 || slate + shelf === 2) },
  ],
});
