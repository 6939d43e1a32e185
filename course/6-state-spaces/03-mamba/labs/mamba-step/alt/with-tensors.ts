import { concat, F, tensor, type Tensor } from "gradus";

type Rows = number[][];
interface Weights {
  in_proj: Rows; conv_weight: Rows; conv_bias: number[]; x_proj: Rows; dt_weight: Rows; dt_bias: number[];
  A_log: Rows; D: number[]; out_proj: Rows;
}
export const silu = (x: number): number => (x < -700 ? 0 : x / (1 + Math.exp(-x)));
export const softplus = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x)));

export function step(w: Weights, x: number[], past: Rows, state: Rows): { y: Tensor; past: Tensor; state: Tensor } {
  const inner = w.D.length, size = w.A_log[0].length, rank = w.dt_weight[0].length;
  const [u, gate] = tensor(w.in_proj).matmul(tensor(x)).split([inner, inner], 0);
  const window = concat([tensor(past), u.unsqueeze(1)], 1);
  const h = F.silu(window.mul(tensor(w.conv_weight)).sum([1]).add(tensor(w.conv_bias)));
  const [low, B, C] = tensor(w.x_proj).matmul(h).split([rank, size, size], 0);
  const dt = F.softplus(tensor(w.dt_weight).matmul(low).add(tensor(w.dt_bias))).unsqueeze(1);
  const decay = dt.mul(tensor(w.A_log).exp().neg()).exp();
  const next = decay.mul(tensor(state)).add(dt.mul(h.unsqueeze(1)).mul(B));
  const read = next.mul(C).sum([1]).add(h.mul(tensor(w.D)));
  return { y: tensor(w.out_proj).matmul(read.mul(F.silu(gate))), past: window.narrow(1, 1, past[0].length),
    state: next };
}
