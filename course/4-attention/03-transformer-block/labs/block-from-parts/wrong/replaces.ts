// fails: The second branch replaces the stream
import type { Tensor } from "gradus";

interface Parameters { W1: Tensor; b1: Tensor; W2: Tensor; b2: Tensor;
  scale1: Tensor; shift1: Tensor; scale2: Tensor; shift2: Tensor }

/** Each row with mean 0 and variance 1, then scaled and shifted. */
export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const centred = x.sub(x.mean([1], { keepdim: true }));
  const variance = centred.square().mean([1], { keepdim: true });
  return centred.div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
}

/** Widen, bend, narrow: each row by itself. */
export function feedForward(x: Tensor, p: Parameters): Tensor {
  return x.matmul(p.W1).add(p.b1).maximum(0).matmul(p.W2).add(p.b2);
}

/** Attention and feed-forward, each added to the stream. */
export function block(x: Tensor, attend: (x: Tensor) => Tensor, p: Parameters, before: boolean): Tensor {
  const first = (y: Tensor): Tensor => layerNorm(y, p.scale1, p.shift1);
  const second = (y: Tensor): Tensor => layerNorm(y, p.scale2, p.shift2);
  if (before) {
    const stream = x.add(attend(first(x)));
    return feedForward(second(stream), p);
  }
  const stream = first(x.add(attend(x)));
  return second(stream.add(feedForward(stream, p)));
}

/** Weights and biases of a block of width D whose feed-forward part is f times as wide. */
export function countWeights(D: number, f: number): { attention: number; feedForward: number; norms: number } {
  return { attention: 4 * (D * D + D), feedForward: 2 * f * D * D + f * D + D, norms: 4 * D };
}
