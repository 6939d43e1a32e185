import { ShapeError } from "../../vocab/errors.ts";
import { contiguousStrides, formatShape, sizeOf } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { iota, zeros } from "../../ops/create.ts";
import {
  abs, add, cast, div, eq, floorDivide, maximum, minimum, mul, neg, pow, remainder, sign, sub, where,
} from "../../ops/elementwise.ts";
import { scatter } from "../../ops/indexing.ts";
import { reshape, unsqueeze } from "../../ops/movement.ts";
import { amax, argmax, sum } from "../../ops/reduce.ts";
import { relu } from "./activation.ts";
import { batched, eachAxis, needsSpace, type Size } from "./space.ts";
import { cellsOf, fold, windowsOver, type WindowOptions, type Windows } from "./window.ts";

/** Options of pooling; padding is at most half the window. */
export type PoolOptions = Omit<WindowOptions, "dilation">;
export type MaxPoolOptions = WindowOptions;
export interface AvgPoolOptions extends PoolOptions {
  /** Whether padded cells count in the divisor (default true). */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the number of cells. */
  readonly divisorOverride?: number;
}

function poolWindows(x: Tensor, size: Size, options: MaxPoolOptions, name: string): Windows {
  const found = windowsOver(x.shape.slice(2), size, options, name);
  if (found.low.some((n, i) => n > found.size[i] / 2)) {
    throw new ShapeError(`${name}: padding ${formatShape(found.low)} is more than half of ` +
      `${formatShape(found.size)}, the window`);
  }
  return found;
}

/** The gradient g goes to the cell that `place` names in each window: operands place, g; attribute shape: that of x. */
const MAX_POOL_GRADIENT: CompositeDefinition = {
  name: "maxPoolGradient",
  body: ([place, g], attributes) => {
    const size = attributes.size as readonly number[];
    const spread = where(eq(unsqueeze(place, -1), iota(sizeOf(size))), unsqueeze(g, -1), 0);
    return fold(reshape(spread, [...g.shape, ...size]), attributes, attributes.shape as readonly number[]);
  },
};
/** Results: the largest cell of each window, and the place of the first one within it (i32). */
const MAX_POOL: CompositeDefinition = {
  name: "maxPool",
  body: ([x], attributes) => {
    const found = cellsOf(x, attributes, -Infinity);
    return [amax(found, -1), argmax(found, -1)];
  },
  vjp: ([x], [, place], [g], attributes) =>
    [g === null ? null : apply(MAX_POOL_GRADIENT, [place, g], { ...attributes, shape: x.shape })],
};
/** Positions in the flattened space (i32) of the cells that `place` names in each window. */
function positions(place: Tensor, { size, stride, dilation, low }: Windows, space: readonly number[]): Tensor {
  const digit = contiguousStrides(size), step = contiguousStrides(space);
  return size.map((n, i) => {
    const shape = place.shape.map((m, axis) => (axis === i + 2 ? m : 1));
    const start = sub(mul(reshape(iota(place.shape[i + 2]), shape), stride[i]), low[i]);
    const within = remainder(floorDivide(place, digit[i]), n);
    return mul(add(start, mul(within, dilation[i])), step[i]);
  }).reduce((a, b) => add(a, b));
}
const maxPool = (rank: number) => (x: Tensor, size: Size, options: MaxPoolOptions = {}): Tensor =>
  batched(x, rank, `maxPool${rank}d`, (y) =>
    applyAll(MAX_POOL, [y], poolWindows(y, size, options, `maxPool${rank}d`))[0]);
const maxPoolWithIndices = (rank: number) => (
  x: Tensor, size: Size, options: MaxPoolOptions = {},
): [values: Tensor, indices: Tensor] => {
  needsSpace(x, rank, `maxPool${rank}d`);
  const windows = poolWindows(x, size, options, `maxPool${rank}d`);
  const [values, place] = applyAll(MAX_POOL, [x], windows);
  return [values, positions(place, windows, x.shape.slice(2))];
};
/** The largest cell of each window of x (N, C, L). The gradient goes to the first of equals, as in PyTorch. */
export const maxPool1d = maxPool(1);
/** The largest cell of each window of x (N, C, H, W). The gradient goes to the first of equals, as in PyTorch. */
export const maxPool2d = maxPool(2);
/** The largest cell of each window of x (N, C, D, H, W). */
export const maxPool3d = maxPool(3);
/** `maxPool1d` with the positions (i32) of the cells that won. */
export const maxPool1dWithIndices = maxPoolWithIndices(1);
/** `maxPool2d` with the positions (i32) of the cells that won, in the plane H W of each channel. */
export const maxPool2dWithIndices = maxPoolWithIndices(2);
/** `maxPool3d` with the positions (i32) of the cells that won, in the space D H W of each channel. */
export const maxPool3dWithIndices = maxPoolWithIndices(3);

export interface MaxUnpoolOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  /** The spatial shape to go back to, where pooling left a rest over. */
  readonly outputSize?: readonly number[];
}
const maxUnpool = (rank: number) => (
  x: Tensor, indices: Tensor, size: Size, options: MaxUnpoolOptions = {},
): Tensor => {
  const name = `maxUnpool${rank}d`;
  needsSpace(x, rank, name);
  const window = eachAxis(size, rank, 1, name), padding = eachAxis(options.padding, rank, 0, name);
  const stride = eachAxis(options.stride ?? window, rank, 1, name);
  const [batch, channels, ...places] = x.shape;
  const space = options.outputSize?.slice(-rank) ??
    places.map((n, i) => (n - 1) * stride[i] - 2 * padding[i] + window[i]);
  const rows = [batch * channels, sizeOf(places)];
  const filled = scatter(zeros([rows[0], sizeOf(space)], x.dtype), 1, reshape(indices, rows), reshape(x, rows));
  return reshape(filled, [batch, channels, ...space]);
};
/** Puts the values of `maxPool1dWithIndices` back where they came from, zeros elsewhere. */
export const maxUnpool1d = maxUnpool(1);
/** Puts the values of `maxPool2dWithIndices` back where they came from, zeros elsewhere. Zeiler and Fergus 2014. */
export const maxUnpool2d = maxUnpool(2);
/** Puts the values of `maxPool3dWithIndices` back where they came from, zeros elsewhere. */
export const maxUnpool3d = maxUnpool(3);

/** How many cells each window has: inside the padded input, or inside the input alone. */
function counts({ size, stride, low, places }: Windows, space: readonly number[], padded: boolean): Tensor {
  return space.map((n, i) => {
    const edge = padded ? low[i] : 0, start = sub(mul(iota(places[i]), stride[i]), low[i]);
    const count = sub(minimum(add(start, size[i]), n + edge), maximum(start, -edge));
    return reshape(count, [places[i], ...places.slice(i + 1).map(() => 1)]);
  }).reduce((a, b) => mul(a, b));
}
const AVG_POOL: CompositeDefinition = {
  name: "avgPool",
  body: ([x], attributes) => {
    const total = sum(cellsOf(x, attributes, 0), -1), divisor = Number(attributes.divisor);
    if (divisor !== 0) return mul(total, 1 / divisor);
    return div(total, cast(counts(attributes as Windows, x.shape.slice(2), attributes.padded === true), x.dtype));
  },
};
const avgPool = (rank: number) => (x: Tensor, size: Size, options: AvgPoolOptions = {}): Tensor =>
  batched(x, rank, `avgPool${rank}d`, (y) => {
    const windows = poolWindows(y, size, options, `avgPool${rank}d`), { low, high } = windows;
    const padded = options.countIncludePad ?? true;
    // All windows have as many cells unless one reaches beyond what counts.
    const even = high.every((n, i) => n === low[i] && (padded || n === 0));
    const divisor = options.divisorOverride ?? (even ? sizeOf(windows.size) : 0);
    return apply(AVG_POOL, [y], { ...windows, padded, divisor });
  });
/** The mean of each window of x (N, C, L). */
export const avgPool1d = avgPool(1);
/** The mean of each window of x (N, C, H, W). */
export const avgPool2d = avgPool(2);
/** The mean of each window of x (N, C, D, H, W). */
export const avgPool3d = avgPool(3);

export interface LPPoolOptions {
  readonly stride?: Size;
  readonly ceilMode?: boolean;
}
const lpPool = (rank: number) => (x: Tensor, p: number, size: Size, options: LPPoolOptions = {}): Tensor => {
  if (p === Infinity) return maxPool(rank)(abs(x), size, options);
  if (p === -Infinity) return neg(maxPool(rank)(neg(abs(x)), size, options));
  const average = avgPool(rank)(pow(x, p), size, options);
  return pow(mul(mul(sign(average), relu(abs(average))), sizeOf(eachAxis(size, rank, 1, `lpPool${rank}d`))), 1 / p);
};
/** (sum x^p)^(1/p) over each window of x (N, C, L): p = 1 sums, p = Infinity is the largest size. */
export const lpPool1d = lpPool(1);
/** (sum x^p)^(1/p) over each window of x (N, C, H, W). */
export const lpPool2d = lpPool(2);
/** (sum x^p)^(1/p) over each window of x (N, C, D, H, W). */
export const lpPool3d = lpPool(3);
