import { F, Generator, RandomStream, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";

const D = 8, LAYERS = 2, LONGEST = 8;

interface State {
  readonly words: readonly string[];
  readonly mask: boolean;
  readonly maps: readonly (readonly Tensor[])[];
  readonly seed: number;
  /** The word that is replaced by another. */
  touched: number;
  weights: number[];
  /** How far each place’s output moves, [touched][place]. */
  moved: number[][];
}
/** The vector of a word in its place: letters and place are the seed. */
function vectorOf(word: string, place: number, seed: number): number[] {
  const key = [...word].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, seed + 97 * place);
  const random = new RandomStream(key % 1_000_003);
  return Array.from({ length: D }, () => 3 * (2 * random.uniform() - 1));
}
/** Two layers of self-attention, each added to what goes in. */
function run({ maps, mask }: State, x: Tensor): { y: Tensor; weights: Tensor } {
  let y = x, weights = x;
  for (const [wq, wk, wv] of maps) {
    const q = y.matmul(wq), k = y.matmul(wk), v = y.matmul(wv);
    if (weights === x) weights = F.attentionWeights(q, k, { causal: mask });
    y = y.add(F.scaledDotProductAttention(q, k, v, { causal: mask }));
  }
  return { y, weights };
}
async function measure(state: State): Promise<State> {
  const { words, seed } = state, rows = words.map((word, i) => vectorOf(word, i, seed));
  const { y, weights } = run(state, tensor(rows)), before = await y.data();
  state.weights = Array.from(await weights.data());
  state.moved = await Promise.all(words.map(async (_, touched) => {
    const other = rows.map((row, i) => (i === touched ? vectorOf("another", i, seed + 1) : row));
    const after = await run(state, tensor(other)).y.data();
    return words.map((__, i) => Math.hypot(...Array.from({ length: D }, (___, k) =>
      after[i * D + k] - before[i * D + k])));
  }));
  return state;
}

interface Layout { readonly side: number; readonly left: number; readonly top: number; readonly bars: {
  readonly left: number; readonly top: number; readonly width: number }; readonly height: number;
  readonly stacked: boolean }
function layout(width: number, n: number): Layout {
  const stacked = width < 620, left = 82, top = 54;
  const side = Math.min(stacked ? width - left - 16 : (width - left) * 0.45, 44 * n);
  const bars = stacked ? { left: 12, top: top + side + 86, width: width - 24 }
    : { left: left + side + 44, top, width: width - left - side - 58 };
  return { side, left, top, bars, stacked,
    height: (stacked ? bars.top : top) + Math.max(32 * n, stacked ? 0 : side) + 40 };
}

export default defineFigure({
  id: "leak",
  title: "Nobody may look ahead",
  question: "Change one word. Which places can notice?",
  params: {
    text: { kind: "text", label: "your sentence (up to eight words)", value: "the key to the cabinets is here",
      longest: 56 },
    mask: { kind: "flag", label: "causal mask", value: true },
  },
  init({ text, mask }, seed): Promise<State> {
    const typed = text.trim().split(/\s+/).filter((word) => word !== "").slice(0, LONGEST)
      .map((word) => word.slice(0, 8));
    const words = typed.length < 2 ? ["one", "two", "three"] : typed, generator = new Generator(seed);
    const maps = Array.from({ length: LAYERS }, () => [0.45, 0.45, 0.5].map((spread) =>
      randn([D, D], { generator }).mul(spread / 1.5)));
    return measure({ words, mask, maps, seed, touched: 0, weights: [], moved: [] });
  },
  step(state) {
    state.touched = (state.touched + 1) % state.words.length;
    return state;
  },
  done: ({ touched, words }) => touched === words.length - 1,
  act(state, action) {
    if (action.type === "press") state.touched = Number(action.id.split(":")[1]);
    return state;
  },
  snapshot: ({ words, mask, touched, weights, moved }) => ({ words: [...words], mask, touched, weights: [...weights],
    moved: moved.map((row) => [...row]) }),

  view({ words, mask, touched, weights, moved }, { width }: Frame): Scene {
    const n = words.length, { side, left, top, bars, height } = layout(width, n), cell = side / n, marks: Mark[] = [];
    marks.push({ kind: "text", x: left, y: 22, size: 13, fill: "ink-2", text: "weights of the first layer" });
    marks.push({ kind: "cells", x: left, y: top, w: side, h: side, rows: n, columns: n, values: weights, scale: 1,
      ...(cell >= 36 ? { digits: 2 } : {}) });
    words.forEach((word, i) => {
      const y = top + (i + 0.5) * cell + 4;
      marks.push({ kind: "text", x: left - 8, y, anchor: "end", size: 13, text: word });
      if (mask) {
        for (let j = i + 1; j < n; j++) {
          marks.push({ kind: "box", x: left + j * cell + 1, y: top + i * cell + 1, w: cell - 2, h: cell - 2,
            fill: "ink-3", hatch: true, opacity: 0.3, title: "hidden: score −∞" });
        }
      }
    });
    const x = left + touched * cell;
    marks.push({ kind: "box", x: x - 1, y: top - 2, w: cell + 2, h: side + 4, stroke: "ink", width: 4.5 },
      { kind: "box", x: x - 1, y: top - 2, w: cell + 2, h: side + 4, stroke: "mark", width: 2.2 });
    marks.push({ kind: "text", x: Math.min(x + cell / 2, left + side - 24), y: top + side + 20, anchor: "middle",
      size: 12, text: words[touched], fill: "ink-2" });
    const full = Math.max(...moved.flat(), 1e-9), name = 74, room = bars.width - name - 52;
    marks.push({ kind: "text", x: bars.left, y: bars.top - 32, size: 13, fill: "ink-2",
      text: "press a word to replace it;" },
    { kind: "text", x: bars.left, y: bars.top - 15, size: 13, fill: "ink-2", text: "bars: how far each place moves" });
    words.forEach((word, i) => {
      const y = bars.top + 32 * i, now = i === touched, by = moved[touched][i];
      marks.push({ kind: "box", x: bars.left, y, w: name - 6, h: 26, round: 4, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "ink-3", width: now ? 2 : 1.2,
        handle: { id: `word:${i}`, label: `${word}, moves by ${fixed(by)}`, press: true } },
      { kind: "text", x: bars.left + name / 2 - 3, y: y + 17.5, anchor: "middle", size: 13, text: word,
        fill: now ? "on-mark" : "ink" },
      { kind: "box", x: bars.left + name, y: y + 5, w: Math.max(0.5, room * by / full), h: 16, fill: "series-1",
        title: fixed(by, 3) },
      { kind: "text", x: bars.left + bars.width, y: y + 18, anchor: "end", size: 13, role: "number",
        fill: by === 0 ? "ink-3" : "ink", text: fixed(by) });
    });
    return { width, height, marks };
  },
  describe({ words, mask, touched, weights, moved }) {
    const row = moved[touched], still = row.filter((by) => by === 0).length, n = words.length;
    const own = weights.slice(touched * n, touched * n + n), most = own.indexOf(Math.max(...own));
    return `${mask ? "With" : "Without"} the mask, replacing “${words[touched]}” in place ${touched + 1} moves ` +
      `${count(n - still, "place")} of ${n}; ${still === 0 ? "none stays" : `${still} before it stay`} exactly as ` +
      `before. “${words[touched]}” itself reads place ${most + 1} most, with ${percent(own[most])}.`;
  },
  table: ({ words, moved }) => ({ head: ["replaced", ...words.map((word, i) => `${i + 1} ${word} moves`)],
    rows: moved.map((row, i) => [words[i], ...row.map((by) => fixed(by, 3))]) }),
  invariants: [
    { name: "with the mask, no place before the changed one moves at all", holds: ({ mask, moved }) => !mask
      || moved.every((row, touched) => row.slice(0, touched).every((by) => by === 0)) },
    { name: "hidden weights are exactly 0, and each row adds up to 1", holds: ({ mask, words, weights }) =>
      words.every((_, t) => {
        const row = weights.slice(t * words.length, (t + 1) * words.length);
        return Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-4 && (!mask || row.slice(t + 1).every((w) => w === 0));
      }) },
    { name: "the changed place itself moves", holds: ({ moved }) => moved.every((row, touched) => row[touched] > 0) },
  ],
  cell: () => [
    'import { F, grad, randn, tensor } from "gradus";',
    "",
    "const x = tensor(await randn([5, 4]).data(), { shape: [5, 4], requiresGrad: true });",
    "const y = F.scaledDotProductAttention(x, x, x, { causal: true });",
    "// Which inputs does the third place depend on?",
    "const [slope] = grad(y.select(0, 2).sum(), [x]);",
    "slope.abs().sum([1]);",
  ].join("\n"),
});
