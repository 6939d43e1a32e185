import { ShapeError } from "../vocab/errors.ts";
import { formatShape, normalizeAxis, sameShape, sizeOf, type Shape } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";

/** The same elements in row-major order under another shape; one size may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const unknown = shape.indexOf(-1);
  let target = shape;
  if (unknown >= 0) {
    const rest = shape.reduce((n, m, i) => (i === unknown ? n : n * m), 1);
    const size = sizeOf(x.shape) / rest;
    if (shape.lastIndexOf(-1) !== unknown || !Number.isInteger(size)) {
      throw new ShapeError(`reshape: ${formatShape(shape)} does not divide ${formatShape(x.shape)}, ` +
        `which has ${sizeOf(x.shape)} elements`);
    }
    target = shape.map((n) => (n === -1 ? size : n));
  }
  return sameShape(target, x.shape) ? x : emit("reshape", { shape: target }, [x]);
}
/** All axes from `start` to `end` (both included) as one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.shape.length === 0) return reshape(x, [1]);
  const a = normalizeAxis(start, x.shape.length, "flatten");
  const b = normalizeAxis(end, x.shape.length, "flatten");
  return reshape(x, [...x.shape.slice(0, a), sizeOf(x.shape.slice(a, b + 1)), ...x.shape.slice(b + 1)]);
}
/** The axes in another order. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((a) => normalizeAxis(a, x.shape.length, "permute"));
  return order.every((a, i) => a === i) ? x : emit("permute", { axes: order }, [x]);
}
/** Two axes exchanged. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const i = normalizeAxis(a, x.shape.length, "transpose");
  const j = normalizeAxis(b, x.shape.length, "transpose");
  return permute(x, x.shape.map((_, k) => (k === i ? j : k === j ? i : k)));
}
/** One axis moved to another place. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const rank = x.shape.length;
  const order = Array.from({ length: rank }, (_, i) => i);
  order.splice(normalizeAxis(from, rank, "moveAxis"), 1);
  order.splice(normalizeAxis(to, rank, "moveAxis"), 0, normalizeAxis(from, rank, "moveAxis"));
  return permute(x, order);
}
/** A new axis of size 1 before `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length + 1, "unsqueeze");
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
/** Without one axis of size 1, or without all of them. */
export function squeeze(x: Tensor, axis?: number): Tensor {
  if (axis === undefined) return reshape(x, x.shape.filter((n) => n !== 1));
  const at = normalizeAxis(axis, x.shape.length, "squeeze");
  return x.shape[at] === 1 ? reshape(x, x.shape.filter((_, i) => i !== at)) : x;
}
/** Stretched to `shape` by NumPy's rules: axes align from the right, size 1 repeats. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (x.shape.length > shape.length) {
    throw new ShapeError(`broadcastTo: ${formatShape(x.shape)} has more axes than ${formatShape(shape)}`);
  }
  const padded = reshape(x, [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape]);
  return sameShape(padded.shape, shape) ? padded : emit("expand", { shape }, [padded]);
}
/** As `broadcastTo`; -1 keeps an axis. PyTorch's name. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  broadcastTo(x, shape.map((n, i) => (n === -1 ? x.shape[i - shape.length + x.shape.length] : n)));

/** Cells of `value` around each axis (low, high) and between neighbours (interior). */
export function pad(
  x: Tensor, low: readonly number[], high: readonly number[], value = 0,
  interior: readonly number[] = low.map(() => 0),
): Tensor {
  if ([low, high, interior].every((list) => list.every((n) => n === 0))) return x;
  return emit("pad", { low, high, interior, value }, [x]);
}
/** Cells start, start + step, ... below stop, on each axis. */
export function slice(
  x: Tensor, start: readonly number[], stop: readonly number[], step: readonly number[] = start.map(() => 1),
): Tensor {
  const whole = x.shape.every((n, i) => start[i] === 0 && stop[i] === n && step[i] === 1);
  return whole ? x : emit("slice", { start, stop, step }, [x]);
}
/** A range of one axis; negative positions count from the end. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length, "narrow");
  const from = start < 0 ? start + x.shape[at] : start;
  if (length < 0 || from < 0 || from + length > x.shape[at]) {
    throw new ShapeError(`narrow: ${length} entries from ${start} on do not fit axis ${axis} of ` +
      `${formatShape(x.shape)}, which has ${x.shape[at]}`);
  }
  return slice(x, x.shape.map((_, i) => (i === at ? from : 0)),
    x.shape.map((n, i) => (i === at ? from + length : n)));
}
/** One position of one axis, which disappears. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const at = normalizeAxis(axis, x.shape.length, "select");
  const i = index < 0 ? index + x.shape[at] : index;
  if (i < 0 || i >= x.shape[at]) {
    throw new ShapeError(`select: index ${index} is outside axis ${axis} of ${formatShape(x.shape)}`);
  }
  return squeeze(narrow(x, at, i, 1), at);
}
/** Axes read backwards. */
export const flip = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : emit("flip", { axes: axes.map((a) => normalizeAxis(a, x.shape.length, "flip")) }, [x]);
/** Pieces one after another along an existing axis. */
export function concat(pieces: readonly Tensor[], axis = 0): Tensor {
  if (pieces.length === 0) throw new ShapeError("concat: there is nothing to join; give at least one tensor");
  return pieces.length === 1
    ? pieces[0]
    : emit("concat", { axis: normalizeAxis(axis, pieces[0].shape.length, "concat") }, pieces);
}
/** Pieces of equal shape along a new axis. */
export const stack = (pieces: readonly Tensor[], axis = 0): Tensor =>
  concat(pieces.map((x) => unsqueeze(x, axis)), axis);
/** Consecutive pieces of an axis, each of `size` (the last may be shorter) or of the sizes given. */
export function split(x: Tensor, size: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis(axis, x.shape.length, "split");
  const n = x.shape[at];
  const sizes = typeof size === "number"
    ? Array.from({ length: Math.ceil(n / size) }, (_, i) => Math.min(size, n - i * size))
    : size;
  if (sizes.reduce((a, b) => a + b, 0) !== n) {
    throw new ShapeError(`split: sizes ${formatShape(sizes)} do not add up to ${n}, axis ${axis} of ` +
      formatShape(x.shape));
  }
  let from = 0;
  return sizes.map((length) => {
    const piece = narrow(x, at, from, length);
    from += length;
    return piece;
  });
}
/** A number of pieces of equal size (the last may be shorter). */
export const chunk = (x: Tensor, pieces: number, axis = 0): Tensor[] =>
  split(x, Math.ceil(x.shape[normalizeAxis(axis, x.shape.length, "chunk")] / pieces), axis);
/** x[..., at : at + size, ...] with a start that is itself a tensor (i32 scalar), clamped into range. */
export const sliceAt = (x: Tensor, at: Tensor, size: number, axis = 0): Tensor =>
  emit("sliceAt", { axis: normalizeAxis(axis, x.shape.length, "sliceAt"), size }, [x, at]);
/** x with a piece replaced from position `at` (i32 scalar, clamped into range) of an axis on. */
export const updateAt = (x: Tensor, piece: Tensor, at: Tensor, axis = 0): Tensor =>
  emit("updateAt", { axis: normalizeAxis(axis, x.shape.length, "updateAt") }, [x, piece, at]);
