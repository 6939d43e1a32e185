import type { Tensor } from "gradus";

interface Parameters { W1: Tensor; b1: Tensor; W2: Tensor; b2: Tensor;
  scale1: Tensor; shift1: Tensor; scale2: Tensor; shift2: Tensor }

/** Each row with mean 0 and variance 1, then scaled and shifted. */
export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  return x;
}

/** Widen, bend, narrow: each row by itself. */
export function feedForward(x: Tensor, p: Parameters): Tensor {
  return x;
}

/** Attention and feed-forward, each added to the stream. */
export function block(x: Tensor, attend: (x: Tensor) => Tensor, p: Parameters, before: boolean): Tensor {
  return x;
}

/** Weights and biases of a block of width D whose feed-forward part is f times as wide. */
export function countWeights(D: number, f: number): { attention: number; feedForward: number; norms: number } {
  return { attention: 0, feedForward: 0, norms: 0 };
}
