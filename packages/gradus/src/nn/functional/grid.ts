import { ShapeError } from "../../vocab/errors.ts";
import { contiguousStrides, formatShape, sameShape, sizeOf } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { matmul } from "../../ops/contract.ts";
import { iota, ones } from "../../ops/create.ts";
import {
  abs, add, cast, clamp, eq, floor, ge, le, logicalAnd, mul, remainder, round, sub, where,
} from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { broadcastTo, concat, moveAxis, reshape, select, transpose, unsqueeze } from "../../ops/movement.ts";

export interface GridOptions {
  /** Whether -1 and 1 are the centres of the corner cells (default false: their outer edges). */
  readonly alignCorners?: boolean;
}
export interface GridSampleOptions extends GridOptions {
  /** Weigh the cells around a point, or take the nearest. Default "bilinear" (trilinear for three axes). */
  readonly mode?: "bilinear" | "nearest";
  /** What lies outside: zeros (default), the cell at the border, or the mirror image. */
  readonly paddingMode?: "zeros" | "border" | "reflection";
}

/** Places between -1 and 1 as positions of cells of an axis of n. */
const unnormalize = (x: Tensor, n: number, align: boolean): Tensor =>
  align ? mul(add(x, 1), (n - 1) / 2) : mul(sub(mul(add(x, 1), n), 1), 0.5);
/** Positions held within the axis; at the ends and beyond them the gradient is 0. */
const clip = (x: Tensor, n: number): Tensor => where(le(x, 0), 0, where(ge(x, n - 1), n - 1, x));
/** Positions mirrored at `low` and `low + span`, as often as needed. */
function reflect(x: Tensor, low: number, span: number): Tensor {
  if (span === 0) return mul(x, 0);
  const distance = abs(sub(x, low)), rest = remainder(distance, span);
  const even = eq(remainder(floor(mul(distance, 1 / span)), 2), 0);
  return where(even, add(rest, low), sub(span + low, rest));
}
/** The position of each point along one axis, by the rule for what lies outside. */
function position(x: Tensor, n: number, { alignCorners = false, paddingMode = "zeros" }: GridSampleOptions): Tensor {
  const place = unnormalize(x, n, alignCorners);
  if (paddingMode === "zeros") return place;
  if (paddingMode === "border") return clip(place, n);
  return clip(alignCorners ? reflect(place, 0, n - 1) : reflect(place, -0.5, n), n);
}

/**
 * Reads x (N, C, H, W) at the points of grid (N, h, w, 2), which holds (x, y) between -1 and 1; the result is
 * (N, C, h, w). With three spatial axes, x (N, C, D, H, W) and grid (N, d, h, w, 3). Jaderberg et al. 2015.
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const [batch, channels, ...space] = x.shape, rank = space.length;
  if (rank < 2 || rank > 3 || grid.shape.length !== rank + 2 || grid.shape[0] !== batch || grid.shape.at(-1) !== rank) {
    throw new ShapeError(`gridSample: a grid of ${formatShape(grid.shape)} does not fit an input of ` +
      `${formatShape(x.shape)}; it must be (batch, ...positions, ${rank}) for an input of two or three spatial axes`);
  }
  const points = grid.shape.slice(0, -1), stride = contiguousStrides(space);
  // The last number of a point belongs to the first spatial axis.
  const places = space.map((n, i) => position(select(grid, -1, rank - 1 - i), n, options));
  const rows = reshape(moveAxis(x, 1, -1), [batch * sizeOf(space), channels]);
  const first = reshape(mul(iota(batch), sizeOf(space)), [batch, ...points.slice(1).map(() => 1)]);
  /** Cells at whole positions (floats), one row of channels each; zeros outside. */
  const read = (cells: readonly Tensor[]): Tensor => {
    const inside = cells.map((cell, i) => logicalAnd(ge(cell, 0), le(cell, space[i] - 1)))
      .reduce((a, b) => logicalAnd(a, b));
    const index = cells.map((cell, i) => mul(cast(clamp(cell, 0, space[i] - 1), "i32"), stride[i]))
      .reduce((a, b) => add(a, b), first);
    return where(unsqueeze(inside, -1), take(rows, index, 0), 0);
  };
  if (options.mode === "nearest") return moveAxis(read(places.map((place) => round(place))), -1, 1);
  const low = places.map((place) => floor(place)), share = places.map((place, i) => sub(place, low[i]));
  const corners = Array.from({ length: 2 ** rank }, (_, corner) => {
    const above = space.map((_, i) => (corner >> i) % 2 === 1);
    const weight = share.map((t, i) => (above[i] ? t : sub(1, t))).reduce((a, b) => mul(a, b));
    return mul(read(low.map((cell, i) => (above[i] ? add(cell, 1) : cell))), unsqueeze(weight, -1));
  });
  return moveAxis(corners.reduce((a, b) => add(a, b)), -1, 1);
}

/** Coordinates of the centres of n cells between -1 and 1. */
function centres(n: number, align: boolean, dtype: Tensor["dtype"]): Tensor {
  const step = align ? 2 / Math.max(1, n - 1) : 2 / n, from = align ? (n === 1 ? 0 : -1) : 1 / n - 1;
  return add(mul(iota(n, dtype), step), from);
}
/**
 * The grid that maps an output of `size` (N, C, H, W) through the affine maps theta (N, 2, 3): (N, H, W, 2), for
 * `gridSample`; with three spatial axes, theta is (N, 3, 4).
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: GridOptions = {}): Tensor {
  const space = size.slice(2), rank = space.length;
  const needed = [size[0], rank, rank + 1];
  if (!sameShape(theta.shape, needed)) {
    throw new ShapeError(`affineGrid: maps of ${formatShape(theta.shape)} do not fit a size of ${formatShape(size)}; ` +
      `they must be ${formatShape(needed)}`);
  }
  const axes = space.map((n, i) => broadcastTo(reshape(centres(n, options.alignCorners ?? false, theta.dtype),
    [n, ...space.slice(i + 1).map(() => 1)]), space));
  const base = [...axes.reverse(), ones(space, theta.dtype)].map((axis) => reshape(axis, [1, sizeOf(space), 1]));
  const points = broadcastTo(concat(base, 2), [size[0], sizeOf(space), rank + 1]);
  return reshape(matmul(points, transpose(theta)), [size[0], ...space, rank]);
}
