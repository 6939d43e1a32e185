import { concat, F, ones, tril, zeros, type Tensor } from "gradus";

const phi = (x: Tensor): Tensor => F.elu(x).add(1);
/** Values with a 1 behind them, whose sum is the divisor. */
const extended = (v: Tensor): Tensor => concat([v, ones([...v.shape.slice(0, -1), 1])], -1);
function mean(sums: Tensor): Tensor {
  const e = sums.shape[sums.shape.length - 1] - 1;
  return sums.narrow(-1, 0, e).div(sums.narrow(-1, e, 1));
}
export const open = (q: Tensor, k: Tensor, v: Tensor): Tensor => mean(phi(q).matmul(phi(k).T.matmul(extended(v))));

export const masked = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
  mean(tril(phi(q).matmul(phi(k).T)).matmul(extended(v)));

export const start = (d: number, e: number): Tensor => zeros([d, e + 1]);

export function step(state: Tensor, q: Tensor, k: Tensor, v: Tensor): { y: Tensor; state: Tensor } {
  const next = state.add(phi(k).unsqueeze(1).matmul(extended(v).unsqueeze(0)));
  return { y: mean(phi(q).matmul(next)), state: next };
}
