import type { Tensor } from "../../tensor/tensor.ts";
import {
  abs, add, cast, clamp, div, eq, maximum, mul, ne, pow, sqrt, square, sub, where,
} from "../../ops/elementwise.ts";
import { amax, amin, sum, type Axes, type ReduceOptions } from "../../ops/reduce.ts";

/** s^(1/p), whose gradient is 0 at 0, as PyTorch chooses for norms. */
function root(s: Tensor, p: number): Tensor {
  const none = eq(s, 0), safe = where(none, 1, s);
  return where(none, 0, p === 2 ? sqrt(safe) : pow(safe, 1 / p));
}
/** (sum |x|^p)^(1/p) over axes (all by default); p may be infinite (largest, smallest) or 0 (how many are not 0). */
export function vectorNorm(x: Tensor, p = 2, axes?: Axes, options: ReduceOptions = {}): Tensor {
  if (p === 2) return root(sum(square(x), axes, options), 2);
  if (p === 1) return sum(abs(x), axes, options);
  if (p === Infinity) return amax(abs(x), axes, options);
  if (p === -Infinity) return amin(abs(x), axes, options);
  if (p === 0) return sum(cast(ne(x, 0), x.dtype), axes, options);
  return root(sum(pow(abs(x), p), axes, options), p);
}
/** x over its p-norm along an axis, held above eps. */
export const normalize = (x: Tensor, p = 2, axis = 1, eps = 1e-12): Tensor =>
  div(x, clamp(vectorNorm(x, p, axis, { keepdim: true }), eps, null));
/** a.b / (|a| |b|) along an axis, each length held above eps. */
export function cosineSimilarity(a: Tensor, b: Tensor, axis = 1, eps = 1e-8): Tensor {
  // The bound is inside of the root, which has no gradient at 0.
  const norm = (x: Tensor): Tensor => sqrt(maximum(sum(square(x), axis), eps * eps));
  return div(sum(mul(a, b), axis), mul(norm(a), norm(b)));
}
export interface PairwiseDistanceOptions {
  /** Which norm (default 2). */
  readonly p?: number;
  /** Added to each difference. */
  readonly eps?: number;
  readonly keepdim?: boolean;
}
/** The p-norm of a - b + eps along the last axis. */
export function pairwiseDistance(a: Tensor, b: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  return vectorNorm(add(sub(a, b), eps), p, -1, { keepdim });
}
