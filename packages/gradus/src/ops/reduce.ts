import { isFloat } from "../vocab/dtype.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import type { ReduceKind } from "../ir/op.ts";
import { cast, div, mul, sqrt, square, sub } from "./elementwise.ts";
import { reshape } from "./movement.ts";

export type Axes = number | readonly number[];
export interface ReduceOptions {
  /** Keep reduced axes with size 1. */
  readonly keepdim?: boolean;
}

function reduce(kind: ReduceKind, x: Tensor, axes: Axes | undefined, options: ReduceOptions): Tensor {
  // A scalar takes axis 0 and -1, as in PyTorch, and has nothing to reduce.
  const over = normalizeAxes(axes, x.shape.length, kind).filter((a) => a < x.shape.length);
  const counted = x.dtype === "bool" && (kind === "sum" || kind === "prod") ? cast(x, "i32") : x;
  const out = over.length === 0 ? counted : emit("reduce", { kind, axes: over }, [counted]);
  return options.keepdim === true ? reshape(out, keep(x, over)) : out;
}
const keep = (x: Tensor, axes: readonly number[]): number[] => x.shape.map((n, i) => (axes.includes(i) ? 1 : n));

/** Sum over axes (all by default); bool counts as i32. */
export const sum = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor => reduce("sum", x, axes, options);
/** Product over axes (all by default). */
export const prod = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor => reduce("prod", x, axes, options);
/** Largest element over axes; NaN if any is NaN. Equal maxima share the gradient, as `torch.amax`. */
export const amax = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor => reduce("max", x, axes, options);
/** Smallest element over axes; NaN if any is NaN. */
export const amin = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor => reduce("min", x, axes, options);
/** True where any element is true. */
export const any = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("max", cast(x, "bool"), axes, options);
/** True where all elements are true. */
export const all = (x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor =>
  reduce("min", cast(x, "bool"), axes, options);
/** Arithmetic mean over axes (all by default); integers become f32. */
export function mean(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  const real = isFloat(x.dtype) ? x : cast(x, "f32");
  const count = sizeOf(normalizeAxes(axes, x.shape.length, "mean").map((a) => x.shape[a]));
  return mul(sum(real, axes, options), 1 / count);
}
export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 1 for the sample variance (default), 0 for the population's. */
  readonly correction?: number;
}
/** Mean squared distance from the mean: sum (x - mean)^2 / (n - correction). */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  const count = sizeOf(normalizeAxes(axes, x.shape.length, "variance").map((a) => x.shape[a]));
  const centred = sub(x, mean(x, axes, { keepdim: true }));
  return div(sum(square(centred), axes, options), Math.max(0, count - (options.correction ?? 1)));
}
/** Standard deviation: the root of the variance. */
export const std = (x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor => sqrt(variance(x, axes, options));

/** i32 position of the first largest element along an axis, or of the flattened tensor. */
export const argmax = (x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor => arg("max", x, axis, options);
/** i32 position of the first smallest element along an axis, or of the flattened tensor. */
export const argmin = (x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor => arg("min", x, axis, options);
function arg(kind: "max" | "min", x: Tensor, axis: number | undefined, options: ReduceOptions): Tensor {
  if (axis === undefined || x.shape.length === 0) return emit("argReduce", { kind, axis: 0 }, [reshape(x, [-1])]);
  const at = normalizeAxis(axis, x.shape.length, `arg${kind}`);
  const out = emit("argReduce", { kind, axis: at }, [x]);
  return options.keepdim === true ? reshape(out, keep(x, [at])) : out;
}
