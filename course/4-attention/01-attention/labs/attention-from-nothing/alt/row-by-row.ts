import { concat, stack, tensor, type Tensor } from "gradus";

/** One query at a time. */
export function weights(Q: Tensor, K: Tensor): Tensor {
  return stack(Array.from({ length: Q.shape[0] }, (_, t) => {
    const scores = K.matmul(Q.select(0, t)).mul(Q.shape[1] ** -0.5), powers = scores.sub(scores.amax()).exp();
    return powers.mul(powers.sum().reciprocal());
  }), 0);
}
export function attend(Q: Tensor, K: Tensor, V: Tensor): Tensor {
  const P = weights(Q, K);
  return concat(Array.from({ length: Q.shape[0] }, (_, t) => P.narrow(0, t, 1).matmul(V)), 0);
}
/** The bracket by the identity: row sums of P dP are those of G times the result. */
export function gradients(Q: Tensor, K: Tensor, V: Tensor, G: Tensor): { dQ: Tensor; dK: Tensor; dV: Tensor } {
  const P = weights(Q, K), root = tensor(Math.sqrt(Q.shape[1]));
  const dS = P.mul(G.matmul(V.T).sub(G.mul(P.matmul(V)).sum([1], { keepdim: true }))).div(root);
  return { dQ: dS.matmul(K), dK: dS.transpose(0, 1).matmul(Q), dV: P.transpose(0, 1).matmul(G) };
}
