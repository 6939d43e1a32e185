import { isFloat } from "../vocab/dtype.ts";
import { DTypeError, ShapeError } from "../vocab/errors.ts";
import { formatShape, normalizeAxis, sizeOf } from "../vocab/shape.ts";
import { emit, outputsOf } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { iota, zeros } from "./create.ts";
import { add, bitAnd, cast, eq, ge, lt, mul, where } from "./elementwise.ts";
import { broadcastTo, narrow, reshape } from "./movement.ts";

/** Indices as i32; anything but integers is an error. */
function indices(index: Tensor, what: string): Tensor {
  if (isFloat(index.dtype) || index.dtype === "bool") {
    throw new DTypeError(`${what}: the index is ${index.dtype}; indices are integers (i32)`);
  }
  return cast(index, "i32");
}

/** x[..., index, ...]: the axis is replaced by the axes of `index`; indices run from 0 to size - 1. */
export const take = (x: Tensor, index: Tensor, axis = 0): Tensor =>
  emit("gather", { axis: normalizeAxis(axis, x.shape.length, "take") }, [x, indices(index, "take")]);
/** PyTorch's `index_select`: rows (or any axis) of x in the order of a vector of indices. */
export const indexSelect = (x: Tensor, axis: number, index: Tensor): Tensor => take(x, index, axis);
/** Rows of a table: index (...), table (vocabulary, features), result (..., features). */
export const embedding = (index: Tensor, table: Tensor): Tensor => take(table, index, 0);

/** Flat positions, in row-major order of `shape`, of elements addressed by `index` along one axis. */
function flatPositions(shape: readonly number[], axis: number, index: Tensor): Tensor {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  // An index outside its axis must not reach into another row: it becomes a position outside the whole.
  const inside = bitAnd(ge(index, 0), lt(index, shape[axis]));
  let flat = mul(where(inside, index, -sizeOf(shape)), strides[axis]);
  index.shape.forEach((n, i) => {
    if (i === axis || n === 1) return;
    const along = reshape(iota(n), index.shape.map((_, j) => (j === i ? n : 1)));
    flat = add(flat, mul(along, strides[i]));
  });
  return flat;
}
/** PyTorch's `gather`: out[i][j] = x[index[i][j]][j] for axis 0, and so on; index has the rank of x. */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  const at = normalizeAxis(axis, x.shape.length, "gather");
  if (index.shape.length !== x.shape.length || index.shape.some((n, i) => i !== at && n > x.shape[i])) {
    throw new ShapeError(`gather: an index of ${formatShape(index.shape)} does not fit ${formatShape(x.shape)} ` +
      `along axis ${axis}; ranks are equal and other axes no longer`);
  }
  return take(reshape(x, [-1]), flatPositions(x.shape, at, indices(index, "gather")), 0);
}
/** PyTorch's `scatter_add` (or "set", "max"), as a new tensor. */
export function scatter(
  x: Tensor, axis: number, index: Tensor, source: Tensor, mode: "set" | "add" | "max" = "set",
): Tensor {
  const at = normalizeAxis(axis, x.shape.length, "scatter");
  const flat = flatPositions(x.shape, at, indices(index, "scatter"));
  const piece = source.shape.reduce((y, _, i) => narrow(y, i, 0, index.shape[i]), source);
  return reshape(emit("scatter", { axis: 0, mode }, [reshape(x, [-1]), flat, cast(piece, x.dtype)]), x.shape);
}
/** x with rows (along an axis) increased by the rows of `source` at `index`; equal indices add up. */
export const indexAdd = (x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor =>
  emit("scatter", { axis: normalizeAxis(axis, x.shape.length, "indexAdd"), mode: "add" },
    [x, indices(index, "indexAdd"), cast(source, x.dtype)]);
/** x with rows (along an axis) replaced by the rows of `source` at `index`; of equal indices the last one counts. */
export const indexCopy = (x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor =>
  emit("scatter", { axis: normalizeAxis(axis, x.shape.length, "indexCopy"), mode: "set" },
    [x, indices(index, "indexCopy"), cast(source, x.dtype)]);

/** 1 at each class index, 0 elsewhere: index (...), result (..., classes). */
export function oneHot(index: Tensor, classes: number, dtype: "f32" | "i32" | "bool" = "i32"): Tensor {
  const shape = [...index.shape, classes];
  const wide = broadcastTo(reshape(indices(index, "oneHot"), [...index.shape, 1]), shape);
  return cast(eq(wide, broadcastTo(iota(classes), shape)), dtype);
}
/** The elements on and below (above: k > 0) the diagonal of the last two axes; zero elsewhere. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  const i = reshape(iota(rows), [rows, 1]), j = iota(columns);
  return where(lt(j, add(i, diagonal + 1)), x, zeros([], x.dtype));
}
/** The elements on and above (below: k < 0) the diagonal of the last two axes; zero elsewhere. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  const [rows, columns] = x.shape.slice(-2);
  const i = reshape(iota(rows), [rows, 1]), j = iota(columns);
  return where(lt(j, add(i, diagonal)), zeros([], x.dtype), x);
}
/** Values and their i32 positions in order along an axis; equal values keep their order. */
export function sort(x: Tensor, axis = -1, descending = false): [values: Tensor, indices: Tensor] {
  const node = emit("sort", { axis: normalizeAxis(axis, x.shape.length, "sort"), descending }, [x]);
  return outputsOf(node) as [Tensor, Tensor];
}
/** Positions that would sort an axis. */
export const argsort = (x: Tensor, axis = -1, descending = false): Tensor => sort(x, axis, descending)[1];
/** The k largest (or smallest) along an axis, in order, with their positions. */
export function topk(x: Tensor, k: number, axis = -1, largest = true): [values: Tensor, indices: Tensor] {
  const [values, positions] = sort(x, axis, largest);
  return [narrow(values, axis, 0, k), narrow(positions, axis, 0, k)];
}
