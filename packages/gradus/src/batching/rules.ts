import { emit, outputsOf } from "../ir/emit.ts";
import type { Node } from "../ir/node.ts";
import type { Op } from "../ir/op.ts";
import { iota } from "../ops/create.ts";
import { add, bitAnd, clamp, ge, lt, mul, where } from "../ops/elementwise.ts";
import { broadcastTo, moveAxis, permute, reshape, select, stack } from "../ops/movement.ts";
import { batchComposite } from "./composite.ts";
import type { BatchingRule } from "./rule.ts";
import { batchScan } from "./scan.ts";

/** Every operand with an axis of examples. */
const spreadAll = (inputs: readonly Node[], batched: readonly boolean[], size: number): Node[] =>
  inputs.map((x, i) => (batched[i] ? x : broadcastTo(x, [size, ...x.shape])));
/** Operations without axes: the same on more elements. */
const each: BatchingRule<Op> = (node, inputs, batched, size) =>
  emit(node.op, node.params, spreadAll(inputs, batched, size));
/** Sources have no operands, so that none of them is batched. */
const source: BatchingRule<Op> = (node) => node;
/** One example after another: for what has no form with more axes. */
const unrolled: BatchingRule<Op> = (node, inputs, batched, size) =>
  stack(Array.from({ length: size }, (_, i) =>
    emit(node.op, node.params, inputs.map((x, k) => (batched[k] ? select(x, 0, i) : x)))));
const shifted = (axes: readonly number[]): number[] => axes.map((axis) => axis + 1);

/** How each primitive is applied to many examples; eager, traced and differentiated alike, since rules only emit. */
export const BATCHING: { readonly [K in Op]: BatchingRule<K> } = {
  buffer: source, constant: source, iota: source,
  random: unrolled,
  neg: each, abs: each, sign: each, floor: each, ceil: each, round: each, trunc: each, sqrt: each, reciprocal: each,
  exp: each, log: each, expm1: each, log1p: each, sin: each, cos: each, tanh: each, sigmoid: each, erf: each,
  not: each, cast: each, bitcast: each,
  add: each, sub: each, mul: each, div: each, pow: each, maximum: each, minimum: each, remainder: each,
  bitAnd: each, bitOr: each, bitXor: each, shiftLeft: each, shiftRight: each,
  eq: each, ne: each, lt: each, le: each, gt: each, ge: each, where: each,

  reshape: ({ params }, [x], _, size) => emit("reshape", { shape: [size, ...params.shape] }, [x]),
  permute: ({ params }, [x]) => emit("permute", { axes: [0, ...shifted(params.axes)] }, [x]),
  expand: ({ params }, [x], _, size) => emit("expand", { shape: [size, ...params.shape] }, [x]),
  pad: ({ params: { low, high, interior, value } }, [x]) =>
    emit("pad", { low: [0, ...low], high: [0, ...high], interior: [0, ...interior], value }, [x]),
  slice: ({ params: { start, stop, step } }, [x], _, size) =>
    emit("slice", { start: [0, ...start], stop: [size, ...stop], step: [1, ...step] }, [x]),
  flip: ({ params }, [x]) => emit("flip", { axes: shifted(params.axes) }, [x]),
  concat: ({ params }, inputs, batched, size) =>
    emit("concat", { axis: params.axis + 1 }, spreadAll(inputs, batched, size)),
  sliceAt({ params: { axis, size: length }, inputs: [one] }, [x, at], [moves, starts], size) {
    if (!starts) return emit("sliceAt", { axis: axis + 1, size: length }, [x, at]);
    return gatherEach(x, positions(at, length, one.shape[axis], size), axis, moves, size);
  },
  updateAt({ params: { axis }, inputs: [base, part] }, [x, piece, at], [a, b, starts], size) {
    const [wide, pieces] = spreadAll([x, piece], [a, b], size);
    if (!starts) return emit("updateAt", { axis: axis + 1 }, [wide, pieces, at]);
    const index = positions(at, part.shape[axis], base.shape[axis], size);
    return scatterEach(wide, index, pieces, axis, "set", size);
  },
  windows: ({ params }, [x]) => emit("windows", { ...params, axes: shifted(params.axes) }, [x]),
  foldWindows: ({ params }, [x], _, size) =>
    emit("foldWindows", { ...params, axes: shifted(params.axes), shape: [size, ...params.shape] }, [x]),

  reduce: ({ params }, [x]) => emit("reduce", { ...params, axes: shifted(params.axes) }, [x]),
  argReduce: ({ params }, [x]) => emit("argReduce", { ...params, axis: params.axis + 1 }, [x]),
  gather: ({ params: { axis } }, [x, index], [moves, chooses], size) => (chooses
    ? gatherEach(x, index, axis, moves, size)
    : emit("gather", { axis: axis + 1 }, [x, index])),
  scatter({ params: { axis, mode } }, [base, index, updates], [a, chooses, b], size) {
    const [x, y] = spreadAll([base, updates], [a, b], size);
    return chooses
      ? scatterEach(x, index, y, axis, mode, size)
      : emit("scatter", { axis: axis + 1, mode }, [x, index, y]);
  },

  contract({ params: { spec, output, shape } }, inputs, batched, size) {
    // A new letter for the examples, in the operands that have them and in the result.
    const used = spec.x + spec.w + spec.y + spec.windows.map(({ x, w, y }) => x + w + y).join("");
    const letter = [..."zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA"].find((c) => !used.includes(c))!;
    const has = [...batched];
    has.splice(output, 0, true);
    const [x, w, y] = [spec.x, spec.w, spec.y].map((letters, i) => (has[i] ? letter + letters : letters));
    return emit("contract", { spec: { x, w, y, windows: spec.windows }, output, shape: [size, ...shape] }, inputs);
  },
  recurrence: ({ params }, inputs, batched, size) =>
    emit("recurrence", { ...params, axis: params.axis + 1 }, spreadAll(inputs, batched, size)),
  scan: batchScan,
  sort: ({ params }, [x]) => emit("sort", { ...params, axis: params.axis + 1 }, [x]),
  composite: batchComposite,
  project({ params, inputs: [from] }, [x]) {
    const part = outputsOf(x)[params.index];
    // What a loop stacks has its steps before its examples.
    const stacked = from.op === "scan" && params.index >= (from as Node<"scan">).params.carries;
    return stacked ? moveAxis(part, 1, 0) : part;
  },
};

/** Cells start, start + 1, ... of an axis of n cells for the start of each example, clamped: (size, length). */
function positions(starts: Node, length: number, n: number, size: number): Node {
  const from = broadcastTo(reshape(clamp(starts, 0, n - length), [size, 1]), [size, length]);
  return add(from, iota(length));
}
/** An index per example into rows of all examples one after another; what is outside stays outside. */
function intoAll(index: Node, n: number, size: number): Node {
  const inside = bitAnd(ge(index, 0), lt(index, n));
  const first = reshape(mul(iota(size), n), [size, ...index.shape.slice(1).map(() => 1)]);
  return where(inside, add(index, first), -1);
}
/** The examples' axis `axis + 1` moved behind axis 0, both as one. */
function joined(x: Node, axis: number): Node {
  const moved = moveAxis(x, axis + 1, 1);
  return reshape(moved, [moved.shape[0] * moved.shape[1], ...moved.shape.slice(2)]);
}
/** Gathers by an index per example, (size, ...), from one x or from one per example. */
function gatherEach(x: Node, index: Node, axis: number, moves: boolean, size: number): Node {
  if (!moves) return moveAxis(emit("gather", { axis }, [x, index]), axis, 0);
  const taken = emit("gather", { axis: 0 }, [joined(x, axis), intoAll(index, x.shape[axis + 1], size)]);
  // (size, index..., before..., after...) to (size, before..., index..., after...)
  const count = index.shape.length - 1;
  const order = taken.shape.map((_, i) => i);
  return permute(taken, [0, ...order.slice(1 + count, 1 + count + axis), ...order.slice(1, 1 + count),
    ...order.slice(1 + count + axis)]);
}
/** Scatters by an index per example, (size, ...), into one base per example. */
function scatterEach(
  base: Node, index: Node, updates: Node, axis: number, mode: "set" | "add" | "max", size: number,
): Node {
  const n = base.shape[axis + 1], count = index.shape.length - 1;
  const order = updates.shape.map((_, i) => i);
  const rows = permute(updates, [0, ...order.slice(1 + axis, 1 + axis + count), ...order.slice(1, 1 + axis),
    ...order.slice(1 + axis + count)]);
  const done = emit("scatter", { axis: 0, mode }, [joined(base, axis), intoAll(index, n, size), rows]);
  return moveAxis(reshape(done, [size, n, ...done.shape.slice(1)]), 1, axis + 1);
}
