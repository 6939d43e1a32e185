import { type Tensor } from "gradus";

/** x where positive, else alpha x. */
export function leakyRelu(x: Tensor, alpha: number): Tensor {
  return x;
}

/** SiLU(gate) times x. */
export function swiglu(gate: Tensor, x: Tensor): Tensor {
  return x;
}

/** Leaky ReLU of a linear layer. */
export function layer(x: Tensor, weight: Tensor, bias: Tensor, alpha: number): Tensor {
  return x;
}
