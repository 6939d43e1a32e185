import type { Tensor } from "gradus";

interface Looking { query: Tensor; key: Tensor; value: Tensor; read: Tensor }
interface Summing { name: Tensor; digit: Tensor; question: Tensor; out: Tensor }

/** Weights over the pairs, [B, n], and scores of the digits, [B, C]. */
export function attend(p: Looking, names: Tensor, digits: Tensor, asked: Tensor): { weights: Tensor; scores: Tensor } {
  return { weights: names, scores: asked };
}

/** Scores of the digits, [B, C], from one vector for the whole list. */
export function summarise(p: Summing, names: Tensor, digits: Tensor, asked: Tensor): Tensor {
  return p.question.take(asked).matmul(p.out);
}

/** Among how many pairs each row of weights hesitates, [B]. */
export function looksAt(weights: Tensor): Tensor {
  return weights.sum([1]);
}
