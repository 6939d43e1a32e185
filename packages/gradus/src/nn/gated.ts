import type { Tensor } from "../tensor/tensor.ts";
import { geglu, swiglu } from "./functional/activation.ts";
import { Linear, type BiasOption } from "./linear.ts";
import { Module } from "./module.ts";

/** W_down (unit(W_gate x, W_up x)), named as in the checkpoints of Llama; subclasses say which unit. */
abstract class GatedFeedForward extends Module {
  readonly gate_proj: Linear;
  readonly up_proj: Linear;
  readonly down_proj: Linear;

  constructor(features: number, hiddenFeatures: number, options: BiasOption = {}) {
    super();
    const bias = { bias: options.bias ?? false };
    this.gate_proj = new Linear(features, hiddenFeatures, bias);
    this.up_proj = new Linear(features, hiddenFeatures, bias);
    this.down_proj = new Linear(hiddenFeatures, features, bias);
  }
  protected abstract unit(gate: Tensor, x: Tensor): Tensor;
  forward(x: Tensor): Tensor {
    return this.down_proj.forward(this.unit(this.gate_proj.forward(x), this.up_proj.forward(x)));
  }
}
/** The feed-forward layer of Llama: W_down (silu(W_gate x) W_up x), by default without biases. Shazeer 2020. */
export class SwiGLU extends GatedFeedForward {
  protected override unit(gate: Tensor, x: Tensor): Tensor {
    return swiglu(gate, x);
  }
}
/** W_down (gelu(W_gate x) W_up x), by default without biases. Shazeer 2020. */
export class GEGLU extends GatedFeedForward {
  protected override unit(gate: Tensor, x: Tensor): Tensor {
    return geglu(gate, x);
  }
}
