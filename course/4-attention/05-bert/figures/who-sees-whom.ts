import { F, Generator, RandomStream, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";

const D = 8, LONGEST = 5, SPREAD = 0.36;
const KINDS = ["encoder", "decoder", "encoder-decoder", "prefix"] as const;
type Kind = (typeof KINDS)[number];

interface State {
  readonly kind: Kind;
  readonly words: readonly string[];
  /** How many of the words stand before the bar. */
  readonly first: number;
  /** Weights in rows, and whether a pair may be seen. */
  readonly weights: readonly number[];
  readonly seen: readonly boolean[];
  row: number;
  column: number;
}
/** Whether place i may look at place j, with `first` words before the bar. */
function maySee(kind: Kind, i: number, j: number, first: number): boolean {
  if (kind === "encoder") return true;
  return j <= i || (kind !== "decoder" && i < first && j < first);
}
/** The vector of a word in its place. */
function vectorOf(word: string, place: number, seed: number): number[] {
  const key = [...word].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, seed + 97 * place);
  const random = new RandomStream(key % 1_000_003);
  return Array.from({ length: D }, () => 2.4 * (2 * random.uniform() - 1));
}
async function weigh(words: readonly string[], first: number, kind: Kind, seed: number): Promise<number[]> {
  const n = words.length, generator = new Generator(seed), x = tensor(words.map((w, i) => vectorOf(w, i, seed)));
  const [wq, wk, cq, ck] = [1, 2, 3, 4].map(() => randn([D, D], { generator }).mul(SPREAD));
  const mask = (rows: number, columns: number, from: number): Tensor => tensor(Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (__, j) => maySee(kind, i + from, j + from, first))));
  const self = (y: Tensor, from: number): Tensor =>
    F.attentionWeights(y.matmul(wq), y.matmul(wk), { mask: mask(y.shape[0], y.shape[0], from) });
  if (kind !== "encoder-decoder") return Array.from(await self(x, 0).data());
  // Three attentions, each with a softmax of its own.
  const source = x.narrow(0, 0, first), target = x.narrow(0, first, n - first);
  const [a, b, c] = await Promise.all([self(source, 0), self(target, first),
    F.attentionWeights(target.matmul(cq), source.matmul(ck))].map((w) => w.data()));
  return Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n), j = at % n;
    if (i < first) return j < first ? a[i * first + j] : 0;
    return j < first ? c[(i - first) * first + j] : b[(i - first) * (n - first) + j - first];
  });
}
const rowOf = (weights: readonly number[], n: number, i: number): readonly number[] =>
  weights.slice(i * n, (i + 1) * n);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

interface Layout { readonly left: number; readonly top: number; readonly side: number;
  readonly bars: { readonly x: number; readonly y: number; readonly w: number }; readonly height: number }
const ROW = 27;
function layout(width: number, n: number): Layout {
  const stacked = width < 620, left = 96, top = 62;
  const side = Math.min(stacked ? width - left - 14 : width * 0.5 - left, 44 * n);
  const bars = stacked ? { x: 12, y: top + side + 92, w: width - 24 }
    : { x: left + side + 40, y: top + 8, w: width - left - side - 54 };
  return { left, top, side, bars, height: Math.max(top + side + 40, bars.y + ROW * n + 52) };
}

export default defineFigure({
  id: "who-sees-whom",
  title: "Who may see whom",
  question: "Which words may a word use, and what follows from that for what the model can be used for?",
  params: {
    kind: { kind: "choice", label: "kind", value: "encoder", choices: KINDS },
    text: { kind: "text", label: "words given | words written (up to five each)", longest: 60,
      value: "the old owl sleeps | die alte Eule schläft" },
  },
  async init({ kind, text }, seed): Promise<State> {
    const [before = "", after = ""] = text.split("|"), cut = (part: string): string[] =>
      part.trim().split(/\s+/).filter((word) => word !== "").slice(0, LONGEST).map((word) => word.slice(0, 8));
    const given = cut(before).length === 0 ? ["one"] : cut(before), written = cut(after).length === 0 ? ["two"]
      : cut(after);
    const words = [...given, ...written], n = words.length, first = given.length;
    const seen = Array.from({ length: n * n }, (_, at) => maySee(kind, Math.floor(at / n), at % n, first));
    return { kind, words, first, seen, weights: await weigh(words, first, kind, seed), row: 0, column: n - 1 };
  },
  step(state) {
    state.row = Math.min(state.row + 1, state.words.length - 1);
    return state;
  },
  done: ({ row, words }) => row === words.length - 1,
  act(state, action) {
    if (action.type !== "press") return state;
    const [what, number] = action.id.split(":"), n = state.words.length, at = Number(number);
    // The table as a whole has no number.
    if (!Number.isInteger(at)) return state;
    if (what === "cell") [state.row, state.column] = [Math.floor(at / n), at % n];
    else state.row = at;
    return state;
  },
  snapshot: ({ kind, words, first, weights, seen, row, column }) => ({ kind, words: [...words], first,
    weights: [...weights], seen: [...seen], row, column }),

  view({ kind, words, first, weights, seen, row, column }, { width }: Frame): Scene {
    const n = words.length, { left, top, side, bars, height } = layout(width, n), cell = side / n, marks: Mark[] = [];
    const at = (i: number): number => left + i * cell;
    marks.push({ kind: "text", x: left, y: 20, size: 13, fill: "ink-2", text: "row: who looks" },
      { kind: "text", x: left, y: 37, size: 13, fill: "ink-2", text: "column: what is looked at" });
    marks.push({ kind: "cells", x: left, y: top, w: side, h: side, rows: n, columns: n, values: weights, scale: 1,
      handle: { id: "cell", label: "weight", press: true }, pressCells: true,
      ...(cell >= 36 ? { digits: 2 } : {}) });
    seen.forEach((may, k) => {
      if (may) return;
      marks.push({ kind: "box", x: at(k % n) + 1, y: top + Math.floor(k / n) * cell + 1, w: cell - 2, h: cell - 2,
        fill: "ink-3", hatch: true, opacity: 0.3 });
    });
    words.forEach((word, i) => {
      const y = top + (i + 0.5) * cell, now = i === row;
      marks.push({ kind: "box", x: 4, y: y - 12, w: left - 12, h: 24, round: 4, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "ink-3", width: now ? 2 : 1,
        handle: { id: `row:${i}`, label: `${word}, place ${i + 1}`, press: true } },
      { kind: "text", x: 10, y: y + 4.5, size: 13, text: `${i + 1} ${word}`, fill: now ? "on-mark" : "ink" },
      { kind: "text", x: at(i) + cell / 2, y: top - 7, anchor: "middle", size: 12, role: "number",
        fill: i === column ? "ink" : "ink-2", bold: i === column, text: String(i + 1) });
    });
    if (kind !== "encoder" && kind !== "decoder") {
      const edge = at(first), under = top + first * cell;
      marks.push({ kind: "line", points: [[edge, top], [edge, top + side]], stroke: "ink", width: 2 },
        { kind: "line", points: [[left, under], [left + side, under]], stroke: "ink", width: 2 });
    }
    const [x, y] = [at(column), top + row * cell];
    marks.push({ kind: "box", x, y, w: cell, h: cell, stroke: "ink", width: 4.5, fill: "none" },
      { kind: "box", x, y, w: cell, h: cell, stroke: "mark", width: 2.2, fill: "none" });
    marks.push({ kind: "text", x: left, y: top + side + 24, size: 13, fill: "ink-2",
      text: `${seen.filter(Boolean).length} of ${count(n * n, "pair")} may be seen` });
    // What the chosen word looks at.
    const own = rowOf(weights, n, row), name = 92, room = bars.w - name - 54;
    marks.push({ kind: "text", x: bars.x, y: bars.y - 20, size: 13, fill: "ink-2",
      text: `what “${words[row]}” (place ${row + 1}) looks at` });
    words.forEach((word, j) => {
      const line = bars.y + ROW * j, may = seen[row * n + j], cross = kind === "encoder-decoder" && row >= first
        && j < first;
      marks.push({ kind: "text", x: bars.x, y: line + 16, size: 13, fill: may ? "ink" : "ink-3",
        text: `${j + 1} ${word}` });
      if (may) {
        const colour = cross ? "series-2" : "series-1", w = Math.max(0.8, room * own[j]);
        marks.push({ kind: "box", x: bars.x + name, y: line + 4, w, h: 16, fill: colour, stroke: colour, width: 1.2,
          ...(cross ? { hatch: true } : {}), title: fixed(own[j], 3) });
      }
      marks.push({ kind: "text", x: bars.x + bars.w, y: line + 17, anchor: "end", size: 13,
        role: may ? "number" : "label", fill: may ? "ink" : "ink-3", text: may ? fixed(own[j]) : "hidden" });
    });
    const apart = kind === "encoder-decoder" && row >= first, below = bars.y + ROW * n + 22;
    (apart ? [`cross-attention (hatched) adds up to ${fixed(sum(own.slice(0, first)))},`,
      `self-attention (solid) to ${fixed(sum(own.slice(first)))}`]
      : [`one softmax: the weights add up to ${fixed(sum(own))}`]).forEach((text, i) =>
      marks.push({ kind: "text", x: bars.x, y: below + 18 * i, size: 13, fill: "ink-2", text }));
    return { width, height, marks };
  },
  describe({ kind, words, first, weights, seen, row, column }) {
    const n = words.length, may = seen[row * n + column], ahead = column > row;
    const why = may ? `sees “${words[column]}” (${column + 1}) with weight ${percent(weights[row * n + column])}`
      : kind !== "decoder" && row < first ? `does not see “${words[column]}” (${column + 1}): what is written is ` +
        "hidden from what is given" : `does not see “${words[column]}” (${column + 1}), which comes later`;
    return `${kind === "prefix" ? "A decoder with a prefix" : `The ${kind}`} lets ` +
      `${seen.filter(Boolean).length} of ${count(n * n, "pair")} see. “${words[row]}” (${row + 1}) ${why}` +
      `${may && ahead ? ", although it comes later" : ""}; in all it sees ` +
      `${count(seen.slice(row * n, (row + 1) * n).filter(Boolean).length, "word")} of ${n}.`;
  },
  table: ({ words, weights, seen }) => ({ head: ["looks", ...words.map((word, j) => `at ${j + 1} ${word}`)],
    rows: words.map((word, i) => [`${i + 1} ${word}`, ...words.map((_, j) => (seen[i * words.length + j]
      ? fixed(weights[i * words.length + j]) : "hidden"))]) }),
  invariants: [
    { name: "what is hidden has weight 0 exactly", holds: ({ weights, seen }) =>
      weights.every((w, at) => seen[at] || w === 0) },
    { name: "each softmax adds up to 1; a written word of an encoder-decoder has two", holds: ({ kind, words, first,
      weights }) => words.every((_, i) => {
      const total = sum(rowOf(weights, words.length, i)), expected = kind === "encoder-decoder" && i >= first ? 2 : 1;
      return Math.abs(total - expected) < 1e-4;
    }) },
    { name: "an encoder shows n² pairs, a decoder n (n + 1) / 2, the others those and the pairs ahead among the given",
      holds: ({ kind, words: { length: n }, first, seen }) => {
        const pairs = seen.filter(Boolean).length, past = n * (n + 1) / 2;
        return pairs === (kind === "encoder" ? n * n : kind === "decoder" ? past : past + first * (first - 1) / 2);
      } },
  ],
  cell: () => [
    'import { arange, F, manualSeed, randn, where } from "gradus";',
    "",
    "manualSeed(1);",
    "const q = randn([6, 8]), k = randn([6, 8]), place = arange(6), given = 3;",
    "const past = place.unsqueeze(0).le(place.unsqueeze(1));              // column ≤ row",
    "const prefix = where(place.unsqueeze(0).lt(given), true, past);      // what is given is open to all",
    "F.attentionWeights(q, k, { mask: prefix });",
  ].join("\n"),
});
