import { UsageError } from "../../vocab/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { bernoulli, type RandomOptions } from "../../tensor/random.ts";
import { mul, where } from "../../ops/elementwise.ts";

/** While training, each element becomes 0 with probability p and the others grow by 1/(1-p). Srivastava et al. 2014. */
export const dropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  drop(x, p, training, x.shape, options);
/** Dropout of whole channels: x (N, C, ...). Tompson et al. 2015. */
export const channelDropout = (x: Tensor, p = 0.5, training = true, options: RandomOptions = {}): Tensor =>
  drop(x, p, training, [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)], options);

function drop(x: Tensor, p: number, training: boolean, shape: readonly number[], options: RandomOptions): Tensor {
  if (!(p >= 0 && p <= 1)) throw new UsageError(`dropout: p is ${p}; a probability lies between 0 and 1`);
  if (!training || p === 0) return x;
  return p === 1 ? mul(x, 0) : where(bernoulli(1 - p, shape, options), mul(x, 1 / (1 - p)), 0);
}
