import type { Op } from "../../ir/op.ts";
import { windowCount } from "../../ir/infer.ts";
import type { GraphBuilder } from "./builder.ts";
import { inWorkType, WORK, type OnnxRule, type Rules } from "./rule.ts";

/** Beyond every axis, in the integers that Slice takes. */
const END = Number.MAX_SAFE_INTEGER;

const slice = (g: GraphBuilder, x: string, axis: number, start: string, stop: string): string =>
  g.node("Slice", [x, start, stop, g.ints([axis])]);
/** The start of a dynamic slice as a vector of one, clamped into 0..room. */
const startOf = (g: GraphBuilder, at: string, room: number): string => {
  const wide = g.node("Reshape", [g.cast(at, "i32", "i64"), g.ints([1])]);
  return g.node("Max", [g.node("Min", [wide, g.ints([room])]), g.ints([0])]);
};

/** Cells between neighbours: each cell gets `interior` more after it, and those after the last go away. */
function spread(
  g: GraphBuilder, x: string, shape: readonly number[], axis: number, interior: number, value: string,
): string {
  const apart = g.node("Unsqueeze", [x, g.ints([axis + 1])]);
  const wider = g.node("Pad", [apart, g.ints([0, interior]), value, g.ints([axis + 1])]);
  // 0 copies an axis of the operand, -1 is the one that two became.
  const flat = g.node("Reshape", [wider, g.ints([...new Array<number>(axis).fill(0), -1, ...shape.slice(axis + 1)])]);
  return slice(g, flat, axis, g.ints([0]), g.ints([-interior]));
}
const pad: OnnxRule<"pad"> = (site) => inWorkType(site, ([x]) => {
  const { g, node: { params: { low, high, interior, value }, inputs: [input], dtype }, twin } = site;
  const fill = g.scalar(value, WORK[dtype]);
  let out = x;
  const shape = [...input.shape];
  interior.forEach((cells, axis) => {
    if (cells === 0 || shape[axis] === 0) return;
    g.fixed(shape.slice(axis), twin.inputs[0].shape.slice(axis), "padding between cells");
    out = spread(g, out, shape, axis, cells, fill);
    shape[axis] += (shape[axis] - 1) * cells;
  });
  if ([...low, ...high].every((cells) => cells === 0)) return out;
  const amounts = g.sizes([...low, ...high], [...twin.params.low, ...twin.params.high]);
  return g.node("Pad", [out, amounts, fill]);
});

const cut: OnnxRule<"slice"> = ({ g, node, twin, inputs: [x] }) => {
  const { start, stop, step } = node.params, size = node.inputs[0].shape;
  const other = twin.params, otherSize = twin.inputs[0].shape;
  const axes = size.flatMap((n, i) =>
    (start[i] === 0 && stop[i] === n && other.stop[i] === otherSize[i] && step[i] === 1 ? [] : [i]));
  if (axes.length === 0) return x;
  const ends = (given: readonly number[]): number[] =>
    axes.map((i) => (stop[i] === size[i] && other.stop[i] === otherSize[i] ? END : given[i]));
  return g.node("Slice", [
    x, g.sizes(axes.map((i) => start[i]), axes.map((i) => other.start[i])),
    g.sizes(ends(stop), ends(other.stop)), g.ints(axes), g.ints(axes.map((i) => step[i])),
  ]);
};

/** Windows along an axis are a table of positions, [count, size], read by Gather; their cells move to the end. */
const windows: OnnxRule<"windows"> = ({ g, node, twin, inputs: [x] }) => {
  const { axes, size, stride, dilation } = node.params, { shape } = node.inputs[0];
  let out = x, rank = shape.length;
  axes.forEach((axis, i) => {
    g.fixed([shape[axis]], [twin.inputs[0].shape[axis]], "an axis with windows");
    const count = windowCount(shape[axis], size[i], stride[i], dilation[i]);
    const places = Array.from({ length: count * size[i] }, (_, n) =>
      Math.floor(n / size[i]) * stride[i] + (n % size[i]) * dilation[i]);
    out = g.node("Gather", [out, g.constant("i64", [count, size[i]], places)], { axis });
    rank++;
    const order = Array.from({ length: rank }, (_, n) => n).filter((n) => n !== axis + 1);
    out = g.transpose(out, [...order, axis + 1]);
  });
  return out;
};
/** Its adjoint along an axis is a product with a matrix of zeros and ones, [count * size, cells]. */
const foldWindows: OnnxRule<"foldWindows"> = (site) => inWorkType(site, ([x]) => {
  const { g, node: { params, dtype, inputs: [input] }, twin } = site;
  const { axes, size, stride, dilation, shape } = params;
  let out = x;
  const now = [...input.shape], other = [...twin.inputs[0].shape];
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i], cells = shape[axis], count = now[axis];
    g.fixed([cells], [twin.params.shape[axis]], "an axis with windows");
    const last = now.length - 1, others = now.map((_, n) => n).filter((n) => n !== axis && n !== last);
    out = g.transpose(out, [...others, axis, last]);
    const flat = (sizes: readonly number[]): number[] => [...others.map((n) => sizes[n]), count * size[i]];
    out = g.reshape(out, [...others, axis, last].map((n) => now[n]), flat(now), flat(other));
    const matrix = new Array<number>(count * size[i] * cells).fill(0);
    for (let n = 0; n < count * size[i]; n++) {
      matrix[n * cells + Math.floor(n / size[i]) * stride[i] + (n % size[i]) * dilation[i]] = 1;
    }
    out = g.node("MatMul", [out, g.constant(WORK[dtype], [count * size[i], cells], matrix)]);
    now.pop();
    other.pop();
    now[axis] = other[axis] = cells;
    // The axis stands at the end and goes back to its place.
    const order = now.map((_, n) => (n < axis ? n : n === axis ? now.length - 1 : n - 1));
    out = g.transpose(out, order);
  }
  return out;
});

export const MOVEMENT: Rules<Extract<Op,
  "reshape" | "permute" | "expand" | "pad" | "slice" | "flip" | "concat" | "sliceAt" | "updateAt" | "windows" |
  "foldWindows">> = {
    reshape: ({ g, node, twin, inputs: [x] }) => g.reshape(x, node.inputs[0].shape, node.shape, twin.shape),
    permute: ({ g, node, inputs: [x] }) => g.transpose(x, node.params.axes),
    expand: ({ g, node, twin, inputs: [x] }) => g.node("Expand", [x, g.sizes(node.shape, twin.shape)]),
    pad, slice: cut, windows, foldWindows,
    flip: ({ g, node: { params: { axes } }, inputs: [x] }) => {
      const all = (value: number): string => g.ints(axes.map(() => value));
      return axes.length === 0 ? x : g.node("Slice", [x, all(-1), all(-END), g.ints(axes), all(-1)]);
    },
    concat: ({ g, node, inputs }) => g.node("Concat", inputs, { axis: node.params.axis }),
    sliceAt: ({ g, node, inputs: [x, at] }) => {
      const { axis, size } = node.params;
      const start = startOf(g, at, node.inputs[0].shape[axis] - size);
      return slice(g, x, axis, start, g.node("Add", [start, g.ints([size])]));
    },
    updateAt: ({ g, node, inputs: [x, piece, at] }) => {
      const { axis } = node.params, size = node.inputs[1].shape[axis];
      const start = startOf(g, at, node.shape[axis] - size);
      const after = slice(g, x, axis, g.node("Add", [start, g.ints([size])]), g.ints([END]));
      return g.node("Concat", [slice(g, x, axis, g.ints([0]), start), piece, after], { axis });
    },
  };
