import { F, where, zerosLike, type Tensor } from "gradus";

interface Looking { query: Tensor; key: Tensor; value: Tensor; read: Tensor }
interface Summing { name: Tensor; digit: Tensor; question: Tensor; out: Tensor }

export function attend(p: Looking, names: Tensor, digits: Tensor, asked: Tensor): { weights: Tensor; scores: Tensor } {
  const q = F.embedding(asked, p.query).unsqueeze(1), k = F.embedding(names, p.key), v = F.embedding(digits, p.value);
  return { weights: F.attentionWeights(q, k).squeeze(1),
    scores: F.scaledDotProductAttention(q, k, v.matmul(p.read)).squeeze(1) };
}
export function summarise(p: Summing, names: Tensor, digits: Tensor, asked: Tensor): Tensor {
  const pairs = F.embedding(names, p.name).add(F.embedding(digits, p.digit)).tanh();
  return pairs.sum([1]).div(names.shape[1]).add(F.embedding(asked, p.question)).tanh().matmul(p.out);
}
export function looksAt(weights: Tensor): Tensor {
  const none = weights.eq(0);
  return where(none, zerosLike(weights), weights.mul(where(none, 1, weights).log())).sum([1]).neg().exp();
}
