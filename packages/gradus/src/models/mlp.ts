import * as F from "../nn/functional.ts";
import { ModuleList } from "../nn/container.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * A multilayer perceptron: affine layers with a nonlinearity between them.
 *
 * Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", Nature 323, 1986. Today's ReLU
 * instead of their sigmoid unless asked otherwise.
 *
 * Letters: B examples, I inputs, H hidden units (one number per hidden layer), O outputs.
 */
export interface MLPOptions {
  /** I, then H of every hidden layer, then O. */
  readonly sizes: readonly number[];
  readonly activation?: keyof typeof ACTIVATIONS;
  /** Probability of dropping a hidden unit while training. */
  readonly dropout?: number;
}
const ACTIVATIONS = { relu: F.relu, tanh: F.tanh, sigmoid: F.sigmoid, gelu: (x: Tensor): Tensor => F.gelu(x) };

/** Named sizes of the multilayer perceptron. */
export const MLP_PRESETS = {
  digits: { sizes: [64, 32, 10] },
  mnist: { sizes: [784, 128, 10] },
} as const satisfies Readonly<Record<string, MLPOptions>>;

/** Layers of units one after another, each followed by an activation but the last: (B, ...) to (B, classes). */
export class MLP extends Module {
  readonly layers: ModuleList<Linear>;
  readonly activation: keyof typeof ACTIVATIONS;
  readonly dropout: number;

  constructor({ sizes, activation = "relu", dropout = 0 }: MLPOptions = MLP_PRESETS.mnist) {
    super();
    this.layers = new ModuleList(sizes.slice(1).map((outputs, i) => new Linear(sizes[i], outputs)));
    this.activation = activation;
    this.dropout = dropout;
  }
  /** Scores of the outputs, before any softmax: x (B, ...) with I numbers each, result (B, O). */
  forward(x: Tensor): Tensor {
    let h = x.flatten(1);                                                   // (B, I)
    for (const [i, layer] of [...this.layers].entries()) {
      if (i > 0) h = F.dropout(ACTIVATIONS[this.activation](h), this.dropout, this.training);
      h = layer.forward(h);                                                 // (B, H), last (B, O)
    }
    return h;
  }
}
