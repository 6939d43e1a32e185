import { exp, F, maximum, RandomStream, tensor, type Tensor } from "gradus";
import { defineFigure, type Mark, type Scene } from "@gradus/lessons";
import { count, fixed } from "@gradus/lessons/draw/number";
import { clamp, linear, type Scale } from "@gradus/lessons/draw/scale";

const KEYS = 12, REACH = 4, VALUES = 9;
const LIFTS = { "0": 0, "100": 100, "1,000": 1000 } as const;
type Lift = keyof typeof LIFTS;

/** What is carried from block to block: maximum m, sum of e^(s - m), and the same sum of values. */
interface Carried { readonly m: number; readonly sum: number; readonly mix: number }
interface Shot {
  readonly scores: number[]; readonly values: readonly number[]; readonly block: number; readonly lift: number;
  /** Keys read so far, and where the block begins that was read last. */
  read: number; first: number;
  before: Carried; after: Carried;
  /** What old sums are multiplied by, and what the block adds. */
  shrink: number; added: readonly [sum: number, mix: number];
  /** Softmax over the keys read, in one piece; and over all. */
  prefix: number[]; whole: number[];
  /** The sum of e^s without any maximum, in 32 bits. */
  naive: number;
}
const NOTHING: Carried = { m: -Infinity, sum: 0, mix: 0 };
const outputOf = ({ sum, mix }: Carried): number => (sum === 0 ? 0 : mix / sum);
/** A number to be added: its sign with a space behind it. */
const plus = (value: number, decimals: number): string => `${fixed(value, decimals).startsWith("−") ? "−" : "+"} ${
  fixed(Math.abs(value), decimals)}`;
/** “Key 5”, “Keys 4 to 6”: what was read last. */
const lastRead = (first: number, read: number): string =>
  (read - first === 1 ? `Key ${read}` : `Keys ${first + 1} to ${read}`);
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((total, v, i) => total + v * b[i], 0);

/** Reads the first `read` keys, block by block. */
async function run(state: Shot): Promise<Shot> {
  const s = tensor(state.scores).add(state.lift), v = tensor([...state.values]);
  let m: Tensor = tensor(-Infinity), sum: Tensor = tensor(0), mix: Tensor = tensor(0);
  const carried = async (): Promise<Carried> => ({ m: await m.item(), sum: await sum.item(), mix: await mix.item() });
  Object.assign(state, { before: NOTHING, after: NOTHING, shrink: 0, added: [0, 0], first: 0 });
  for (let first = 0; first < state.read; first += state.block) {
    const size = Math.min(state.block, KEYS - first), piece = s.narrow(0, first, size);
    const higher = maximum(m, piece.amax(0)), shrink = exp(m.sub(higher)), e = exp(piece.sub(higher));
    const [own, weighted] = [e.sum(), e.mul(v.narrow(0, first, size)).sum()];
    state.before = state.after;
    [m, sum, mix] = [higher, sum.mul(shrink).add(own), mix.mul(shrink).add(weighted)];
    state.after = await carried();
    state.first = first;
    state.shrink = await shrink.item();
    state.added = [await own.item(), await weighted.item()];
  }
  state.whole = Array.from(await F.softmax(s, 0).data());
  state.prefix = state.read === 0 ? [] : Array.from(await F.softmax(s.narrow(0, 0, state.read), 0).data());
  state.naive = state.read === 0 ? 0 : await exp(s.narrow(0, 0, state.read)).sum().item();
  return state;
}

interface Layout { readonly left: number; readonly column: number; readonly wide: boolean; readonly y: Scale;
  readonly bars: number; readonly text: { readonly x: number; readonly y: number; readonly w: number };
  readonly line: Scale; readonly lineY: number; readonly height: number }
const TOP = 40, HIGH = 190, BARS = 74;
function layout(width: number): Layout {
  const wide = width >= 640, left = 58, across = wide ? Math.min(520, (width - 40) * 0.46) - left : width - left - 10;
  const column = across / KEYS, bars = TOP + HIGH + 32;
  const text = { x: wide ? left + across + 30 : 14, y: wide ? TOP : bars + BARS + 62, w: 0 };
  const w = width - text.x - 14, lineY = text.y + 218;
  return { left, column, wide, y: linear([-REACH, REACH], [TOP + HIGH, TOP]), bars, text: { ...text, w },
    line: linear([-VALUES, VALUES], [text.x + 10, text.x + Math.min(w, 420) - 10]), lineY,
    height: Math.max(lineY + 44, bars + BARS + 40) };
}
const quarter = (value: number): number => Math.round(4 * value) / 4 + 0;
const line = (points: readonly (readonly [number, number])[], width = 1, stroke: "hair" | "ink-3" = "hair"): Mark =>
  ({ kind: "line", points, stroke, width });

export default defineFigure({
  id: "softmax-in-blocks",
  title: "A softmax that never sees all scores",
  question: "How can a block change weights that were computed before it?",
  params: {
    block: { kind: "number", label: "keys in a block", value: 3, min: 1, max: 6, step: 1 },
    lift: { kind: "choice", label: "added to every score", value: "0", choices: Object.keys(LIFTS) as Lift[] },
  },
  init({ block, lift }, seed): Promise<Shot> {
    const random = new RandomStream(seed);
    const scores = Array.from({ length: KEYS }, (_, i) =>
      clamp(quarter(1.5 * random.normal() + 0.25 * (i - KEYS / 2)), [-REACH, REACH]));
    const values = Array.from({ length: KEYS }, () => random.integer(2 * VALUES + 1) - VALUES);
    return run({ scores, values, block, lift: LIFTS[lift], read: 0, first: 0, before: NOTHING, after: NOTHING,
      shrink: 0, added: [0, 0], prefix: [], whole: [], naive: 0 });
  },
  step(state) {
    state.read = Math.min(KEYS, state.read + state.block);
    return run(state);
  },
  done: ({ read }) => read >= KEYS,
  act(state, action) {
    if (action.type !== "drag") return state;
    state.scores[Number(action.id.slice(1))] = quarter(layout(action.width).y.invert(action.y));
    return run(state);
  },
  snapshot: (state): Shot => ({ ...state, scores: [...state.scores] }),

  view({ scores, values, lift, read, first, before, after, shrink, added, prefix, whole, naive }, { width }): Scene {
    const { left, column, y, bars, text, line: on, lineY, height } = layout(width), right = left + column * KEYS;
    const marks: Mark[] = [], middle = (i: number): number => left + (i + 0.5) * column, foot = bars + BARS;
    marks.push({ kind: "box", x: left, y: TOP, w: right - left, h: HIGH, fill: "plate", stroke: "hair", width: 1 },
      { kind: "text", x: left, y: TOP - 22, size: 13, fill: "ink-2", text: "score of each key: drag" });
    if (read > 0) {
      marks.push({ kind: "box", x: left + first * column, y: TOP, w: (read - first) * column, h: foot - TOP + 24,
        fill: "mark", opacity: 0.35 });
    }
    for (const tick of [-REACH, -REACH / 2, 0, REACH / 2, REACH]) {
      marks.push(line([[left, y(tick)], [right, y(tick)]]), { kind: "text", x: left - 7, y: y(tick) + 4, size: 12,
        anchor: "end", role: "number", fill: "ink-2", text: fixed(lift + tick, 0) });
    }
    if (read > 0) {
      const level = y(after.m - lift);
      marks.push({ kind: "line", points: [[left, level], [left + read * column, level]], stroke: "ink", width: 2,
        dash: [6, 3] }, { kind: "text", x: left + 2, y: TOP - 6, size: 12, fill: "ink-2",
        text: `dashed: maximum so far, ${fixed(after.m)}` });
    }
    marks.push({ kind: "text", x: left, y: bars - 10, size: 13, fill: "ink-2", text: "share in the output so far" },
      line([[left, foot], [right, foot]], 1, "ink-3"));
    const full = Math.max(...whole, ...prefix);
    scores.forEach((score, i) => {
      const at = middle(i), seen = i < read, share = seen ? BARS * prefix[i] / full : 0, end = BARS * whole[i] / full;
      marks.push(line([[at, y(0)], [at, y(score)]], 2, "ink-3"), { kind: "disc", x: at, y: y(score), r: 9,
        fill: seen ? "series-1" : "plate", stroke: seen ? "ink" : "ink-2", width: 1.5, handle: { id: `s${i}`, drag: "y",
          step: HIGH / (8 * REACH),
          label: `key ${i + 1}, score ${fixed(lift + score)}, value ${fixed(values[i], 0)}` } });
      if (seen) {
        marks.push({ kind: "box", x: at - column * 0.34, y: foot - share, w: column * 0.68, h: share, fill: "series-1",
          title: `key ${i + 1}: ${fixed(prefix[i], 4)}` });
      }
      marks.push({ kind: "box", x: at - column * 0.42, y: foot - end, w: column * 0.84, h: end, fill: "none",
        stroke: "ink-2", width: 1.2, dash: [3, 2] }, { kind: "text", x: at, y: foot + 18, anchor: "middle", size: 12,
        role: "number", fill: seen ? "ink" : "ink-2", text: fixed(values[i], 0) });
    });
    marks.push({ kind: "text", x: left - 7, y: foot + 18, anchor: "end", size: 12, fill: "ink-2", text: "value" });
    // The account of this block.
    const rows: readonly (readonly [string, string])[] = read === 0
      ? [["maximum", "−∞"], ["sum", "0"], ["sum of values", "0"]]
      : [["maximum", `${fixed(before.m)} → ${fixed(after.m)}`], ["shrink old by", fixed(shrink, 4)],
        ["sum", `${fixed(before.sum, 3)} · ${fixed(shrink, 3)} ${plus(added[0], 3)} = ${fixed(after.sum, 3)}`],
        ["values", `${fixed(before.mix)} · ${fixed(shrink, 3)} ${plus(added[1], 2)} = ${fixed(after.mix)}`],
        ["output", `${fixed(after.mix)} / ${fixed(after.sum, 3)} = ${fixed(outputOf(after), 3)}`],
        ["plain sum of eˢ", naive > 1e6 && Number.isFinite(naive) ? naive.toExponential(1).replace("+", "")
          : fixed(naive, 3)]];
    marks.push({ kind: "text", x: text.x, y: text.y - 4, size: 14, bold: true, text: read === 0
      ? "Nothing read yet" : `${lastRead(first, read)} of ${KEYS}` });
    rows.forEach(([name, said], i) => marks.push({ kind: "text", x: text.x, y: text.y + 26 + 25 * i, size: 13,
      fill: "ink-2", text: name }, { kind: "text", x: text.x + 96, y: text.y + 26 + 25 * i, size: 13,
      role: "number", bold: name === "output", text: said,
      ...(name.startsWith("plain") && !Number.isFinite(naive) ? { fill: "bad" } : {}) }));
    // The output on a line, beside what the whole softmax gives.
    const goal = dot(whole, values), [start, end] = on.range;
    marks.push(line([[start, lineY], [end, lineY]], 1.5, "ink-3"));
    for (const tick of [-VALUES, 0, VALUES]) {
      marks.push(line([[on(tick), lineY - 4], [on(tick), lineY + 4]], 1, "ink-3"), { kind: "text", x: on(tick),
        y: lineY + 22, anchor: "middle", size: 12, role: "number", fill: "ink-2", text: fixed(tick, 0) });
    }
    marks.push({ kind: "text", x: start, y: lineY - 18, size: 13, fill: "ink-2",
      text: "output so far (disc), of all keys (ring)" });
    if (read > 0) {
      marks.push({ kind: "disc", x: on(clamp(outputOf(after), [-VALUES, VALUES])), y: lineY, r: 7, fill: "mark",
        stroke: "ink", width: 1.5 });
    }
    marks.push({ kind: "disc", x: on(goal), y: lineY, r: 11, fill: "none", stroke: "ink", width: 2 });
    return { width, height, marks };
  },
  describe({ values, read, first, before, after, shrink, added, whole, naive }) {
    const goal = fixed(dot(whole, values), 3);
    if (read === 0) return `${KEYS} keys wait. The softmax of all scores at once gives the output ${goal}.`;
    return `${lastRead(first, read)}: the maximum goes from ${fixed(before.m)} to ${fixed(after.m)}, old sums ` +
      `shrink by ${fixed(shrink, 4)}, the sum is ${fixed(before.sum, 3)} · ${fixed(shrink, 3)} + ` +
      `${fixed(added[0], 3)} = ${fixed(after.sum, 3)}. Output ${fixed(outputOf(after), 3)}; all ${KEYS} keys at once ` +
      `give ${goal}. Carried: 3 numbers. ${Number.isFinite(naive) ? `Without a maximum the sum is ${
        naive > 1e6 ? naive.toExponential(1).replace("+", "") : fixed(naive, 2)}.`
        : `Without a maximum the sum of ${count(read, "exponential")} is ∞ in 32 bits.`}`;
  },
  table: ({ scores, values, lift, prefix, whole }) => ({
    head: ["key", "score", "value", "share so far", "share of all"],
    rows: scores.map((score, i) => [String(i + 1), fixed(lift + score), fixed(values[i], 0),
      i < prefix.length ? fixed(prefix[i], 4) : "–", fixed(whole[i], 4)]) }),
  invariants: [
    { name: "after every block the output is the softmax of the keys read, computed in one piece",
      holds: ({ read, after, prefix, values }) => read === 0
        || Math.abs(outputOf(after) - dot(prefix, values)) < 1e-4 },
    { name: "after the last block it is the full softmax", holds: ({ read, after, whole, values }) => read < KEYS
      || Math.abs(outputOf(after) - dot(whole, values)) < 1e-4 },
    { name: "the running maximum is the maximum of the scores read, and never falls", holds: ({ read, before, after,
      scores, lift }) => read === 0 || (Math.abs(after.m - lift - Math.max(...scores.slice(0, read))) < 1e-3
        && after.m >= before.m) },
    { name: "the running sum lies between 1 and the number of keys", holds: ({ read, after }) => read === 0
      || (after.sum >= 1 - 1e-6 && after.sum <= read + 1e-5) },
  ],
  cell: ({ block, lift }) => [
    'import { exp, F, maximum, randn, tensor } from "gradus";',
    "",
    `const s = randn([12]).add(${LIFTS[lift]}), v = randn([12]);`,
    "let m = tensor(-Infinity), sum = tensor(0), mix = tensor(0);",
    `for (let first = 0; first < 12; first += ${block}) {`,
    `  const size = Math.min(${block}, 12 - first), piece = s.narrow(0, first, size);`,
    "  const higher = maximum(m, piece.amax(0)), shrink = exp(m.sub(higher)), e = exp(piece.sub(higher));",
    "  sum = sum.mul(shrink).add(e.sum());",
    "  mix = mix.mul(shrink).add(e.mul(v.narrow(0, first, size)).sum());",
    "  m = higher;",
    "}",
    'console.log("in blocks", await mix.div(sum).item(), "at once", await F.softmax(s, 0).mul(v).sum().item());',
  ].join("\n"),
});
