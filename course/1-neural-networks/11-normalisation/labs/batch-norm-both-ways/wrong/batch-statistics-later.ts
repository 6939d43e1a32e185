// fails: evaluate used the statistics of the batch
import type { Tensor } from "gradus";

export interface Statistics { mean: Tensor; variance: Tensor }
export interface Gradients { dx: Tensor; dgamma: Tensor; dbeta: Tensor }
const EPS = 1e-5, MOMENTUM = 0.1;

/** While training: x (B, F), gamma and beta (F); each column is normalised by its own statistics. */
export function forward(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  return normalised(x).mul(gamma).add(beta);
}
const scale = (x: Tensor): Tensor => x.sub(x.mean([0])).square().mean([0]).add(EPS).sqrt();
const normalised = (x: Tensor): Tensor => x.sub(x.mean([0])).div(scale(x));

/** From dL/dy (B, F) to the gradients of x, gamma and beta. */
export function backward(x: Tensor, gamma: Tensor, dy: Tensor): Gradients {
  const xhat = normalised(x), dgamma = dy.mul(xhat).sum([0]), dbeta = dy.sum([0]);
  // What would move the mean or the size of a column is taken out.
  const own = dy.sub(dy.mean([0])).sub(xhat.mul(dy.mul(xhat).mean([0])));
  return { dx: own.mul(gamma).div(scale(x)), dgamma, dbeta };
}

/** Running statistics after one more batch. */
export function track(running: Statistics, x: Tensor): Statistics {
  const mean = x.mean([0]), variance = x.sub(mean).square().sum([0]).div(x.shape[0] - 1);
  const mix = (old: Tensor, now: Tensor): Tensor => old.mul(1 - MOMENTUM).add(now.mul(MOMENTUM));
  return { mean: mix(running.mean, mean), variance: mix(running.variance, variance) };
}

/** When predicting: the running statistics instead of the batch's. */
export function evaluate(x: Tensor, gamma: Tensor, beta: Tensor, running: Statistics): Tensor {
  return forward(x, gamma, beta);
}
