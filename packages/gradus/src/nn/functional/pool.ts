import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Attributes, CompositeDefinition, WindowParams } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { perAxis } from "../../ops/contract.ts";
import { iota } from "../../ops/create.ts";
import { cast, div, eq, floorDivide, logicalAnd, add, ge, lt, mul, sub, where } from "../../ops/elementwise.ts";
import { moveAxis, pad, reshape, slice, unsqueeze } from "../../ops/movement.ts";
import { matmul } from "../../ops/contract.ts";
import { amax, argmax, mean, sum } from "../../ops/reduce.ts";
import { foldWindows, windows } from "../../ops/window.ts";

export interface PoolOptions {
  /** Steps between windows; default: the window itself, so that windows do not overlap. */
  readonly stride?: number | readonly number[];
  /** Cells added on both sides; at most half the window. */
  readonly padding?: number | readonly number[];
}
export interface MaxPoolOptions extends PoolOptions {
  readonly dilation?: number | readonly number[];
}
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padded cells count in the divisor (default true). */
  readonly countIncludePad?: boolean;
}

/** The window options of x (N, C, ...space), as attributes. */
function settings(
  x: Tensor, rank: number, size: number | readonly number[], options: MaxPoolOptions, name: string,
): Attributes & { readonly size: number[]; readonly padding: number[] } {
  if (x.shape.length !== rank + 2) {
    throw new ShapeError(`${name}: the input is ${formatShape(x.shape)}; it needs ${rank + 2} axes (batch, channels, ` +
      `${rank} spatial)`);
  }
  const window = perAxis(size, rank, 1);
  const padding = perAxis(options.padding, rank, 0);
  if (padding.some((n, i) => n > window[i] / 2)) {
    throw new ShapeError(`${name}: padding ${formatShape(padding)} is more than half of ${formatShape(window)}, ` +
      "the window");
  }
  return {
    size: window, padding, stride: perAxis(options.stride ?? window, rank, 1),
    dilation: perAxis(options.dilation, rank, 1),
  };
}
const list = (value: Attributes[string]): readonly number[] => value as readonly number[];
const windowsOf = ({ size, stride, dilation }: Attributes): WindowParams => ({
  axes: list(size).map((_, i) => i + 2), size: list(size), stride: list(stride), dilation: list(dilation),
});
const around = ({ padding }: Attributes): number[] => [0, 0, ...list(padding)];
/** The windows of x (N, C, ...space) as the last axis of (N, C, ...positions, cells). */
function cells(x: Tensor, attributes: Attributes, fill: number): Tensor {
  const found = windows(pad(x, around(attributes), around(attributes), fill), windowsOf(attributes));
  return reshape(found, [...found.shape.slice(0, x.shape.length), -1]);
}
const paddedShape = (shape: readonly number[], attributes: Attributes): number[] =>
  shape.map((n, i) => n + 2 * around(attributes)[i]);

/** The gradient g goes to the cell that `place` names in each window: operands place, g; attribute shape: that of x. */
const MAX_POOL_GRADIENT: CompositeDefinition = {
  name: "maxPoolGradient",
  body: ([place, g], attributes) => {
    const size = list(attributes.size), shape = list(attributes.shape);
    const count = size.reduce((a, b) => a * b, 1);
    const spread = where(eq(unsqueeze(place, -1), iota(count)), unsqueeze(g, -1), 0);
    const pieces = reshape(spread, [...g.shape, ...size]);
    const padded = foldWindows(pieces, windowsOf(attributes), paddedShape(shape, attributes));
    return slice(padded, around(attributes), shape.map((n, i) => n + around(attributes)[i]));
  },
};
/** Results: the largest cell of each window, and the place of the first one within it (i32). */
const MAX_POOL: CompositeDefinition = {
  name: "maxPool",
  body: ([x], attributes) => {
    const found = cells(x, attributes, -Infinity);
    return [amax(found, -1), argmax(found, -1)];
  },
  vjp: ([x], [, place], [g], attributes) =>
    [g === null ? null : apply(MAX_POOL_GRADIENT, [place, g], { ...attributes, shape: x.shape })],
};
const AVG_POOL: CompositeDefinition = {
  name: "avgPool",
  body: ([x], attributes) => {
    const found = cells(x, attributes, 0);
    if (attributes.countIncludePad === true) return mean(found, -1);
    const inside = cells(add(mul(x, 0), 1), attributes, 0);
    return div(sum(found, -1), sum(inside, -1));
  },
};

type Size = number | readonly number[];
const maxPool = (rank: number) => (x: Tensor, size: Size, options: MaxPoolOptions = {}): Tensor =>
  applyAll(MAX_POOL, [x], settings(x, rank, size, options, `maxPool${rank}d`))[0];
const avgPool = (rank: number) => (x: Tensor, size: Size, options: AvgPoolOptions = {}): Tensor => {
  const window = settings(x, rank, size, options, `avgPool${rank}d`);
  const countIncludePad = (options.countIncludePad ?? true) || window.padding.every((n) => n === 0);
  return apply(AVG_POOL, [x], { ...window, countIncludePad });
};
/** The largest cell of each window of x (N, C, L). The gradient goes to the first of equals, as in PyTorch. */
export const maxPool1d = maxPool(1);
/** The largest cell of each window of x (N, C, H, W). The gradient goes to the first of equals, as in PyTorch. */
export const maxPool2d = maxPool(2);
/** The mean of each window of x (N, C, L). */
export const avgPool1d = avgPool(1);
/** The mean of each window of x (N, C, H, W). */
export const avgPool2d = avgPool(2);

/** The mean over floor(i n/o) .. ceil((i+1) n/o) of an axis of n cells, for each of o places. */
function averageAlong(x: Tensor, axis: number, places: number): Tensor {
  const n = x.shape[axis];
  if (n === places) return x;
  if (n % places === 0) {
    const split = [...x.shape.slice(0, axis), places, n / places, ...x.shape.slice(axis + 1)];
    return mean(reshape(x, split), axis + 1);
  }
  const start = mul(iota(places), n);
  const from = floorDivide(start, places), to = floorDivide(add(start, n + places - 1), places);
  const cell = reshape(iota(n), [n, 1]);
  const share = div(cast(logicalAnd(ge(cell, from), lt(cell, to)), x.dtype), cast(sub(to, from), x.dtype));
  return moveAxis(matmul(moveAxis(x, axis, -1), share), -1, axis);
}
const adaptive = (rank: number) => (x: Tensor, size: Size): Tensor => {
  if (x.shape.length !== rank + 2) {
    throw new ShapeError(`adaptiveAvgPool${rank}d: the input is ${formatShape(x.shape)}; it needs ${rank + 2} axes`);
  }
  return perAxis(size, rank, 1).reduce((y, places, i) => averageAlong(y, i + 2, places), x);
};
/** Means over `size` windows that cover x (N, C, L) evenly. */
export const adaptiveAvgPool1d = adaptive(1);
/** Means over `size` windows that cover x (N, C, H, W) evenly: (N, C, size). */
export const adaptiveAvgPool2d = adaptive(2);
