import { NgramModel } from "gradus/text";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { panels } from "@gradus/lessons/draw/panels";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { clamp } from "@gradus/lessons/draw/scale";
import { paragraph } from "@gradus/lessons/draw/text";
import { followersOf, perplexityOf, sentencesOf, SMOOTHINGS, STORY, UNITS, type Unit } from "../text.ts";

const ORDERS = [1, 2, 3, 4, 5] as const, PARTS = 12;
/** Those of the walk, with a k of the reader's. */
const CHOICES = ["none", "add k", "back-off", "Kneser-Ney"] as const;
const DASHES: readonly (readonly number[])[] = [[], [9, 3], [5, 4], [2, 4], [9, 3, 2, 3]];

interface Snapshot {
  readonly unit: Unit; readonly smoothing: (typeof CHOICES)[number]; readonly k: number;
  /** How many of the twelve parts of the learning text have been read. */
  readonly read: number;
  /** Units in the first 1, 2, ... 12 parts. */
  readonly sizes: readonly number[];
  readonly tested: number;
  /** By order, then by part: the share of what is tested that was not seen. */
  readonly unseen: readonly (readonly number[])[];
  /** By order, of the text that was kept back. */
  readonly perplexities: readonly number[];
  readonly vocabulary: number;
}
interface State {
  readonly learned: readonly (readonly string[])[]; readonly held: readonly (readonly string[])[];
  now: Snapshot;
}
const firstParts = ({ learned }: Pick<State, "learned">, parts: number): readonly (readonly string[])[] =>
  learned.slice(0, Math.round(learned.length * parts / PARTS));
const unitsIn = (sentences: readonly (readonly string[])[]): number =>
  sentences.reduce((sum, { length }) => sum + length, 0);

/** The share of n-grams of `held` that do not occur in `learned`. */
function unseenShare(learned: State["learned"], held: State["held"], order: number): number {
  const table = followersOf(learned, order);
  let missed = 0, all = 0;
  for (const [history, followers] of followersOf(held, order)) {
    for (const [word, times] of followers) {
      if (word === "</s>") continue;
      all += times;
      if (!(table.get(history)?.has(word) ?? false)) missed += times;
    }
  }
  return missed / all;
}
/** One model for each order, from what has been read; its perplexity on what was kept back. */
function measure(state: Pick<State, "learned" | "held">, now: Snapshot, read: number): Snapshot {
  const learned = firstParts(state, read);
  const smoothing = now.smoothing === "add k" ? { kind: "addK", k: now.k } as const : SMOOTHINGS[now.smoothing];
  const models = ORDERS.map((order) => new NgramModel(learned, { order, smoothing }));
  return { ...now, read, vocabulary: models[0].words.length,
    perplexities: models.map((model) => perplexityOf(model, state.held)) };
}

function layout(width: number): { readonly height: number; readonly curves: Plot; readonly bars: Plot;
readonly wide: boolean } {
  const { at: [a, b], height, stacked } = panels(width, { shares: [1.15, 1], height: 340, heights: [300, 240],
    narrow: 640, gap: 24 });
  return { height, wide: !stacked,
    curves: plot({ left: a.x + 32, top: a.y + 34, width: a.w - 62, height: a.h - 84, x: [0, 1], y: [0, 1], xTicks: 0,
      yTicks: 5, yLabel: "share never seen" }),
    bars: plot({ left: b.x + 26, top: b.y + 34, width: b.w - 84, height: b.h - 84, x: [0, 1], y: [0, 5], xTicks: 0,
      yTicks: 0, yLabel: "perplexity by order" }) };
}

export default defineFigure({
  id: "sparsity",
  title: "What was never seen",
  question: "How much must one read before nothing is new?",
  params: {
    unit: { kind: "choice", label: "count", value: "words", choices: [...UNITS] },
    smoothing: { kind: "choice", label: "smoothing", value: "Kneser-Ney", choices: CHOICES },
    k: { kind: "number", label: "k of add-k", value: 0.1, min: 0.001, max: 1, step: 0.001, scale: "log" },
  },
  init({ unit, smoothing, k }): State {
    const sentences = sentencesOf(STORY, unit), cut = Math.round(sentences.length * 0.75);
    const texts = { learned: sentences.slice(0, cut), held: sentences.slice(cut) };
    const parts = Array.from({ length: PARTS }, (_, i) => firstParts(texts, i + 1));
    const before: Snapshot = { unit, smoothing, k, read: 1, vocabulary: 0, perplexities: [],
      tested: unitsIn(texts.held), sizes: parts.map(unitsIn),
      unseen: ORDERS.map((order) => parts.map((part) => unseenShare(part, texts.held, order))) };
    return { ...texts, now: measure(texts, before, 1) };
  },
  step(state) {
    state.now = measure(state, state.now, state.now.read + 1);
    return state;
  },
  done: ({ now }) => now.read >= PARTS,
  act(state, action) {
    if (action.type !== "drag") return state;
    const { curves } = layout(action.width), { sizes } = state.now;
    const wanted = curves.x.invert(action.x) * sizes[PARTS - 1];
    const distance = sizes.map((size) => Math.abs(size - wanted));
    state.now = measure(state, state.now, distance.indexOf(Math.min(...distance)) + 1);
    return state;
  },
  snapshot: ({ now }) => now,

  view(now, { width }: Frame): Scene {
    const { height, curves, bars, wide } = layout(width), { read, sizes, unseen, perplexities, vocabulary } = now;
    const marks: Mark[] = [...curves.marks], most = sizes[PARTS - 1];
    const x = (part: number): number => sizes[part] / most, here = curves.x(x(read - 1));
    // Labels at the right end, pushed apart where curves come close.
    const ends: number[] = [];
    ORDERS.forEach((order, i) => {
      const points = unseen[i].slice(0, read).map((share, part) => [x(part), share] as const);
      const style = DASHES[i].length === 0 ? {} : { dash: DASHES[i] };
      if (points.length > 1) marks.push(...path(curves, points, { stroke: "ink", width: 2, ...style }));
      const [, share] = points[points.length - 1], [px, py] = curves.point(x(read - 1), share);
      marks.push({ kind: "disc", x: px, y: py, r: 3.5, fill: "ink" });
      const y = clamp(Math.min(py + 4, ...ends.map((end) => end - 15)), [curves.top + 12, curves.bottom - 3]);
      ends.push(y);
      marks.push({ kind: "text", x: px + 9, y, text: String(order), role: "number", size: 13, bold: true });
    });
    marks.push({ kind: "line", points: [[here, curves.top], [here, curves.bottom]], stroke: "ink-3", width: 1 });
    marks.push({ kind: "disc", x: here, y: curves.bottom, r: 7, fill: "ink", stroke: "plate", width: 2, handle: {
      id: "read", drag: "x", step: Math.ceil((curves.right - curves.left) / PARTS) + 1,
      label: `${now.unit} read, ${fixed(sizes[read - 1], 0)}` } });
    marks.push({ kind: "text", x: clamp(here, [curves.left + 50, curves.right - 30]), y: curves.bottom + 24,
      anchor: "middle", size: 13, role: "number", text: `${fixed(sizes[read - 1], 0)} ${now.unit} read` });
    marks.push({ kind: "text", x: curves.right, y: curves.top - 8, anchor: "end", size: 13, fill: "ink-2",
      text: wide ? "one curve for each order" : "by order" });
    drawBars(marks, bars, perplexities, vocabulary, now.unit);
    const words = paragraph(`The last ${fixed(now.tested, 0)} ${now.unit} of the story are kept back for the test. ` +
      `${now.unit === "words" ? "Words that were never read count as one word, “unknown”." : ""}`, 14, height + 6,
    width - 28);
    return { width, height: height + 6 + words.length * 18, marks: [...marks, ...words] };
  },
  describe({ unit, read, sizes, unseen, perplexities, smoothing, k }) {
    const best = perplexities.indexOf(Math.min(...perplexities));
    const what = Number.isFinite(perplexities[best])
      ? `With ${smoothing === "add k" ? `k = ${fixed(k, 3)}` : smoothing} order ${best + 1} has the lowest ` +
        `perplexity, ${fixed(perplexities[best], 1)}.`
      : "Without smoothing every order meets something it held to be impossible: perplexity ∞.";
    return `After ${fixed(sizes[read - 1], 0)} ${unit}, new are ` +
      `${ORDERS.map((order, i) => `${percent(unseen[i][read - 1], 0)} of the ${order}-grams`).join(", ")}. ${what}`;
  },
  table: ({ unseen, read, perplexities }) => ({
    head: ["order", "share never seen", "perplexity"],
    rows: ORDERS.map((order, i) => [String(order), fixed(unseen[i][read - 1], 3), fixed(perplexities[i], 2)]),
  }),
  invariants: [
    { name: "a longer n-gram is never seen where a shorter end of it was not", holds: ({ unseen }) =>
      unseen.every((row, i) => i === 0 || row.every((share, part) => share >= unseen[i - 1][part] - 1e-12)) },
    { name: "reading more makes nothing new", holds: ({ unseen }) => unseen.every((row) =>
      row.every((share, part) => part === 0 || share <= row[part - 1] + 1e-12)) },
    { name: "without smoothing perplexity is infinite where anything is new, and only there", holds: (now) =>
      now.smoothing !== "none" || now.perplexities.every((value, i) =>
        (value === Infinity) === (now.unseen[i][now.read - 1] > 0)) },
    { name: "with smoothing it is finite and at least 1", holds: ({ smoothing, perplexities }) =>
      smoothing === "none" || perplexities.every((value) => value >= 1 && value < Infinity) },
  ],
});

/** Perplexity of the text kept back, an order a row, against guessing among all that was ever read. */
function drawBars(marks: Mark[], on: Plot, values: readonly number[], vocabulary: number, unit: Unit): void {
  const finite = values.filter(Number.isFinite), most = Math.max(vocabulary, ...finite) * 1.04;
  const height = (on.bottom - on.top) / ORDERS.length, best = values.indexOf(Math.min(...values));
  ORDERS.forEach((order, i) => {
    const y = on.top + i * height, value = values[i], known = Number.isFinite(value);
    const w = (on.right - on.left) * (known ? value / most : 1);
    marks.push({ kind: "text", x: on.left - 10, y: y + height / 2 + 5, text: String(order), role: "number",
      anchor: "end", size: 13, bold: true });
    marks.push({ kind: "box", x: on.left, y: y + height * 0.2, w, h: height * 0.6, fill: "ink",
      ...(known ? {} : { hatch: true, stroke: "ink", width: 1 }) });
    marks.push({ kind: "text", x: on.right + 52, y: y + height / 2 + 5, text: fixed(value, 1), role: "number",
      anchor: "end", size: 13, bold: known && i === best });
  });
  const x = on.left + (on.right - on.left) * vocabulary / most;
  marks.push({ kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "ink-2", width: 1.5, dash: [4, 3] });
  marks.push({ kind: "line", points: [[on.left, on.top], [on.left, on.bottom]], stroke: "ink", width: 1.5 });
  marks.push({ kind: "text", x: on.left, y: on.top - 8, size: 13, fill: "ink-2", text: "perplexity by order" });
  marks.push({ kind: "text", x: Math.min(x, on.right + 52), y: on.bottom + 20, anchor: "end", size: 13, fill: "ink-2",
    text: `all ${vocabulary} ${unit} alike` });
}
