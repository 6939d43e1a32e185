import { F, type Tensor } from "gradus";

export const leakyRelu = (x: Tensor, alpha: number): Tensor => F.relu(x).sub(F.relu(x.neg()).mul(alpha));
export const swiglu = (gate: Tensor, x: Tensor): Tensor => F.silu(gate).mul(x);
export const layer = (x: Tensor, weight: Tensor, bias: Tensor, alpha: number): Tensor =>
  leakyRelu(F.linear(x, weight, bias), alpha);
