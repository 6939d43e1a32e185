import { UsageError } from "../../vocab/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bernoulli, type RandomOptions } from "../../tensor/random.ts";
import { add, mul, where } from "../../ops/elementwise.ts";

/** While training, each element becomes 0 with probability p and the others grow by 1/(1-p). Srivastava et al. 2014. */
export const dropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  drop(x, p, training, x.shape, options);
/** Dropout of whole channels: x (N, C, ...). Tompson et al. 2015. */
export const channelDropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  drop(x, p, training, channels(x), options);
/**
 * Stochastic depth: the branch x of a residual block becomes 0 with probability p, for each sample of the batch
 * ("row") or for all together ("batch"), and grows by 1/(1-p) otherwise. Huang et al. 2016.
 */
export const dropPath = (
  x: Tensor, p: number, mode: "row" | "batch" = "row", training = true, options: RandomOptions = {},
): Tensor => drop(x, p, training, x.shape.map((n, i) => (i === 0 && mode === "row" ? n : 1)), options);
/** Dropout that keeps mean 0 and variance 1: dropped elements take SELU's lowest value. Klambauer et al. 2017. */
export const alphaDropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  dropAlpha(x, p, training, x.shape, options);
/** `alphaDropout` of whole channels: x (N, C, ...). */
export const featureAlphaDropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  dropAlpha(x, p, training, channels(x), options);

const channels = (x: Tensor): number[] => x.shape.map((n, i) => (i < 2 ? n : 1));
/** True when there is something to drop. Throws when p is no probability. */
function drops(p: number, training: boolean): boolean {
  if (!(p >= 0 && p <= 1)) throw new UsageError(`dropout: p is ${p}; a probability lies between 0 and 1`);
  return training && p > 0;
}
function drop(x: Tensor, p: number, training: boolean, shape: readonly number[], options: RandomOptions): Tensor {
  if (!drops(p, training)) return x;
  return p === 1 ? mul(x, 0) : where(bernoulli(1 - p, shape, options), mul(x, 1 / (1 - p)), 0);
}
/** -scale a of SELU: what very negative numbers become. */
const LOWEST = -1.7580993408473766;
function dropAlpha(x: Tensor, p: number, training: boolean, shape: readonly number[], options: RandomOptions): Tensor {
  if (!drops(p, training)) return x;
  if (p === 1) return mul(x, 0);
  const scale = 1 / Math.sqrt((LOWEST * LOWEST * p + 1) * (1 - p));
  return add(mul(where(bernoulli(1 - p, shape, options), x, LOWEST), scale), -scale * LOWEST * p);
}
