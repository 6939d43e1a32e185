import { F, noGrad, tensor, type Tensor } from "gradus";
import { loadCourseModel, type CourseModel } from "gradus/pretrained";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";

const LONGEST = 26, LAYERS = 4, HEADS = 4, ALL = LAYERS * HEADS;
/** From this many times chance on, in both texts, a pattern is taken for one. */
const LIMIT = 1.5;
/** From this many nats on, in both texts, a head is missed. */
const FELT = 0.05;
const PATTERNS = ["previous", "first", "itself", "same", "after it"] as const;
/** The last column: how the loss changes without the head (Michel and others, 2019). */
const OFF = PATTERNS.length, COLUMNS = OFF + 1;
const MEANT = ["the token before", "the first token", "the token itself", "the same token, earlier",
  "what came after the same token, earlier"];

/** Whether j is what a pattern would look at from place i. */
function isMeant(pattern: number, ids: readonly number[], i: number, j: number): boolean {
  switch (pattern) {
    case 0: return j === i - 1;
    case 1: return j === 0;
    case 2: return j === i;
    case 3: return j < i && ids[j] === ids[i];
    default: return j >= 1 && j <= i && ids[j - 1] === ids[i] && j - 1 < i;
  }
}
/** Mean weight on what a pattern means, and what equal weights would give; null where the text never has it. */
interface Share { readonly share: number; readonly chance: number }
interface Reading {
  readonly tokens: readonly string[];
  /** Weights of the heads, layer by layer, in rows. */
  readonly weights: readonly (readonly number[])[];
  /** [head][pattern]. */
  readonly shares: readonly (readonly (Share | null)[])[];
  /**
   * Surprise in nats at each token but the first: with all heads in row 0, without head h in row h + 1, without any in
   * the last. */
  readonly surprises: readonly (readonly number[])[];
  /** The mean of the model's own forward, which knows nothing of heads switched off; null for a single token. */
  readonly own: number | null;
}
interface State { readonly readings: readonly [Reading, Reading]; head: number; pattern: number }

/** The model is read once, however often the figure begins anew. */
let loaded: Promise<CourseModel> | undefined;
const course = (): Promise<CourseModel> => loaded ??= loadCourseModel();

function measure(weights: readonly number[], ids: readonly number[], pattern: number): Share | null {
  const T = ids.length, found = ids.map((_, i) => ids.map((__, j) => j).filter((j) =>
    j <= i && i >= 2 && isMeant(pattern, ids, i, j)));
  const rows = found.filter((columns) => columns.length > 0).length;
  if (rows === 0) return null;
  const total = (of: (i: number, j: number) => number): number => found.reduce((sum, columns, i) =>
    sum + columns.reduce((part, j) => part + of(i, j), 0), 0) / rows;
  return { share: total((i, j) => weights[i * T + j]), chance: total((i) => 1 / (i + 1)) };
}
async function read(text: string): Promise<Reading> {
  const { model, tokenizer } = await course();
  const all = Array.from(tokenizer.encode(text.trim() === "" ? "A loss is a number." : text.trim()).ids);
  const ids = all.slice(0, LONGEST), T = ids.length, B = ALL + 2;
  const whole = tensor(Int32Array.from({ length: B * T }, (_, i) => ids[i % T]), { shape: [B, T] });
  /** Surprise (B, T - 1) of scores (B, T, V). */
  const surprise = (scores: Tensor): Tensor => F.crossEntropy(scores.narrow(1, 0, T - 1).flatten(0, 1),
    whole.narrow(0, 0, scores.shape[0]).narrow(1, 1, T - 1).flatten(), { reduction: "none" });
  const { maps, cut, own } = noGrad(() => {
    let x = model.wte.forward(whole).add(model.wpe.weight.narrow(0, 0, T)); // (B, T, D)
    const found = [...model.h].map(({ attn, mlp, ln_1, ln_2 }, layer) => {
      const [q, k, v] = attn.c_attn.forward(ln_1.forward(x)).chunk(3, 2).map((part) =>
        part.reshape([B, T, attn.heads, -1]).transpose(1, 2));              // (B, H, T, d)
      // Row h + 1 goes on without what head h found, the last row without what any did.
      const on = tensor(Float32Array.from({ length: B * HEADS }, (_, i) =>
        Number(![1 + layer * HEADS + i % HEADS, B - 1].includes(Math.floor(i / HEADS)))), { shape: [B, HEADS, 1, 1] });
      const heads = F.scaledDotProductAttention(q, k, v, { causal: true }).mul(on);
      x = x.add(attn.c_proj.forward(heads.transpose(1, 2).reshape([B, T, -1])));
      x = x.add(mlp.forward(ln_2.forward(x)));
      return F.attentionWeights(q.narrow(0, 0, 1), k.narrow(0, 0, 1), { causal: true });     // (1, H, T, T)
    });
    return { maps: found, cut: T < 2 ? null : surprise(F.linear(model.ln_f.forward(x), model.wte.weight)),
      own: T < 2 ? null : surprise(model.forward(whole.narrow(0, 0, 1))).mean() };
  });
  const flat = await Promise.all(maps.map((map) => map.data())), losses = Array.from(await cut?.data() ?? []);
  const weights = flat.flatMap((layer) => Array.from({ length: HEADS }, (_, h) =>
    Array.from(layer.slice(h * T * T, (h + 1) * T * T))));
  return { tokens: ids.map((id) => tokenizer.decode([id]).replaceAll("\n", "¶")), weights,
    shares: weights.map((rows) => PATTERNS.map((_, p) => measure(rows, ids, p))),
    surprises: Array.from({ length: B }, (_, b) => losses.slice(b * (T - 1), (b + 1) * (T - 1))),
    own: await own?.item() ?? null };
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
/** By how much the loss of a text rises without a head, or without all (ALL); null where nothing is predicted. */
const harm = ({ surprises, own }: Reading, head: number): number | null =>
  (own === null ? null : mean(surprises[head + 1]) - mean(surprises[0]));
/** A cell of the table: its text, its name, and whether both texts show it. */
function cellOf(readings: readonly [Reading, Reading], head: number, column: number): { text: string; label: string;
  both: boolean } {
  const [first] = readings, none = "–", here = `head ${nameOf(head)}`;
  if (column === OFF) {
    const change = harm(first, head), both = readings.every((reading) => (harm(reading, head) ?? 0) >= FELT);
    return change === null ? { text: none, label: `without ${here}, nothing to predict`, both }
      : { text: signed(change), label: `without ${here}, loss ${signed(change)} nats`, both };
  }
  const value = times(first.shares[head][column]), both = holds(readings, head, column);
  return { text: value === null ? none : fixed(value, 1), both, label: `${here}, ${MEANT[column]}: ` +
    (value === null ? "not in this text" : `${fixed(value, 1)} times chance`) };
}
const signed = (value: number): string => `${value > 0 && fixed(value) !== fixed(0) ? "+" : ""}${fixed(value)}`;
const times = (share: Share | null): number | null => (share === null ? null : share.share / share.chance);
/** Whether a head does it in both texts. */
const holds = (readings: readonly Reading[], head: number, pattern: number): boolean =>
  readings.every(({ shares }) => (times(shares[head][pattern]) ?? 0) >= LIMIT);
/** What stands out most in the first text and does not hold in the second: head times patterns plus pattern. */
function tempting(readings: readonly [Reading, Reading]): number {
  const all = readings[0].shares.flatMap((row, head) => row.map((share, pattern) =>
    (holds(readings, head, pattern) ? -1 : times(share) ?? -1)));
  return all.indexOf(Math.max(...all));
}
const nameOf = (head: number): string => `${Math.floor(head / HEADS) + 1}.${head % HEADS + 1}`;

interface Layout { readonly table: { readonly x: number; readonly y: number; readonly w: number };
  readonly map: { readonly x: number; readonly y: number; readonly side: number }; readonly height: number }
const ROW = 24, NAME = 34, TOKEN = 76;
function layout(width: number, n: number): Layout {
  const wide = width >= 640, table = { x: 12 + NAME, y: 76, w: wide ? Math.min(372, width * 0.5 - NAME) : width - 24
    - NAME };
  const below = table.y + ALL * ROW, left = wide ? table.x + table.w + 30 + TOKEN : 12 + TOKEN;
  const side = Math.max(Math.min(width - left - 14, 16 * LONGEST), 60), top = wide ? 76 : below + 128;
  // A row of the map has to hold a line of text.
  const high = Math.max(side, 13.5 * n);
  return { table, map: { x: left, y: top, side }, height: Math.max(below + 66, top + high + 44) };
}

export default defineFigure({
  id: "head-patterns",
  title: "What heads look at",
  question: "Which heads of a trained model have a habit, and does it hold in the next text?",
  heavy: true,
  params: {
    first: { kind: "text", label: "a text", longest: 120,
      value: "The gradient of the loss is the slope. The gradient of the error is the blame." },
    second: { kind: "text", label: "another text, to test with", longest: 120,
      value: "A weight is a number. A weight that is large is a large number." },
  },
  async init({ first, second }): Promise<State> {
    const readings = [await read(first), await read(second)] as const, at = tempting(readings);
    return { readings: [...readings], head: Math.floor(at / PATTERNS.length), pattern: at % PATTERNS.length };
  },
  act(state, action) {
    if (action.type !== "press") return state;
    const at = Number(action.id.split(":")[1]);
    [state.head, state.pattern] = [Math.floor(at / COLUMNS), at % COLUMNS];
    return state;
  },
  snapshot: ({ readings, head, pattern }) => structuredClone({ readings, head, pattern }),

  view({ readings, head, pattern }, { width }: Frame): Scene {
    const { tokens, weights, shares } = readings[0], n = tokens.length, { table, map, height } = layout(width, n);
    const marks: Mark[] = [], wide = table.w / COLUMNS;
    marks.push({ kind: "text", x: 12, y: 20, size: 13, fill: "ink-2",
      text: "weight on what is meant, in times chance" });
    marks.push({ kind: "text", x: 12, y: 37, size: 13, fill: "ink-2",
      text: "last column: change of the loss without the head" });
    [...PATTERNS, "without"].forEach((name, p) => marks.push({ kind: "text", x: table.x + (p + 0.5) * wide,
      y: table.y - 9, anchor: "middle", size: 12, fill: p === pattern ? "ink" : "ink-2", bold: p === pattern,
      text: name }));
    marks.push({ kind: "cells", x: table.x, y: table.y, w: OFF * wide, h: ALL * ROW, rows: ALL,
      columns: OFF, scale: 2, values: shares.flatMap((row) => row.map((share) =>
        Math.log2(Math.min(4, Math.max(0.25, times(share) ?? 1))))) });
    const harms = shares.map((_, h) => harm(readings[0], h) ?? 0);
    marks.push({ kind: "cells", x: table.x + OFF * wide, y: table.y, w: wide, h: ALL * ROW, rows: ALL, columns: 1,
      values: harms, scale: Math.max(FELT, ...harms.map(Math.abs)) });
    shares.forEach((_, h) => {
      const y = table.y + h * ROW;
      marks.push({ kind: "text", x: table.x - 8, y: y + 16.5, anchor: "end", size: 12, role: "number",
        fill: h === head ? "ink" : "ink-2", bold: h === head, text: nameOf(h) });
      if (h % HEADS === 0 && h > 0) marks.push({ kind: "line", points: [[12, y], [table.x + table.w, y]],
        stroke: "ink-3", width: 1.2 });
      for (let p = 0; p < COLUMNS; p++) {
        const x = table.x + p * wide, { text, label, both } = cellOf(readings, h, p);
        marks.push({ kind: "box", x: x + 1.5, y: y + 1.5, w: wide - 3, h: ROW - 3, fill: "none",
          stroke: both ? "ink" : "none", width: both ? 2 : 0,
          handle: { id: `cell:${h * COLUMNS + p}`, press: true, label: `${label}${both ? ", in both texts" : ""}` } },
        { kind: "text", x: x + wide / 2, y: y + 16.5, anchor: "middle", size: 12, role: "number", text });
        if (h === head && p === pattern) {
          marks.push({ kind: "box", x, y, w: wide, h: ROW, fill: "none", stroke: "ink", width: 4.5 },
            { kind: "box", x, y, w: wide, h: ROW, fill: "none", stroke: "mark", width: 2.2 });
        }
      }
    });
    const under = table.y + ALL * ROW, edge = table.x + OFF * wide;
    marks.push({ kind: "line", points: [[edge, table.y - 22], [edge, under]], stroke: "ink-3", width: 1.2 });
    marks.push({ kind: "text", x: 12, y: under + 22, size: 13, fill: "ink-2",
      text: `framed: at least ${fixed(LIMIT, 1)}, or ${signed(FELT)} nats,` },
    { kind: "text", x: 12, y: under + 39, size: 13, fill: "ink-2", text: "in this text and in the other one" },
    { kind: "text", x: 12, y: under + 56, size: 13, fill: "ink-2",
      text: `without all ${ALL} at once: ${cellOf(readings, ALL, OFF).text}` });
    // The weights of the chosen head over the first text, or the surprise without it.
    const high = Math.max(map.side, 13.5 * n), [w, h] = [map.side / n, high / n];
    const off = pattern === OFF, same = tokens.map((word) => tokens.indexOf(word));
    [off ? "surprise at each token of the first text:" : `head ${nameOf(head)} over the first text;`,
      off ? `bars: all heads; lines: without ${nameOf(head)}` : `dots: ${MEANT[pattern]}`].forEach((text, i) =>
      marks.push({ kind: "text", x: map.x - TOKEN, y: map.y - 42 + 17 * i, size: 13, fill: "ink-2", text }));
    if (off) {
      const [all, without] = [0, head + 1].map((row) => readings[0].surprises[row]);
      const most = Math.max(1, ...all, ...without), at = (nats: number): number => map.x + map.side * nats / most;
      all.forEach((nats, i) => {
        const y = map.y + (i + 1) * h;
        marks.push({ kind: "box", x: map.x, y: y + 0.18 * h, w: at(nats) - map.x, h: 0.64 * h, fill: "series-1",
          opacity: 0.4 }, { kind: "line", points: [[at(without[i]), y + 0.06 * h], [at(without[i]), y + 0.94 * h]],
          stroke: "ink", width: 2.4 });
      });
      marks.push({ kind: "line", points: [[map.x, map.y], [map.x, map.y + high]], stroke: "ink-3", width: 1.2 },
        { kind: "text", x: map.x + map.side, y: map.y + high + 18, anchor: "end", size: 12, role: "number",
          fill: "ink-2", text: `${fixed(most, 1)} nats` });
    } else {
      marks.push({ kind: "cells", x: map.x, y: map.y, w: map.side, h: high, rows: n, columns: n, values: weights[head],
        scale: 0.6 });
    }
    tokens.forEach((token, i) => {
      marks.push({ kind: "text", x: map.x - 6, y: map.y + (i + 0.5) * h + 4, anchor: "end", size: 12, role: "code",
        text: token.replaceAll(" ", "·").slice(0, 9) });
      tokens.forEach((_, j) => {
        if (off || j > i || !isMeant(pattern, same, i, j)) return;
        marks.push({ kind: "disc", x: map.x + (j + 0.5) * w, y: map.y + (i + 0.5) * h, r: Math.min(2.6, w / 4),
          fill: "none", stroke: "ink", width: 1.2 });
      });
    });
    return { width, height, marks };
  },
  describe({ readings, head, pattern }) {
    if (pattern === OFF) {
      const heads = Array.from({ length: ALL }, (_, h) => h), [first] = readings;
      const said = ({ surprises, own }: Reading): string => (own === null ? "is one token, so nothing is predicted"
        : `has a loss of ${fixed(mean(surprises[head + 1]))} instead of ${fixed(mean(surprises[0]))}, and of ` +
        `${fixed(mean(surprises[ALL + 1]))} without all heads at once`);
      return `Without head ${nameOf(head)} the first text ${said(first)}; the second ${said(readings[1])}. Taken ` +
        `away one at a time, ${heads.filter((h) => cellOf(readings, h, OFF).both).length} of ${count(ALL, "head")} ` +
        `cost at least ${fixed(FELT)} nats in both texts; the first text is predicted better without ` +
        `${heads.filter((h) => (harm(first, h) ?? 0) < 0).length} of them.`;
    }
    const [here, there] = readings.map(({ shares }) => shares[head][pattern]);
    const said = (share: Share | null): string => (share === null ? "never stands there"
      : `gives ${percent(share.share, 0)}, ${fixed(share.share / share.chance, 1)} times chance`);
    const above = (list: readonly number[]): number => Array.from({ length: ALL * PATTERNS.length }, (_, at) =>
      list.every((k) => (times(readings[k].shares[Math.floor(at / PATTERNS.length)][at % PATTERNS.length]) ?? 0)
        >= LIMIT)).filter(Boolean).length;
    return `Head ${nameOf(head)} and ${MEANT[pattern]}: in the first text it ${said(here)}; in the second it ` +
      `${said(there)}. Of ${ALL * PATTERNS.length} pairs of a head and a ` +
      `pattern, ${above([0])} reach ${fixed(LIMIT, 1)} times chance in the first text, ` +
      `${count(above([0, 1]), "pair")} in both.`;
  },
  table: ({ readings }) => ({ head: ["head", ...PATTERNS.map((name) => `${name}, times chance, in both texts`),
    "change of the loss without it, in nats, in both texts"],
    rows: Array.from({ length: ALL }, (_, h) => [nameOf(h), ...PATTERNS.map((__, p) => readings.map(({ shares }) => {
      const value = times(shares[h][p]);
      return value === null ? "none" : fixed(value, 1);
    }).join(" and ")), readings.map((reading) => {
      const change = harm(reading, h);
      return change === null ? "none" : signed(change);
    }).join(" and ")]) }),
  invariants: [
    { name: "each row of weights adds up to 1, and nothing ahead is seen", holds: ({ readings }) => readings.every(
      ({ tokens: { length: T }, weights }) => weights.every((rows) => Array.from({ length: T }, (_, i) =>
        rows.slice(i * T, (i + 1) * T)).every((row, i) => Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-4
          && row.slice(i + 1).every((w) => w === 0)))) },
    { name: "shares lie between 0 and 1", holds: ({ readings }) => readings.every(({ shares }) =>
      shares.flat().every((share) => share === null || (share.share >= 0 && share.share <= 1 + 1e-4))) },
    { name: "with all heads on, the loss is the model's own", holds: ({ readings }) => readings.every(
      ({ surprises, own }) => own === null || Math.abs(mean(surprises[0]) - own) < 1e-3) },
    { name: "there are sixteen heads", holds: ({ readings }) => readings.every(({ shares }) => shares.length === ALL) },
  ],
});
