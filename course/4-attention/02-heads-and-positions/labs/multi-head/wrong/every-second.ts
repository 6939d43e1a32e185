// fails: Head 0 got every second column
import { arange, F, where, zeros, type Tensor } from "gradus";

interface Matrices { Wq: Tensor; Wk: Tensor; Wv: Tensor; Wo: Tensor }

/** [T, D] to [heads, T, D / heads]. */
export function split(x: Tensor, heads: number): Tensor {
  const [T, D] = x.shape;
  return x.reshape([T, D / heads, heads]).permute([2, 0, 1]);
}

/** [heads, T, d] to [T, heads d]. */
export function merge(x: Tensor): Tensor {
  const [heads, T, d] = x.shape;
  return x.permute([1, 0, 2]).reshape([T, heads * d]);
}

/** 0 where column ≤ row, −∞ above. */
export function causalMask(T: number): Tensor {
  const place = arange(T);
  return where(place.unsqueeze(0).le(place.unsqueeze(1)), zeros([T, T]), -Infinity);
}

/** [T, D] to [T, D]. */
export function multiHead(X: Tensor, p: Matrices, heads: number, causal: boolean): Tensor {
  const [q, k, v] = [p.Wq, p.Wk, p.Wv].map((W) => split(X.matmul(W), heads));
  const scores = q.matmul(k.transpose(1, 2)).div(Math.sqrt(q.shape[2]));
  const seen = causal ? scores.add(causalMask(X.shape[0])) : scores;
  return merge(F.softmax(seen, 2).matmul(v)).matmul(p.Wo);
}
