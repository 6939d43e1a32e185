// fails: Your columns add up to 1
import type { Tensor } from "gradus";

/** Weights [T, S] of queries [T, d] and keys [S, d]; each row adds up to 1. */
export function weights(Q: Tensor, K: Tensor): Tensor {
  const scores = Q.matmul(K.T).div(Math.sqrt(Q.shape[1]));
  const powers = scores.sub(scores.amax([0], { keepdim: true })).exp();
  return powers.div(powers.sum([0], { keepdim: true }));
}

/** The mix of values [S, e] for each query: [T, e]. */
export function attend(Q: Tensor, K: Tensor, V: Tensor): Tensor {
  return weights(Q, K).matmul(V);
}

/** Gradients of the three inputs, from the gradient G [T, e] of the result. */
export function gradients(Q: Tensor, K: Tensor, V: Tensor, G: Tensor): { dQ: Tensor; dK: Tensor; dV: Tensor } {
  const P = weights(Q, K), dP = G.matmul(V.T);
  const dS = P.mul(dP.sub(P.mul(dP).sum([1], { keepdim: true }))).div(Math.sqrt(Q.shape[1]));
  return { dQ: dS.matmul(K), dK: dS.T.matmul(Q), dV: P.T.matmul(G) };
}
