import { Generator, nn, randn, tensor, type Tensor } from "gradus";
import { defineFigure, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { paragraph } from "@gradus/lessons/draw/text";

const N = 3, C = 4, L = 5, GROUPS = 2;
const KINDS = ["batch", "layer", "RMS", "instance", "group"] as const;
type Kind = (typeof KINDS)[number];

/** The number of the group whose statistics a value shares. Layer norm here takes channels and places together. */
function groupOf(kind: Kind, n: number, c: number): number {
  switch (kind) {
    case "batch": return c;
    case "layer": case "RMS": return n;
    case "instance": return n * C + c;
    case "group": return n * GROUPS + Math.floor(c / (C / GROUPS));
  }
}
const COUNT: Readonly<Record<Kind, number>> = { batch: C, layer: N, RMS: N, instance: N * C, group: N * GROUPS };
const SENTENCE: Readonly<Record<Kind, string>> = {
  batch: "one mean for each channel, over all examples and places",
  layer: "one mean for each example, over its channels and places",
  RMS: "no mean; one root mean square for each example",
  instance: "one mean for each channel of each example",
  group: "one mean for each half of an example’s channels",
};
function layerOf(kind: Kind): nn.Layer {
  switch (kind) {
    case "batch": return new nn.BatchNorm1d(C);
    case "layer": return new nn.LayerNorm([C, L]);
    case "RMS": return new nn.RMSNorm([C, L]);
    case "instance": return new nn.InstanceNorm1d(C);
    case "group": return new nn.GroupNorm(GROUPS, C);
  }
}
const read = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

interface State {
  readonly kind: Kind;
  /** Before and after, examples outermost, then channels. */
  readonly values: readonly number[]; readonly result: readonly number[];
  group: number;
  seen: number;
}
/** Places of the group's values. */
const members = (kind: Kind, group: number): number[] => Array.from({ length: N * C * L }, (_, i) => i)
  .filter((i) => groupOf(kind, Math.floor(i / (C * L)), Math.floor(i / L) % C) === group);
interface Statistics { readonly mean: number; readonly size: number }
/** What is taken away and what is divided by. */
function statistics(kind: Kind, values: readonly number[]): Statistics {
  const mean = kind === "RMS" ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, size: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}

export default defineFigure({
  id: "which-axes",
  title: "Who shares a mean",
  question: "Batch, layer, instance, group: which values are averaged together?",
  params: { kind: { kind: "choice", label: "normalisation", value: "batch", choices: KINDS } },
  async init({ kind }, seed): Promise<State> {
    const draws = randn([N, C, L], { generator: new Generator(seed) });
    // Channels differ in place and spread, examples in brightness, as they do inside a network.
    const spread = tensor([0.5, 1, 0.3, 0.8]).reshape([C, 1]), place = tensor([1.5, -0.5, 0, -1.5]).reshape([C, 1]);
    const brightness = tensor([0.4, -0.6, 0.2]).reshape([N, 1, 1]);
    const x = draws.mul(spread).add(place).add(brightness);
    return { kind, values: await read(x), result: await read(layerOf(kind).forward(x)), group: 0, seen: 1 };
  },
  step(state) {
    state.group = (state.group + 1) % COUNT[state.kind];
    state.seen++;
    return state;
  },
  done: ({ kind, seen }) => seen >= COUNT[kind],
  act(state, action) {
    const [n, c] = action.type === "press" ? action.id.split(":").slice(1).map(Number) : [NaN, NaN];
    if (n < N && c < C) state.group = groupOf(state.kind, n, c);
    return state;
  },
  snapshot: ({ kind, values, result, group }) => ({ kind, values: [...values], result: [...result], group }),

  view({ kind, values, result, group }, { width }: Frame): Scene {
    const gap = width < 560 ? 12 : 28, left = 30;
    const wide = Math.min(62, (width - left - 14 - gap * (N - 1)) / (N * L)), side = Math.min(30, wide);
    const marks: Mark[] = [], inside = members(kind, group), block = C * side;
    const rows = [{ name: "before", top: 58, shown: values }, { name: "after", top: 58 + block + 52, shown: result }];
    for (const { name, top, shown } of rows) {
      const own = statistics(kind, inside.map((i) => shown[i])), plain = statistics("batch", inside.map((i) =>
        shown[i]));
      marks.push({ kind: "text", x: left, y: top - 12, size: 13, fill: "ink-2",
        text: `${name}: mean ${fixed(plain.mean)}, ${kind === "RMS" ? "root mean square" : "deviation"} ` +
          `${fixed(own.size)}` });
      for (let n = 0; n < N; n++) {
        const x = left + n * (L * wide + gap);
        if (name === "before") {
          marks.push({ kind: "text", x: x + L * wide / 2, y: 22, text: `example ${n + 1}`, anchor: "middle", size: 13,
            fill: "ink-2" });
        }
        marks.push({ kind: "cells", x, y: top, w: L * wide, h: block, rows: C, columns: L, scale: 2.5,
          values: shown.slice(n * C * L, (n + 1) * C * L) });
        const channels = Array.from({ length: C }, (_, c) => c).filter((c) => groupOf(kind, n, c) === group);
        if (channels.length > 0) {
          const y = top + channels[0] * side, h = channels.length * side;
          marks.push({ kind: "box", x: x - 2, y: y - 2, w: L * wide + 4, h: h + 4, stroke: "ink", width: 5 },
            { kind: "box", x: x - 2, y: y - 2, w: L * wide + 4, h: h + 4, stroke: "mark", width: 2.5 });
        }
        for (let c = 0; c < C && name === "before"; c++) {
          marks.push({ kind: "box", x, y: top + c * side, w: L * wide, h: side, fill: "plate", opacity: 0,
            handle: { id: `row:${n}:${c}`, press: true, label: `example ${n + 1}, channel ${c + 1}` } });
        }
      }
      for (let c = 0; c < C; c++) {
        marks.push({ kind: "text", x: left - 10, y: top + (c + 0.5) * side + 4, text: String(c + 1), role: "number",
          anchor: "end", size: 12, fill: "ink-2" });
      }
    }
    const bottom = rows[1].top + block + 24;
    marks.push(...paragraph(`${kind} norm: ${SENTENCE[kind]}`, left, bottom, width - left - 14, { fill: "ink" }));
    return { width, height: bottom + (width < 480 ? 30 : 12), marks };
  },
  describe({ kind, values, result, group }) {
    const inside = members(kind, group), first = inside[0];
    const { mean, size } = statistics(kind, inside.map((i) => values[i]));
    const taken = mean < 0 ? `(${fixed(mean)})` : fixed(mean);
    const less = kind === "RMS" ? fixed(values[first]) : `(${fixed(values[first])} − ${taken})`;
    return `Group ${group + 1} of ${COUNT[kind]}: ${inside.length} values` +
      `${kind === "RMS" ? "" : ` with mean ${fixed(mean)}`} and ${kind === "RMS" ? "root mean square" : "deviation"} ` +
      `${fixed(size)}. The first becomes ${less} / ${fixed(size)} = ${fixed(result[first])}.`;
  },
  table: ({ kind, values, result }) => ({ head: ["group", "values", "mean", "size", "mean after", "size after"],
    rows: Array.from({ length: COUNT[kind] }, (_, group) => {
      const inside = members(kind, group), before = statistics(kind, inside.map((i) => values[i])),
        after = statistics(kind, inside.map((i) => result[i]));
      return [String(group + 1), String(inside.length), fixed(before.mean), fixed(before.size), fixed(after.mean),
        fixed(after.size)];
    }) }),
  invariants: [
    { name: "every value belongs to exactly one group", holds: ({ kind }) =>
      Array.from({ length: COUNT[kind] }, (_, group) => members(kind, group).length)
        .reduce((a, b) => a + b, 0) === N * C * L },
    { name: "after it each group has mean 0 (but for RMS) and size 1", holds: ({ kind, result }) =>
      Array.from({ length: COUNT[kind] }, (_, group) => statistics(kind, members(kind, group).map((i) => result[i])))
        .every(({ mean, size }) => Math.abs(mean) < 1e-4 && Math.abs(size - 1) < 2e-3) },
    { name: "the layer does what the formula says", holds: ({ kind, values, result }) =>
      Array.from({ length: COUNT[kind] }, (_, group) => members(kind, group)).every((inside) => {
        const { mean, size } = statistics(kind, inside.map((i) => values[i]));
        return inside.every((i) => Math.abs(result[i] - (values[i] - mean) / size) < 5e-3);
      }) },
  ],
});
