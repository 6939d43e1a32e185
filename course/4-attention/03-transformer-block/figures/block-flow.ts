import { F, Generator, manualSeed, nn, randn, zerosLike, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed, percent } from "@gradus/lessons/draw/number";
import { textWidth } from "@gradus/lessons/draw/text";

const T = 4, D = 8, HEADS = 2, WORDS = ["the", "dog", "bites", "man"];
const PARTS = ["attention", "feed-forward"] as const;
type Part = (typeof PARTS)[number];
type Spot = "stream" | "norm1" | "attention" | "add1" | "norm2" | "widen" | "bend" | "narrow" | "add2";

/** One operation: what it is called, its result row by row, and the stream after it. */
interface Step { readonly spot: Spot; readonly says: string; readonly columns: number; readonly values: number[];
  readonly stream: number[] }
interface Counts { readonly attention: number; readonly forward: number; readonly norms: number }
interface State {
  readonly before: boolean; readonly factor: number;
  readonly attention: nn.MultiheadAttention; readonly wide: nn.Linear; readonly narrow: nn.Linear;
  readonly norms: readonly nn.LayerNorm[];
  readonly x: Tensor;
  readonly counts: Counts;
  on: Record<Part, boolean>;
  steps: Step[]; at: number;
  /** Largest difference from the library’s own block, where both parts are on. */
  apart: number;
}
const size = (layer: nn.Layer | nn.MultiheadAttention): number => layer.parameterCount();

async function run(state: State): Promise<State> {
  const { before, attention, wide, narrow, norms, on } = state, steps: Step[] = [];
  let stream = state.x, now = await read(stream);
  const note = async (spot: Spot, says: string, x: Tensor): Promise<void> => {
    steps.push({ spot, says, columns: x.shape[1], values: await read(x), stream: now });
  };
  const add = async (branch: Tensor, part: Part, index: 1 | 2): Promise<void> => {
    stream = stream.add(on[part] ? branch : zerosLike(branch));
    now = await read(stream);
    await note(`add${index}`, on[part] ? `what the ${part} part found is added to the stream`
      : `the ${part} part is off: the stream goes on as it is`, stream);
  };
  await note("stream", "four words enter, a row each", stream);
  const norm = async (x: Tensor, index: 1 | 2): Promise<Tensor> => {
    const y = norms[index - 1].forward(x);
    if (!before) {
      stream = y;
      now = await read(y);
    }
    await note(`norm${index}`, `each row gets mean 0 and spread 1${before ? ", for the branch only" : ""}`, y);
    return y;
  };
  const attend = async (x: Tensor): Promise<Tensor> => {
    const [y] = attention.forward(x, x, x);
    await note("attention", "rows read from each other: the only place where words meet", y);
    return y;
  };
  const feed = async (x: Tensor): Promise<Tensor> => {
    const h = wide.forward(x), bent = F.relu(h), y = narrow.forward(bent);
    await note("widen", `each row alone: ${D} numbers become ${h.shape[1]}`, h);
    await note("bend", "ReLU: what is below zero becomes 0", bent);
    await note("narrow", `and back to ${D}`, y);
    return y;
  };
  if (before) {
    await add(await attend(await norm(stream, 1)), "attention", 1);
    await add(await feed(await norm(stream, 2)), "feed-forward", 2);
  } else {
    await add(await attend(stream), "attention", 1);
    await norm(stream, 1);
    await add(await feed(stream), "feed-forward", 2);
    await norm(stream, 2);
  }
  state.steps = steps;
  state.apart = on.attention && on["feed-forward"] ? await difference(state, stream) : 0;
  return state;
}
const read = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
/** The same weights in the library’s block. */
async function difference({ before, factor, attention, wide, narrow, norms, x }: State,
  stream: Tensor): Promise<number> {
  const block = new nn.TransformerEncoderLayer(D, HEADS, { dimFeedforward: factor * D, dropout: 0, batchFirst: true,
    normFirst: before });
  const copy = (to: nn.Linear | nn.LayerNorm, from: nn.Linear | nn.LayerNorm): void => {
    to.weight?.assign(from.weight!);
    to.bias?.assign(from.bias!);
  };
  copy(block.linear1, wide);
  copy(block.linear2, narrow);
  copy(block.norm1, norms[0]);
  copy(block.norm2, norms[1]);
  copy(block.self_attn.out_proj, attention.out_proj);
  block.self_attn.in_proj_weight!.assign(attention.in_proj_weight!);
  block.self_attn.in_proj_bias!.assign(attention.in_proj_bias!);
  return block.forward(x.unsqueeze(0)).squeeze(0).sub(stream).abs().amax().item();
}

interface Box { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
interface Layout { readonly boxes: Readonly<Record<Spot, Box>>; readonly line: number; readonly foot: number;
  readonly cells: Box; readonly bars: Box; readonly height: number }
function layout(width: number, before: boolean): Layout {
  const wide = width >= 620, room = wide ? Math.min(300, width * 0.42) : Math.min(width - 24, 310), line = 54;
  const box = (y: number): Box => ({ x: 104, y, w: room - 104, h: 28 });
  const sign = (y: number): Box => ({ x: line - 11, y, w: 22, h: 22 });
  const rows: readonly Spot[] = before
    ? ["stream", "norm1", "attention", "add1", "norm2", "widen", "bend", "narrow", "add2"]
    : ["stream", "attention", "add1", "norm1", "widen", "bend", "narrow", "add2", "norm2"];
  let y = 40;
  const placed = rows.map((spot): [Spot, Box] => {
    const plain = spot === "stream" || spot.startsWith("add"), over = !before && spot.startsWith("norm");
    const at = spot === "stream" ? { x: 12, y, w: 84, h: 28 } : plain ? sign(y)
      : over ? { x: 12, y, w: 84, h: 28 } : box(y);
    y += plain || over ? 46 : 37;
    return [spot, at];
  });
  const foot = y + 6, left = wide ? room + 34 : 12, top = wide ? 40 : foot + 66;
  const cells = { x: left + 50, y: top + 8, w: width - left - 64, h: 4 * 26 };
  const bars = { x: left, y: cells.y + 2 * cells.h + 116, w: width - left - 14, h: 92 };
  return { boxes: Object.fromEntries(placed) as Record<Spot, Box>, line, foot, cells, bars,
    height: Math.max(foot + 16, bars.y + bars.h + 20) };
}
const NAMES: Readonly<Record<Spot, string>> = { stream: "in", norm1: "norm", attention: "attention", add1: "+",
  norm2: "norm", widen: "widen", bend: "ReLU", narrow: "narrow", add2: "+" };

export default defineFigure({
  id: "block-flow",
  title: "Through one block",
  question: "What is kept, what is added, and where do the weights sit?",
  params: {
    order: { kind: "choice", label: "norm", value: "before", choices: ["before", "after"] },
    factor: { kind: "number", label: "feed-forward, times the width", value: 4, min: 1, max: 8, step: 1 },
  },
  init({ order, factor }, seed): Promise<State> {
    manualSeed(seed);
    const attention = new nn.MultiheadAttention(D, HEADS, { batchFirst: true }), wide = new nn.Linear(D, factor * D);
    const narrow = new nn.Linear(factor * D, D), norms = [new nn.LayerNorm(D), new nn.LayerNorm(D)];
    const x = randn([T, D], { generator: new Generator(seed) });
    const counts = { attention: size(attention), forward: size(wide) + size(narrow), norms: size(norms[0])
      + size(norms[1]) };
    return run({ before: order === "before", factor, attention, wide, narrow, norms, x, counts,
      on: { "attention": true, "feed-forward": true }, steps: [], at: 0, apart: 0 });
  },
  step(state) {
    state.at++;
    return state;
  },
  done: ({ at, steps }) => at >= steps.length - 1,
  act(state, action) {
    if (action.type !== "press") return state;
    const [kind, name] = action.id.split(":");
    if (kind === "part") {
      const part = name as Part;
      state.on = { ...state.on, [part]: !state.on[part] };
    } else state.at = Math.max(0, state.steps.findIndex(({ spot }) => spot === name));
    return run(state);
  },
  snapshot: ({ before, factor, counts, on, steps, at, apart }) => ({ before, factor, counts, on: { ...on },
    steps: steps.map((step) => ({ ...step, values: [...step.values], stream: [...step.stream] })), at, apart }),

  view({ before, counts, on, steps, at }, { width }: Frame): Scene {
    const { boxes, line, foot, cells, bars, height } = layout(width, before), now = steps[at], marks: Mark[] = [];
    marks.push({ kind: "text", x: 12, y: 22, size: 13, fill: "ink-2", text: "the stream, and two branches" });
    // The stream runs down on the left; branches leave it and come back.
    marks.push({ kind: "line", points: [[line, boxes.stream.y + 28], [line, foot]], stroke: "ink", width: 5,
      arrow: true });
    const branch = (first: Spot, last: Spot, sum: Spot, part: Part): void => {
      const a = boxes[first], b = boxes[last], c = boxes[sum], x = a.x + a.w / 2, style = { stroke: "ink-2", width: 1.8,
        opacity: on[part] ? 1 : 0.3 } as const;
      marks.push({ kind: "line", points: [[line, a.y - 8], [x, a.y - 8], [x, a.y]], arrow: true, ...style },
        { kind: "line", points: [[x, b.y + 28], [x, c.y + 11], [c.x + 24, c.y + 11]], arrow: true, ...style });
    };
    branch(before ? "norm1" : "attention", "attention", "add1", "attention");
    branch(before ? "norm2" : "widen", "narrow", "add2", "feed-forward");
    for (const { spot } of steps) {
      const { x, y, w, h } = boxes[spot], lit = spot === now.spot, sum = spot.startsWith("add");
      const part: Part = ["norm1", "attention", "add1"].includes(spot) ? "attention" : "feed-forward";
      const faint = !on[part] && !sum && spot !== "stream" && (before || !spot.startsWith("norm"));
      const middle = x + w / 2;
      marks.push({ kind: "box", x, y, w, h, round: sum ? 11 : 4, fill: lit ? "mark" : "plate", stroke: lit ? "ink"
        : "ink-2", width: lit ? 2.2 : 1.4, opacity: faint ? 0.45 : 1, handle: { id: `spot:${spot}`, press: true,
        label: `show ${NAMES[spot]}${sum ? " of the stream" : ""}` } },
      { kind: "text", x: middle, y: y + h / 2 + 5, anchor: "middle", size: sum ? 16 : 13, text: NAMES[spot],
        fill: lit ? "on-mark" : faint ? "ink-3" : "ink" });
    }
    // What the operation gives, and the stream after it.
    const block = (y: number, text: string, values: readonly number[], columns: number): void => {
      marks.push({ kind: "text", x: cells.x - 50, y: y - 10, size: 13, fill: "ink-2", text });
      marks.push({ kind: "cells", x: cells.x, y, w: cells.w, h: cells.h, rows: T, columns, values, scale: 2.5 });
      WORDS.forEach((word, i) => {
        marks.push({ kind: "text", x: cells.x - 8, y: y + (i + 0.5) * cells.h / T + 4, anchor: "end", size: 12,
          fill: "ink-2", text: word });
      });
    };
    block(cells.y, `${NAMES[now.spot] === "+" ? "sum" : NAMES[now.spot]}: ${T} × ${now.columns} numbers`, now.values,
      now.columns);
    block(cells.y + cells.h + 44, `the stream now: ${T} × ${D}`, now.stream, D);
    // Where the weights are.
    const total = counts.attention + counts.forward + counts.norms;
    marks.push({ kind: "text", x: bars.x, y: bars.y - 36, size: 13, fill: "ink-2",
      text: `weights: ${total} at width ${D}; press to switch off` });
    let x = bars.x;
    const shares: readonly (readonly [string, number, Part | null])[] = [["attention", counts.attention, "attention"],
      ["feed-forward", counts.forward, "feed-forward"], ["norms", counts.norms, null]];
    shares.forEach(([name, number, part], i) => {
      const w = bars.w * number / total, off = part !== null && !on[part], text = `${name} ` +
        `${percent(number / total, 0)}`;
      marks.push({ kind: "box", x, y: bars.y - 20, w: Math.max(2, w - 2), h: 34, fill: (["series-1", "series-2",
        "series-3"] as const)[i], hatch: off, stroke: "plate", width: 1, title: `${name}: ${number} weights`,
        ...(part === null ? {} : { handle: { id: `part:${part}`, press: true,
          label: `${name} is ${off ? "off" : "on"}, ${number} weights` } }) });
      const row = width < 420 ? i : 0, left = width < 420 ? bars.x : Math.min(x, bars.x + bars.w - textWidth(text, 13));
      marks.push({ kind: "text", x: left, y: bars.y + 34 + 20 * row, size: 13, text: `${text}${off ? " (off)" : ""}` });
      x += w;
    });
    return { width, height, marks };
  },
  describe({ before, factor, counts, on, steps, at, apart }) {
    const now = steps[at], total = counts.attention + counts.forward + counts.norms, spread = Math.sqrt(now.stream
      .reduce((sum, v) => sum + v * v, 0) / now.stream.length);
    const off = PARTS.filter((part) => !on[part]);
    return `Step ${at + 1} of ${steps.length}, norm ${before ? "before" : "after"}: ${now.says}. The stream has size ` +
      `${fixed(spread)}. With ${factor} times the width the feed-forward part holds ${counts.forward} of ${total} ` +
      `weights, ` +
      `${percent(counts.forward / total, 0)}. ${off.length > 0 ? `Off: ${off.join(" and ")}.`
        : `The library’s block gives the same within ${fixed(Math.max(apart, 1e-6), 6)}.`}`;
  },
  table: ({ steps, counts }) => ({ head: ["operation", "numbers per word", "first word"],
    rows: [...steps.map(({ spot, columns, values }) => [NAMES[spot], String(columns),
      values.slice(0, 4).map((v) => fixed(v)).join(", ")]),
    ["weights in attention", String(counts.attention), ""], ["weights in feed-forward", String(counts.forward), ""],
    ["weights in norms", String(counts.norms), ""]] }),
  invariants: [
    { name: "it is the library’s block, operation by operation", holds: ({ apart }) => apart < 1e-4 },
    { name: "counts are 4D² + 4D, 2fD² + (f + 1)D and 4D", holds: ({ counts, factor }) => counts.attention
      === 4 * D * D + 4 * D && counts.forward === 2 * factor * D * D + (factor + 1) * D && counts.norms === 4 * D },
    { name: "with both parts off and norms before, what goes in comes out", holds: ({ before, on, steps }) =>
      !before || on.attention || on["feed-forward"] || steps[steps.length - 1].stream.every((v, i) =>
        Math.abs(v - steps[0].stream[i]) < 1e-6) },
    { name: "a normalised row has mean 0", holds: ({ steps }) => steps.filter(({ spot }) => spot.startsWith("norm"))
      .every(({ values }) => Math.abs(values.slice(0, D).reduce((a, b) => a + b, 0)) < 1e-3) },
  ],
});
