import { sizeOf, contiguousStrides } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { matmul } from "../../ops/contract.ts";
import { iota } from "../../ops/create.ts";
import {
  add, cast, div, floorDivide, ge, logicalAnd, lt, minimum, mul, remainder, sub,
} from "../../ops/elementwise.ts";
import { gather, take } from "../../ops/indexing.ts";
import { moveAxis, permute, reshape } from "../../ops/movement.ts";
import { argmax, mean } from "../../ops/reduce.ts";
import { detach } from "../../tensor/gradient.ts";
import { maxPool1dWithIndices, maxPool2dWithIndices, maxPool3dWithIndices } from "./pool.ts";
import { batched, needsSpace } from "./space.ts";

/** Sizes wanted of each spatial axis; null keeps that of the input. */
export type AdaptiveSize = number | readonly (number | null)[];

const target = (x: Tensor, size: AdaptiveSize, rank: number): number[] =>
  x.shape.slice(2).map((n, i) => (typeof size === "number" ? size : size[i - rank + size.length] ?? n));
/** Where the windows of an axis begin and end: floor(i n/o) .. ceil((i+1) n/o), as vectors (o). */
function bounds(n: number, places: number): { readonly from: Tensor; readonly to: Tensor } {
  const start = mul(iota(places), n);
  return { from: floorDivide(start, places), to: floorDivide(add(start, n + places - 1), places) };
}

/** The mean over each window of an axis. */
function averageAlong(x: Tensor, axis: number, places: number): Tensor {
  const n = x.shape[axis];
  if (n === places) return x;
  if (n % places === 0) {
    const split = [...x.shape.slice(0, axis), places, n / places, ...x.shape.slice(axis + 1)];
    return mean(reshape(x, split), axis + 1);
  }
  const { from, to } = bounds(n, places), cell = reshape(iota(n), [n, 1]);
  const share = div(cast(logicalAnd(ge(cell, from), lt(cell, to)), x.dtype), cast(sub(to, from), x.dtype));
  return moveAxis(matmul(moveAxis(x, axis, -1), share), -1, axis);
}
const adaptiveAvg = (rank: number) => (x: Tensor, size: AdaptiveSize): Tensor =>
  batched(x, rank, `adaptiveAvgPool${rank}d`, (y) =>
    target(y, size, rank).reduce((z, places, i) => averageAlong(z, i + 2, places), y));
/** Means over `size` windows that cover x (N, C, L) evenly. */
export const adaptiveAvgPool1d = adaptiveAvg(1);
/** Means over `size` windows that cover x (N, C, H, W) evenly: (N, C, size). */
export const adaptiveAvgPool2d = adaptiveAvg(2);
/** Means over `size` windows that cover x (N, C, D, H, W) evenly: (N, C, size). */
export const adaptiveAvgPool3d = adaptiveAvg(3);

const EVEN = [maxPool1dWithIndices, maxPool2dWithIndices, maxPool3dWithIndices];
const adaptiveMaxWithIndices = (rank: number) => (
  x: Tensor, size: AdaptiveSize,
): [values: Tensor, indices: Tensor] => {
  needsSpace(x, rank, `adaptiveMaxPool${rank}d`);
  const space = x.shape.slice(2), places = target(x, size, rank);
  if (space.every((n, i) => n % places[i] === 0)) return EVEN[rank - 1](x, space.map((n, i) => n / places[i]));
  // Windows differ in length by one: shorter ones read their last cell twice, which changes no maximum.
  const cells = space.map((n, i) => {
    const { from, to } = bounds(n, places[i]);
    const longest = n % places[i] === 0 ? n / places[i] : Math.ceil(n / places[i]) + 1;
    return minimum(add(reshape(from, [-1, 1]), iota(longest)), sub(reshape(to, [-1, 1]), 1));
  });
  const widths = cells.map((index) => index.shape[1]);
  const found = cells.reduce((y, index, i) => take(y, index, 2 + 2 * i), detach(x));
  const order = [0, 1, ...space.map((_, i) => 2 + 2 * i), ...space.map((_, i) => 3 + 2 * i)];
  const place = argmax(reshape(permute(found, order), [...x.shape.slice(0, 2), ...places, sizeOf(widths)]), -1);
  const step = contiguousStrides(space), digit = contiguousStrides(widths);
  const position = cells.map((index, i) => {
    const row = mul(reshape(iota(places[i]), [places[i], ...places.slice(i + 1).map(() => 1)]), widths[i]);
    const within = remainder(floorDivide(place, digit[i]), widths[i]);
    return mul(take(reshape(index, [-1]), add(row, within)), step[i]);
  }).reduce((a, b) => add(a, b));
  const rows = [...x.shape.slice(0, 2), -1];
  return [reshape(gather(reshape(x, rows), 2, reshape(position, rows)), position.shape), position];
};
const adaptiveMax = (rank: number) => (x: Tensor, size: AdaptiveSize): Tensor =>
  batched(x, rank, `adaptiveMaxPool${rank}d`, (y) => adaptiveMaxWithIndices(rank)(y, size)[0]);
/** The largest cells of `size` windows that cover x (N, C, L) evenly. */
export const adaptiveMaxPool1d = adaptiveMax(1);
/** The largest cells of `size` windows that cover x (N, C, H, W) evenly: (N, C, size). */
export const adaptiveMaxPool2d = adaptiveMax(2);
/** The largest cells of `size` windows that cover x (N, C, D, H, W) evenly: (N, C, size). */
export const adaptiveMaxPool3d = adaptiveMax(3);
/** `adaptiveMaxPool1d` with the positions (i32) of the cells that won. */
export const adaptiveMaxPool1dWithIndices = adaptiveMaxWithIndices(1);
/** `adaptiveMaxPool2d` with the positions (i32) of the cells that won, in the plane H W of each channel. */
export const adaptiveMaxPool2dWithIndices = adaptiveMaxWithIndices(2);
/** `adaptiveMaxPool3d` with the positions (i32) of the cells that won, in the space D H W of each channel. */
export const adaptiveMaxPool3dWithIndices = adaptiveMaxWithIndices(3);
