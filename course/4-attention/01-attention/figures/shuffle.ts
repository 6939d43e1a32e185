import { F, Generator, RandomStream, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { clamp } from "@gradus/lessons/draw/scale";
import { textWidth } from "@gradus/lessons/draw/text";

const D = 4, LONGEST = 7, SPREAD = 1.1;
const KINDS = ["Q", "K", "V"] as const;

interface State {
  readonly words: readonly string[];
  readonly maps: readonly Tensor[];
  readonly seed: number;
  /** order[i] is the original place of the word that stands in place i now. */
  order: number[];
  chosen: number;
  swaps: number;
  weights: number[]; before: number[]; after: number[];
}
/** The same word always has the same vector: its letters are the seed. */
function vectorOf(word: string, seed: number): number[] {
  const key = [...word].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, seed);
  const random = new RandomStream(key % 1_000_003);
  return Array.from({ length: D }, () => 2 * SPREAD * (2 * random.uniform() - 1));
}
async function attend({ words, maps, seed }: State, order: readonly number[]): Promise<[number[], number[]]> {
  const x = tensor(order.map((i) => vectorOf(words[i], seed)));
  const [q, k, v] = maps.map((map) => x.matmul(map));
  return [Array.from(await F.attentionWeights(q, k).data()),
    Array.from(await F.scaledDotProductAttention(q, k, v).data())];
}
async function look(state: State): Promise<State> {
  const original = state.words.map((_, i) => i);
  [, state.before] = await attend(state, original);
  [state.weights, state.after] = await attend(state, state.order);
  return state;
}
/** Exchanges two places. */
function exchange(order: readonly number[], a: number, b: number): number[] {
  const next = [...order];
  [next[a], next[b]] = [next[b], next[a]];
  return next;
}
/** The next exchange on the way to the sentence backwards, or nothing. */
function backwards(order: readonly number[]): number | undefined {
  const at = order.findIndex((place, i) => i + 1 < order.length && place < order[i + 1]);
  return at < 0 ? undefined : at;
}

interface Layout { readonly side: number; readonly left: number; readonly top: number; readonly wide: number;
  readonly outs: number; readonly cell: number; readonly stacked: boolean; readonly out: number;
  readonly height: number; readonly box: number }
function layout(width: number, n: number): Layout {
  const stacked = width < 600, box = 66, left = 12 + box + 14;
  const cell = Math.min(width >= 900 ? 54 : 38, (width * (stacked ? 1 : 0.56) - left - 12) / n), side = cell * n;
  const top = 66, outs = stacked ? left : left + side + Math.min(120, width - left - side - 40 - D * 30) + 10;
  const wide = Math.min(width >= 900 ? 216 : 150, width - outs - 14), out = stacked ? top + side + 78 : top;
  return { side, left, top, wide, outs, cell, stacked, out, box, height: out + side + 56 };
}

export default defineFigure({
  id: "shuffle",
  title: "The same crowd in another order",
  question: "Man bites dog, dog bites man: does self-attention notice?",
  params: {
    text: { kind: "text", label: "your sentence (up to seven words)", value: "the dog bites the old man",
      longest: 48 },
  },
  init({ text }, seed): Promise<State> {
    const typed = text.trim().split(/\s+/).filter((word) => word !== "").slice(0, LONGEST)
      .map((word) => word.slice(0, 7));
    const words = typed.length < 2 ? ["dog", "bites", "man"] : typed;
    const generator = new Generator(seed);
    const maps = KINDS.map(() => randn([D, D], { generator }).mul(0.6));
    return look({ words, maps, seed, order: words.map((_, i) => i), chosen: Math.min(1, words.length - 1), swaps: 0,
      weights: [], before: [], after: [] });
  },
  step(state) {
    const at = backwards(state.order);
    if (at === undefined) return state;
    state.order = exchange(state.order, at, at + 1);
    state.swaps++;
    return look(state);
  },
  done: ({ order }) => backwards(order) === undefined,
  act(state, action) {
    if (action.type === "press") {
      state.chosen = Number(action.id.split(":")[1]);
      return state;
    }
    if (action.type !== "drag") return state;
    const { top, cell } = layout(action.width, state.words.length), from = state.order.indexOf(
      Number(action.id.split(":")[1]));
    const to = clamp(Math.floor((action.y - top) / cell), [0, state.words.length - 1]);
    state.chosen = state.order[from];
    if (to === from) return state;
    // The word is lifted out and put in: those between move up or down by one.
    const rest = state.order.filter((_, i) => i !== from);
    state.order = [...rest.slice(0, to), state.chosen, ...rest.slice(to)];
    state.swaps++;
    return look(state);
  },
  snapshot: ({ words, order, chosen, swaps, weights, before, after }) => ({ words: [...words], order: [...order],
    chosen, swaps, weights: [...weights], before: [...before], after: [...after] }),

  view({ words, order, chosen, weights, after }, { width }: Frame): Scene {
    const n = words.length, at = layout(width, n), { left, top, cell, side, outs, wide, out, stacked, box } = at;
    const marks: Mark[] = [];
    const note = (x: number, y: number, text: string): void => {
      marks.push({ kind: "text", x, y, text, size: 13, fill: "ink-2" });
    };
    note(12, 20, "drag a word up or down; press it for its row");
    note(left, top - 12, "weights: who reads whom");
    note(outs, out - 12, "what each place hands on");
    marks.push({ kind: "cells", x: left, y: top, w: side, h: side, rows: n, columns: n, values: weights, scale: 1,
      ...(cell >= 36 ? { digits: 2 } : {}) });
    marks.push({ kind: "cells", x: outs, y: out, w: wide, h: side, rows: n, columns: D, values: after, scale: 2.5 });
    const row = order.indexOf(chosen), y = top + row * cell;
    marks.push({ kind: "box", x: left - 2, y: y - 2, w: side + 4, h: cell + 4, stroke: "ink", width: 4.5 },
      { kind: "box", x: left - 2, y: y - 2, w: side + 4, h: cell + 4, stroke: "mark", width: 2.2 },
      { kind: "box", x: outs - 2, y: out + row * cell - 2, w: wide + 4, h: cell + 4, stroke: "ink", width: 4.5 },
      { kind: "box", x: outs - 2, y: out + row * cell - 2, w: wide + 4, h: cell + 4, stroke: "mark", width: 2.2 });
    order.forEach((word, i) => {
      const middle = top + (i + 0.5) * cell, now = word === chosen, high = Math.min(26, cell - 4);
      marks.push({ kind: "box", x: 12, y: middle - high / 2, w: box, h: high, round: 4, fill: now ? "mark" : "plate",
        stroke: now ? "ink" : "ink-3", width: now ? 2 : 1.2,
        handle: { id: `word:${word}`, label: `${words[word]}, place ${i + 1}`, drag: "y", press: true,
          step: Math.round(cell) } },
      { kind: "text", x: 12 + box / 2, y: middle + 4.5, anchor: "middle", size: 13, text: words[word],
        fill: now ? "on-mark" : "ink" });
      // The same words along the columns, and beside what comes out.
      const column = left + (i + 0.5) * cell, short = textWidth(words[word], 12) > cell - 2;
      marks.push({ kind: "text", x: column, y: top + side + (short && i % 2 === 1 ? 30 : 16), anchor: "middle",
        size: 12, fill: "ink-2", text: words[word] });
      if (stacked) {
        marks.push({ kind: "text", x: outs - 8, y: out + (i + 0.5) * cell + 4, anchor: "end", size: 12, fill: "ink-2",
          text: words[word] });
      } else {
        marks.push({ kind: "line", points: [[left + side + 8, middle], [outs - 10, middle]], arrow: true,
          stroke: now ? "ink" : "ink-3", width: now ? 2 : 1 });
      }
    });
    note(outs, out + side + 20, "blue above, orange below zero");
    return { width, height: at.height, marks };
  },
  describe({ words, order, chosen, swaps, weights, before, after }) {
    const n = words.length, row = order.indexOf(chosen), own = weights.slice(row * n, row * n + n);
    const most = own.indexOf(Math.max(...own)), gap = largest(order, before, after);
    const moved = swaps === 0 ? "Nothing has been moved yet."
      : `Put back into the first order, the rows differ by ${fixed(gap, 6)} at most.`;
    return `“${order.map((i) => words[i]).join(" ")}”: “${words[chosen]}” in place ${row + 1} reads ` +
      `“${words[order[most]]}” most, with ${percent(own[most])}, and hands on ` +
      `(${after.slice(row * D, row * D + D).map((v) => fixed(v)).join(", ")}). ${moved}`;
  },
  table: ({ words, order, weights, after }) => ({
    head: ["place", "word", ...order.map((i, k) => `to ${k + 1} ${words[i]}`), "hands on"],
    rows: order.map((i, row) => [String(row + 1), words[i],
      ...weights.slice(row * words.length, (row + 1) * words.length).map((w) => fixed(w)),
      after.slice(row * D, row * D + D).map((v) => fixed(v)).join(", ")]) }),
  invariants: [
    { name: "each row of weights adds up to 1", holds: ({ words, weights }) => words.every((_, row) =>
      Math.abs(weights.slice(row * words.length, (row + 1) * words.length).reduce((a, b) => a + b, 0) - 1) < 1e-4) },
    { name: "shuffled words give the same rows, shuffled: f(Px) = P f(x)", holds: ({ order, before, after }) =>
      largest(order, before, after) < 1e-4 },
  ],
  cell: () => [
    'import { F, randn, tensor } from "gradus";',
    "",
    "const x = randn([5, 4]), order = tensor([3, 0, 4, 1, 2]);",
    "const [Q, K, V] = [randn([4, 4]), randn([4, 4]), randn([4, 4])];",
    "const f = (x) => F.scaledDotProductAttention(x.matmul(Q), x.matmul(K), x.matmul(V));",
    "const shuffledFirst = f(x.take(order)), shuffledAfter = f(x).take(order);",
    "shuffledFirst.sub(shuffledAfter).abs().max();",
  ].join("\n"),
});

/** The largest difference between the shuffled result and the first one, shuffled. */
function largest(order: readonly number[], before: readonly number[], after: readonly number[]): number {
  return Math.max(0, ...after.map((value, i) => Math.abs(value - before[order[Math.floor(i / D)] * D + i % D])));
}
