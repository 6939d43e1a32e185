import { F, Generator, grad, randn, tensor } from "gradus";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp, type Pair } from "@gradus/lessons/draw/scale";

const WIDTHS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], WIDEST = 512, KEYS = 8, QUERIES = 12, MOST = 24;

interface Weights { readonly weights: readonly number[]; readonly slope: number }
interface State {
  readonly generator: Generator;
  /** Index of the width looked at. */
  chosen: number;
  queries: number;
  /** Sums of squared scores for each width, over all queries and keys. */
  squares: number[];
  /** Scores of the last query, [width][key]. */
  scores: number[][];
  plain: Weights; divided: Weights;
}

/** Weights of these scores, and how fast the largest one rises with its own score, by the engine. */
async function weigh(scores: readonly number[]): Promise<Weights> {
  const s = tensor([...scores], { requiresGrad: true }), w = F.softmax(s, 0), weights = Array.from(await w.data());
  const top = weights.indexOf(Math.max(...weights)), [slope] = grad(w.select(0, top), [s]);
  return { weights, slope: (await slope!.data())[top] };
}
/** Draws queries and keys with entries of variance 1; a narrow vector is the beginning of the wide one. */
async function draw(state: State, queries: number): Promise<void> {
  const q = randn([queries, 1, WIDEST], { generator: state.generator });
  const k = randn([queries, KEYS, WIDEST], { generator: state.generator });
  const ends = tensor(Int32Array.from(WIDTHS, (width) => width - 1));
  const found = await q.mul(k).cumsum(2).indexSelect(2, ends).data();
  const pairs = queries * KEYS;
  for (let i = 0; i < pairs; i++) WIDTHS.forEach((_, j) => { state.squares[j] += found[i * WIDTHS.length + j] ** 2; });
  state.queries += queries;
  state.scores = WIDTHS.map((_, j) => Array.from({ length: KEYS }, (__, i) =>
    found[((queries - 1) * KEYS + i) * WIDTHS.length + j]));
}
async function look(state: State): Promise<State> {
  const scores = state.scores[state.chosen], root = Math.sqrt(WIDTHS[state.chosen]);
  state.plain = await weigh(scores);
  state.divided = await weigh(scores.map((score) => score / root));
  return state;
}

interface Layout { readonly growth: Plot; readonly height: number;
  readonly bars: { readonly left: number; readonly top: number; readonly width: number; readonly h: number } }
function layout(width: number): Layout {
  const { at: [a, b], stacked, height } = panels(width, { shares: [1, 1.05], height: 352, heights: [310, 320],
    narrow: 600 });
  const growth = plot({ left: a.x + 28, top: a.y + 44, width: a.w - 36, height: a.h - 92,
    x: [0, WIDTHS.length - 1], y: [0, 25], xTicks: 0, yTicks: 5 });
  return { growth, height, bars: { left: b.x + (stacked ? 0 : 10), top: b.y + 44, width: b.w - (stacked ? 0 : 10),
    h: b.h - 132 } };
}

const EMPTY: Weights = { weights: [], slope: 0 };
export default defineFigure({
  id: "root-d",
  title: "Why the root of d",
  question: "Longer vectors give larger dot products. What does that do to a softmax?",
  params: {},
  async init(_settings, seed): Promise<State> {
    const state: State = { generator: new Generator(seed), chosen: 6, queries: 0, squares: WIDTHS.map(() => 0),
      scores: [], plain: EMPTY, divided: EMPTY };
    await draw(state, QUERIES);
    return look(state);
  },
  async step(state) {
    await draw(state, QUERIES);
    return look(state);
  },
  done: ({ queries }) => queries >= QUERIES * MOST,
  act(state, action) {
    if (action.type !== "drag") return state;
    state.chosen = Math.round(layout(action.width).growth.x.invert(action.x));
    return look(state);
  },
  snapshot: ({ chosen, queries, squares, scores, plain, divided }) => ({ chosen, queries, plain, divided,
    spreads: squares.map((sum) => Math.sqrt(sum / (queries * KEYS))), scores: [...scores[chosen]] }),

  view({ chosen, spreads, plain, divided, scores }, { width }: Frame): Scene {
    const { growth, bars, height } = layout(width), marks: Mark[] = [...growth.marks], d = WIDTHS[chosen];
    marks.push({ kind: "text", x: growth.left, y: growth.top - 20, size: 13, fill: "ink-2",
      text: "spread of a score (standard deviation)" });
    WIDTHS.forEach((value, i) => {
      marks.push({ kind: "text", x: growth.x(i), y: growth.bottom + 18, anchor: "middle", role: "number", size: 12,
        fill: i === chosen ? "ink" : "ink-2", bold: i === chosen, text: String(value) });
    });
    marks.push({ kind: "text", x: growth.right, y: growth.bottom + 36, anchor: "end", size: 13, fill: "ink-2",
      text: "d, numbers in a query and a key" });
    const x = growth.x(chosen);
    marks.push({ kind: "line", points: [[x, growth.top], [x, growth.bottom]], stroke: "mark", width: 9 },
      { kind: "line", points: [[x, growth.top], [x, growth.bottom]], stroke: "ink", width: 1 });
    const root = Array.from({ length: 91 }, (_, i): Pair => [i / 10, 2 ** (i / 20)]);
    marks.push(...path(growth, root, { stroke: "ink-3", width: 1.5, dash: [2, 3] }));
    const line = (of: (spread: number, i: number) => number, colour: Colour, dash?: readonly number[]): void => {
      const points = spreads.map((spread, i): Pair => [i, clamp(of(spread, i), [0, 25])]);
      marks.push(...path(growth, points, { stroke: colour, width: 2.5, ...(dash === undefined ? {} : { dash }) }));
      for (const [i, y] of points) {
        marks.push({ kind: "disc", x: growth.x(i), y: growth.y(y), r: i === chosen ? 5.5 : 3.5, fill: "plate",
          stroke: colour, width: 2, title: `d = ${WIDTHS[i]}: ${fixed(y)}` });
      }
    };
    line((spread) => spread, "series-2", [7, 4]);
    line((spread, i) => spread / Math.sqrt(WIDTHS[i]), "series-1");
    marks.push({ kind: "disc", x, y: growth.top, r: 9, fill: "mark", stroke: "ink", width: 2,
      handle: { id: "width", label: `d = ${d}, spread ${fixed(spreads[chosen], 1)}`, drag: "x", step: 28 } });
    const key = (at: number, y: number, text: string, colour: Colour, dash?: readonly number[]): void => {
      marks.push({ kind: "line", points: [[at, y - 4], [at + 24, y - 4]], stroke: colour, width: 2.5,
        ...(dash === undefined ? {} : { dash }) }, { kind: "text", x: at + 31, y, text, size: 13 });
    };
    key(growth.left + 10, growth.top + 26, `q · k: ${fixed(spreads[chosen], 2)}`, "series-2", [7, 4]);
    key(growth.left + 10, growth.top + 46, `q · k / √d: ${fixed(spreads[chosen] / Math.sqrt(d), 2)}`, "series-1");
    // The last query's eight weights, twice.
    const { left, top, width: room, h } = bars, slot = room / KEYS, wide = Math.min(22, slot * 0.4);
    marks.push({ kind: "text", x: left, y: top - 20, size: 13, fill: "ink-2",
      text: `one query, eight keys, d = ${d}: the weights` });
    marks.push({ kind: "line", points: [[left, top + h], [left + room, top + h]], stroke: "ink-3", width: 1 });
    const up = (weight: number): number => Math.max(0, (h - 12) * weight);
    scores.forEach((score, i) => {
      const middle = left + slot * (i + 0.5), a = plain.weights[i], b = divided.weights[i];
      marks.push({ kind: "box", x: middle - wide - 1, y: top + h - up(a), w: wide, h: up(a), fill: "series-2",
        hatch: true, stroke: "series-2", width: 1.5, title: `weight of q · k: ${percent(a)}` },
      { kind: "box", x: middle + 1, y: top + h - up(b), w: wide, h: up(b), fill: "series-1",
        title: `weight of q · k / √d: ${percent(b)}` },
      { kind: "text", x: middle, y: top + h + 18, anchor: "middle", role: "number", size: 12, fill: "ink-2",
        text: fixed(score, Math.abs(score) < 9.95 && slot > 34 ? 1 : 0) });
    });
    marks.push({ kind: "text", x: left, y: top + h + 38, size: 12, fill: "ink-2",
      text: "below: q · k. Hatched: plain; solid: divided" });
    const says = ({ weights, slope }: Weights): string =>
      `largest ${fixed(Math.max(...weights), 3)}, its slope ${fixed(slope, 3)}`;
    marks.push({ kind: "text", x: left, y: top + h + 60, size: 13, role: "number", text: `plain: ${says(plain)}` },
      { kind: "text", x: left, y: top + h + 79, size: 13, role: "number", text: `divided: ${says(divided)}` });
    return { width, height, marks };
  },
  describe({ chosen, queries, spreads, plain, divided }) {
    const d = WIDTHS[chosen], spread = spreads[chosen];
    return `With d = ${d} a score spreads by ${fixed(spread, 2)}, where √d is ${fixed(Math.sqrt(d), 2)}; divided, by ` +
      `${fixed(spread / Math.sqrt(d), 2)} (${count(queries * KEYS, "pair")} drawn). For the last query the largest ` +
      `weight is ${fixed(Math.max(...plain.weights), 3)} undivided, with a slope of ${fixed(plain.slope, 3)}, and ` +
      `${fixed(Math.max(...divided.weights), 3)} divided, with ${fixed(divided.slope, 3)}.`;
  },
  table: ({ spreads }) => ({ head: ["d", "√d", "spread of q · k", "spread of q · k / √d"],
    rows: WIDTHS.map((d, i) => [String(d), fixed(Math.sqrt(d)), fixed(spreads[i]),
      fixed(spreads[i] / Math.sqrt(d))]) }),
  invariants: [
    { name: "both sets of weights add up to 1", holds: ({ plain, divided }) => [plain, divided].every(({ weights }) =>
      Math.abs(weights.reduce((a, b) => a + b, 0) - 1) < 1e-5) },
    { name: "the slope of a weight w by its own score is w (1 − w)", holds: ({ plain, divided }) =>
      [plain, divided].every(({ weights, slope }) => {
        const w = Math.max(...weights);
        return Math.abs(slope - w * (1 - w)) < 1e-4;
      }) },
    { name: "division never changes which key is first", holds: ({ plain, divided, scores }) => {
      const top = scores.indexOf(Math.max(...scores));
      return [plain, divided].every(({ weights }) => weights[top] === Math.max(...weights));
    } },
    { name: "the largest weight is never larger divided", holds: ({ plain, divided }) =>
      Math.max(...divided.weights) <= Math.max(...plain.weights) + 1e-6 },
  ],
  cell: () => [
    'import { randn } from "gradus";',
    "",
    "for (const d of [1, 4, 16, 64, 256]) {",
    "  const scores = randn([4000, d]).mul(randn([4000, d])).sum(1);",
    "  console.log(d, Math.sqrt(d), await scores.std().item());",
    "}",
  ].join("\n"),
});
