// fails: The keys come from the digits
import { F, type Tensor } from "gradus";

interface Looking { query: Tensor; key: Tensor; value: Tensor; read: Tensor }
interface Summing { name: Tensor; digit: Tensor; question: Tensor; out: Tensor }

/** Weights over the pairs, [B, n], and scores of the digits, [B, C]. */
export function attend(p: Looking, names: Tensor, digits: Tensor, asked: Tensor): { weights: Tensor; scores: Tensor } {
  const q = p.query.take(asked).unsqueeze(1), k = p.key.take(digits), v = p.value.take(digits);   // [B, 1, d], [B, n, d]
  const weights = F.softmax(q.mul(k).sum([2]).div(Math.sqrt(q.shape[2])), 1);
  return { weights, scores: weights.unsqueeze(2).mul(v).sum([1]).matmul(p.read) };
}

/** Scores of the digits, [B, C], from one vector for the whole list. */
export function summarise(p: Summing, names: Tensor, digits: Tensor, asked: Tensor): Tensor {
  const context = p.name.take(names).add(p.digit.take(digits)).tanh().mean([1]);
  return context.add(p.question.take(asked)).tanh().matmul(p.out);
}

/** Among how many pairs each row of weights hesitates, [B]. */
export function looksAt(weights: Tensor): Tensor {
  return weights.mul(weights.clamp(1e-30, 1).log()).sum([1]).neg().exp();
}
