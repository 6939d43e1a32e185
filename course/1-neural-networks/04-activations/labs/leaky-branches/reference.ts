import { where, type Tensor } from "gradus";

/** x where positive, else alpha x: chosen by sign, so that any alpha will do. */
export function leakyRelu(x: Tensor, alpha: number): Tensor {
  return where(x.gt(0), x, x.mul(alpha));
}

/** SiLU(gate) times x. */
export function swiglu(gate: Tensor, x: Tensor): Tensor {
  return gate.mul(gate.sigmoid()).mul(x);
}

/** Leaky ReLU of a linear layer. */
export function layer(x: Tensor, weight: Tensor, bias: Tensor, alpha: number): Tensor {
  return leakyRelu(x.matmul(weight.T).add(bias), alpha);
}
