import { F, noGrad, tensor } from "gradus";
import { loadCourseModel, type CourseModel } from "gradus/pretrained";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed, percent } from "@gradus/lessons/draw/number";

const LONGEST = 26, LAYERS = 4, HEADS = 4, ALL = LAYERS * HEADS;
/** From this many times chance on, in both texts, a pattern is taken for one. */
const LIMIT = 1.5;
const PATTERNS = ["previous", "first", "itself", "same", "after it"] as const;
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
  const ids = all.slice(0, LONGEST), T = ids.length, whole = tensor(Int32Array.from(ids), { shape: [1, T] });
  const maps = noGrad(() => {
    let x = model.wte.forward(whole).add(model.wpe.weight.narrow(0, 0, T));
    return [...model.h].map((block) => {
      const { attn, ln_1: norm } = block;
      const [q, k] = attn.c_attn.forward(norm.forward(x)).chunk(3, 2).map((part) =>
        part.reshape([1, T, attn.heads, -1]).transpose(1, 2));
      x = block.forward(x);
      return F.attentionWeights(q, k, { causal: true });                    // (1, H, T, T)
    });
  });
  const flat = await Promise.all(maps.map((map) => map.data()));
  const weights = flat.flatMap((layer) => Array.from({ length: HEADS }, (_, h) =>
    Array.from(layer.slice(h * T * T, (h + 1) * T * T))));
  return { tokens: ids.map((id) => tokenizer.decode([id]).replaceAll("\n", "¶")), weights,
    shares: weights.map((rows) => PATTERNS.map((_, p) => measure(rows, ids, p))) };
}
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
  const wide = width >= 640, table = { x: 12 + NAME, y: 62, w: wide ? Math.min(320, width * 0.46 - NAME) : width - 24
    - NAME };
  const below = table.y + ALL * ROW, left = wide ? table.x + table.w + 30 + TOKEN : 12 + TOKEN;
  const side = Math.max(Math.min(width - left - 14, 16 * LONGEST), 60), top = wide ? 62 : below + 120;
  // A row of the map has to hold a line of text.
  const high = Math.max(side, 13.5 * n);
  return { table, map: { x: left, y: top, side }, height: Math.max(below + 56, top + high + 44) };
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
    [state.head, state.pattern] = [Math.floor(at / PATTERNS.length), at % PATTERNS.length];
    return state;
  },
  snapshot: ({ readings, head, pattern }) => ({ readings: readings.map(({ tokens, weights, shares }) => ({
    tokens: [...tokens], weights: weights.map((rows) => [...rows]), shares: shares.map((row) => [...row]) })), head,
  pattern }),

  view({ readings, head, pattern }, { width }: Frame): Scene {
    const { tokens, weights, shares } = readings[0], n = tokens.length, { table, map, height } = layout(width, n);
    const marks: Mark[] = [], wide = table.w / PATTERNS.length;
    marks.push({ kind: "text", x: 12, y: 20, size: 13, fill: "ink-2", 
      text: "weight on what is meant, in times chance" });
    PATTERNS.forEach((name, p) => marks.push({ kind: "text", x: table.x + (p + 0.5) * wide, y: table.y - 9,
      anchor: "middle", size: 12, fill: p === pattern ? "ink" : "ink-2", bold: p === pattern, text: name }));
    marks.push({ kind: "cells", x: table.x, y: table.y, w: table.w, h: ALL * ROW, rows: ALL, columns: PATTERNS.length,
      scale: 2, values: shares.flatMap((row) => row.map((share) =>
        Math.log2(Math.min(4, Math.max(0.25, times(share) ?? 1))))) });
    shares.forEach((row, h) => {
      const y = table.y + h * ROW;
      marks.push({ kind: "text", x: table.x - 8, y: y + 16.5, anchor: "end", size: 12, role: "number",
        fill: h === head ? "ink" : "ink-2", bold: h === head, text: nameOf(h) });
      if (h % HEADS === 0 && h > 0) marks.push({ kind: "line", points: [[12, y], [table.x + table.w, y]],
        stroke: "ink-3", width: 1.2 });
      row.forEach((share, p) => {
        const x = table.x + p * wide, value = times(share), both = holds(readings, h, p);
        const now = h === head && p === pattern;
        marks.push({ kind: "box", x: x + 1.5, y: y + 1.5, w: wide - 3, h: ROW - 3, fill: "none",
          stroke: both ? "ink" : "none", width: both ? 2 : 0,
          handle: { id: `cell:${h * PATTERNS.length + p}`, press: true, label: `head ${nameOf(h)}, ${MEANT[p]}: ` +
            `${value === null ? "not in this text" : `${fixed(value, 1)} times chance`}` +
            `${both ? ", in both texts" : ""}` } },
        { kind: "text", x: x + wide / 2, y: y + 16.5, anchor: "middle", size: 12, role: "number",
          text: value === null ? "–" : fixed(value, 1) });
        if (now) marks.push({ kind: "box", x, y, w: wide, h: ROW, fill: "none", stroke: "ink", width: 4.5 },
          { kind: "box", x, y, w: wide, h: ROW, fill: "none", stroke: "mark", width: 2.2 });
      });
    });
    const under = table.y + ALL * ROW;
    marks.push({ kind: "text", x: 12, y: under + 22, size: 13, fill: "ink-2",
      text: `framed: at least ${fixed(LIMIT, 1)} in this text` },
    { kind: "text", x: 12, y: under + 39, size: 13, fill: "ink-2", text: "and in the other one" });
    // The weights of the chosen head over the first text.
    const high = Math.max(map.side, 13.5 * n), [w, h] = [map.side / n, high / n];
    marks.push({ kind: "text", x: map.x - TOKEN, y: map.y - 42, size: 13, fill: "ink-2",
      text: `head ${nameOf(head)} over the first text;` },
    { kind: "text", x: map.x - TOKEN, y: map.y - 25, size: 13, fill: "ink-2", text: `dots: ${MEANT[pattern]}` });
    marks.push({ kind: "cells", x: map.x, y: map.y, w: map.side, h: high, rows: n, columns: n, values: weights[head],
      scale: 0.6 });
    const same = tokens.map((word) => tokens.indexOf(word));
    tokens.forEach((token, i) => {
      marks.push({ kind: "text", x: map.x - 6, y: map.y + (i + 0.5) * h + 4, anchor: "end", size: 12, role: "code",
        text: token.replaceAll(" ", "·").slice(0, 9) });
      tokens.forEach((_, j) => {
        if (j > i || !isMeant(pattern, same, i, j)) return;
        marks.push({ kind: "disc", x: map.x + (j + 0.5) * w, y: map.y + (i + 0.5) * h, r: Math.min(2.6, w / 4),
          fill: "none", stroke: "ink", width: 1.2 });
      });
    });
    return { width, height, marks };
  },
  describe({ readings, head, pattern }) {
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
  table: ({ readings }) => ({ head: ["head", ...PATTERNS.map((name) => `${name}, times chance, in both texts`)],
    rows: Array.from({ length: ALL }, (_, h) => [nameOf(h), ...PATTERNS.map((__, p) => readings.map(({ shares }) => {
      const value = times(shares[h][p]);
      return value === null ? "none" : fixed(value, 1);
    }).join(" and "))]) }),
  invariants: [
    { name: "each row of weights adds up to 1, and nothing ahead is seen", holds: ({ readings }) => readings.every(
      ({ tokens: { length: T }, weights }) => weights.every((rows) => Array.from({ length: T }, (_, i) =>
        rows.slice(i * T, (i + 1) * T)).every((row, i) => Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-4
          && row.slice(i + 1).every((w) => w === 0)))) },
    { name: "shares lie between 0 and 1", holds: ({ readings }) => readings.every(({ shares }) =>
      shares.flat().every((share) => share === null || (share.share >= 0 && share.share <= 1 + 1e-4))) },
    { name: "there are sixteen heads", holds: ({ readings }) => readings.every(({ shares }) => shares.length === ALL) },
  ],
});
