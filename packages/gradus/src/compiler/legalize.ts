import { contiguousStrides } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import { isOp, type Node } from "../ir/node.ts";
import type { ContractSpec, WindowParams } from "../ir/op.ts";
import { contract } from "../ops/contract.ts";
import { constant, iota } from "../ops/create.ts";
import { add, bitAnd, eq, ge, lt, maximum, minimum, mul, remainder, sub, where } from "../ops/elementwise.ts";
import { take } from "../ops/indexing.ts";
import { broadcastTo, concat, pad, permute, reshape, slice } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { narrowProduct, narrowRows } from "./narrow.ts";
import { gradientOfWindows } from "./strided-windows.ts";

/**
 * Rewrites operations that have no loops of their own into ones that do: windows of contractions become strides over a
 * padded operand, folding becomes a sum over what each cell belongs to, a piece at a moving place becomes a choice;
 * weights of few bits are widened where they are used.
 * Returns null where nothing is to be done.
 */
export function legalize(node: Node): Node | null {
  if (isOp(node, "contract")) return withoutPadding(node) ?? narrowProduct(node);
  if (isOp(node, "gather")) return narrowRows(node);
  if (isOp(node, "add")) return joinPads(node);
  if (isOp(node, "foldWindows")) return fold(node.inputs[0], node.params, node.params.shape);
  if (isOp(node, "updateAt")) {
    const [x, piece, at] = node.inputs;
    const { axis } = node.params;
    const size = piece.shape[axis];
    const along = (v: Node): Node => broadcastTo(reshape(v, x.shape.map((n, i) => (i === axis ? n : 1))), x.shape);
    const from = maximum(minimum(at, x.shape[axis] - size), 0);
    const place = sub(iota(x.shape[axis]), from);
    const inside = bitAnd(ge(place, 0), lt(place, size));
    if (size === 0) return x;
    return where(along(inside), take(piece, maximum(minimum(place, size - 1), 0), axis), x);
  }
  return null;
}

/** Zeros around a tensor along one axis only: what the gradient of a slice looks like. */
function padded(node: Node): { x: Node; axis: number; low: number; high: number } | null {
  if (!isOp(node, "pad") || node.params.value !== 0 || node.params.interior.some((n) => n !== 0)) return null;
  const { low, high } = node.params;
  const axes = low.flatMap((n, i) => (n !== 0 || high[i] !== 0 ? [i] : []));
  return axes.length === 1 ? { x: node.inputs[0], axis: axes[0], low: low[axes[0]], high: high[axes[0]] } : null;
}
type Padded = NonNullable<ReturnType<typeof padded>>;
/** All padded pieces that a tree of sums adds up, or null if it adds anything else. */
function padsOf(node: Node, depth = 0): Padded[] | null {
  const one = padded(node);
  if (one !== null) return [one];
  if (!isOp(node, "add") || depth > 16) return null;
  const [a, b] = node.inputs.map((x) => padsOf(x, depth + 1));
  return a === null || b === null ? null : [...a, ...b];
}
/** A sum of neighbouring pieces, each padded with zeros, is the pieces side by side. */
function joinPads(node: Node): Node | null {
  const pads = padsOf(node);
  if (pads === null) return null;
  const axis = pads[0].axis, size = node.shape[axis];
  if (pads.some((p) => p.axis !== axis)) return null;
  pads.sort((p, q) => p.low - q.low);
  if (pads.some((p, i) => i > 0 && pads[i - 1].low + pads[i - 1].x.shape[axis] !== p.low)) return null;
  const pieces = pads.flatMap(({ x }) => (isOp(x, "concat") && x.params.axis === axis ? x.inputs : [x]));
  const last = pads[pads.length - 1];
  const low = node.shape.map((_, i) => (i === axis ? pads[0].low : 0));
  const high = node.shape.map((_, i) => (i === axis ? size - last.low - last.x.shape[axis] : 0));
  return pad(concat(pieces, axis), low, high);
}

/** Padding applied beforehand; the gradient for X becomes plain convolutions. */
function withoutPadding(node: Node<"contract">): Node | null {
  const { spec, output, shape } = node.params;
  if (spec.windows.length === 0) return null;
  const thinned = withoutThinWindows(node);
  if (thinned !== null) return thinned;
  const plain = spec.windows.every((w) => w.pad === 0);
  if (output !== 0) {
    if (plain) return null;
    const [x, other] = node.inputs;
    const amounts = [...spec.x].map((letter) => spec.windows.find((w) => w.x === letter)?.pad ?? 0);
    const windows = spec.windows.map((w) => ({ ...w, pad: 0 }));
    return contract({ ...spec, windows }, output, pad(x, amounts, amounts), other, shape);
  }
  return gradientOfWindows(node);
}
/** Windows of one tap that leave cells out: a product with every so many-th cell. */
function withoutThinWindows(node: Node<"contract">): Node | null {
  const { spec, output, shape } = node.params;
  if (output === 0) return null;
  const wShape = output === 1 ? shape : node.inputs[1].shape;
  const thin = spec.windows.filter((v) => v.stride > 1 && v.pad === 0 && wShape[spec.w.indexOf(v.w)] === 1);
  if (thin.length === 0) return null;
  const yShape = output === 2 ? shape : node.inputs[1].shape;
  const [x, other] = node.inputs;
  const windowOf = [...spec.x].map((letter) => thin.find((v) => v.x === letter));
  const seen = slice(x, x.shape.map(() => 0),
    x.shape.map((n, i) => {
      const v = windowOf[i];
      return v === undefined ? n : (yShape[spec.y.indexOf(v.y)] - 1) * v.stride + 1;
    }), windowOf.map((v) => v?.stride ?? 1));
  const kept = [...spec.w].flatMap((letter, i) => (thin.some((v) => v.w === letter) ? [] : [i]));
  const rest: ContractSpec = {
    x: [...spec.x].map((letter, i) => windowOf[i]?.y ?? letter).join(""), w: kept.map((i) => spec.w[i]).join(""),
    y: spec.y, windows: spec.windows.filter((v) => !thin.includes(v)),
  };
  const narrowed = kept.map((i) => wShape[i]);
  if (output === 2) return contract(rest, 2, seen, reshape(other, narrowed), shape);
  return reshape(contract(rest, 1, seen, other, narrowed), shape);
}
/** The adjoint of windows. Windows that tile their axis are a re-arrangement; others are summed cell by cell. */
function fold(x: Node, p: WindowParams, shape: readonly number[]): Node {
  const rank = shape.length;
  const tiling = p.axes.every((_, i) => p.size[i] === p.stride[i] && p.dilation[i] === 1);
  if (tiling) {
    const order: number[] = [];
    const covered: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      order.push(axis);
      const i = p.axes.indexOf(axis);
      if (i >= 0) order.push(rank + i);
      covered.push(i >= 0 ? x.shape[axis] * p.size[i] : shape[axis]);
    }
    const whole = reshape(permute(x, order), covered);
    return pad(whole, shape.map(() => 0), shape.map((n, i) => n - covered[i]));
  }
  // Cell i belongs to window o at tap k where stride*o + dilation*k = i: for each k at most one o.
  const full = [...shape, ...p.size];
  const along = (v: Node, axis: number): Node => reshape(v, full.map((n, i) => (i === axis ? n : 1)));
  const strides = contiguousStrides(x.shape);
  let place: Node = constant(0, "i32"), inside: Node = eq(constant(0, "i32"), 0);
  for (let axis = 0; axis < rank; axis++) {
    const i = p.axes.indexOf(axis);
    const cell = along(iota(shape[axis]), axis);
    if (i < 0) {
      place = add(place, mul(cell, strides[axis]));
      continue;
    }
    const tap = along(iota(p.size[i]), rank + i);
    const from = sub(cell, mul(tap, p.dilation[i]));
    const o = p.stride[i] === 1 ? from : floorOf(from, p.stride[i]);
    const fits = bitAnd(ge(from, 0), lt(o, x.shape[axis]));
    inside = bitAnd(inside, p.stride[i] === 1 ? fits : bitAnd(fits, eq(remainder(from, p.stride[i]), 0)));
    place = add(place, add(mul(o, strides[axis]), mul(tap, strides[rank + i])));
  }
  const safe = where(broadcastTo(inside, full), broadcastTo(place, full), 0);
  const values = where(broadcastTo(inside, full), take(reshape(x, [-1]), safe), 0);
  return sum(values, p.size.map((_, i) => rank + i));
}
/** i32 division toward zero; what it gives for negative numbers is not used. */
const floorOf = (x: Node, divisor: number): Node =>
  emit("div", {}, [x, broadcastTo(constant(divisor, "i32"), x.shape)]);
