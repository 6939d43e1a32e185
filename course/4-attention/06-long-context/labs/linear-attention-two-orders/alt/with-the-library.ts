import { concat, F, ones, zeros, type Tensor } from "gradus";

const phi = (x: Tensor): Tensor => F.elu(x).add(1);
const extended = (v: Tensor): Tensor => concat([v, ones([v.shape[0], 1])], 1);
const mean = (sums: Tensor, e: number): Tensor => sums.narrow(-1, 0, e).div(sums.narrow(-1, e, 1));

export function open(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const Q = phi(q), K = phi(k), e = v.shape[1];
  return mean(Q.matmul(K.T.matmul(extended(v))), e);
}
/** The library's chunks: a batch of one, one head. */
export function masked(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [T, e] = v.shape, headed = (x: Tensor): Tensor => x.reshape([1, T, 1, x.shape[1]]);
  return mean(F.linearAttention(headed(phi(q)), headed(phi(k)), headed(extended(v))).reshape([T, e + 1]), e);
}
export const start = (d: number, e: number): { memory: Tensor } => ({ memory: zeros([1, 1, d, e + 1]) });

export function step({ memory }: { memory: Tensor }, q: Tensor, k: Tensor, v: Tensor): unknown {
  const one = (x: Tensor): Tensor => x.reshape([1, 1, x.numel]);
  const made = F.linearAttentionStep(one(phi(q)), one(phi(k)), one(concat([v, ones([1])], 0)), memory);
  return { y: mean(made.y, v.numel).reshape([v.numel]), state: { memory: made.state } };
}
