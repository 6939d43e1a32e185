// fails: Take φ of both first
import { F, ones, tril, zeros, type Tensor } from "gradus";

/** Positive features, elementwise: elu + 1. */
const phi = (x: Tensor): Tensor => F.elu(x).add(1);

/** Every query sees every key. */
export function open(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const Q = q, K = k;
  const sums = K.T.matmul(v), weights = K.sum(0).unsqueeze(1);      // [d, e] and [d, 1]
  return Q.matmul(sums).div(Q.matmul(weights));
}

/** Query i sees keys 0 to i. */
export function masked(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const T = q.shape[0], P = phi(q).matmul(phi(k).T).mul(tril(ones([T, T])));
  return P.matmul(v).div(P.sum(1, { keepdim: true }));
}

/** Sums of phi(k) v^T and of phi(k). */
export interface State { sums: Tensor; weights: Tensor }

/** Nothing read yet. */
export function start(d: number, e: number): State {
  return { sums: zeros([d, e]), weights: zeros([d]) };
}

/** One token: write, then read. */
export function step(state: State, q: Tensor, k: Tensor, v: Tensor): { y: Tensor; state: State } {
  const Q = phi(q), K = phi(k);
  const sums = state.sums.add(K.unsqueeze(1).mul(v.unsqueeze(0))), weights = state.weights.add(K);
  const y = Q.unsqueeze(0).matmul(sums).squeeze(0).div(Q.mul(weights).sum());
  return { y, state: { sums, weights } };
}
