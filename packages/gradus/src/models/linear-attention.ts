import { add, div, mul } from "../ops/elementwise.ts";
import { onesLike } from "../ops/create.ts";
import { concat, narrow } from "../ops/movement.ts";
import * as F from "../nn/functional.ts";
import { normal, zeros } from "../nn/init.ts";
import { assign } from "../exec/state.ts";
import { Linear } from "../nn/linear.ts";
import { Module } from "../nn/module.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { MixingLanguageModel, type Mixer, type MixingOptions } from "./mixing.ts";

/**
 * Linear attention: a Transformer whose softmax is a product of features, so that it is a recurrent network.
 *
 * Katharopoulos, Vyas, Pappas, Fleuret, "Transformers are RNNs: fast autoregressive Transformers with linear
 * attention", ICML 2020: equations 8 to 12 (causal attention), 16 to 20 (the same step by step), 3.2.1 (elu + 1).
 *
 * Letters: B sequences, T time, D width, H heads, N = D / H features of a head; S (N, N) the paper's attention memory
 * and z (N) its normalizer memory, kept side by side as one matrix (N, N + 1).
 */
export interface LinearAttentionModelOptions extends MixingOptions {
  readonly heads: number;
  /** Steps that are computed as one matrix product; default 64. The numbers do not depend on it. */
  readonly chunk?: number;
}
/** Named sizes of the linear Transformer. */
export const LINEAR_ATTENTION_PRESETS = {
  small: { vocabulary: 65, width: 128, heads: 4, layers: 4 },
} as const satisfies Readonly<Record<string, LinearAttentionModelOptions>>;

/** Added to the normalizer, so that a sum of features that are all close to 0 can be divided by. */
const EPSILON = 1e-6;
/** Positive features of queries and keys. */
const feature = (x: Tensor): Tensor => add(F.elu(x), 1);

class Attention extends Module implements Mixer {
  readonly in_proj: Linear;
  readonly out_proj: Linear;
  readonly heads: number;
  readonly chunk: number | undefined;

  constructor({ width, heads, layers, chunk }: LinearAttentionModelOptions) {
    super();
    if (width % heads !== 0) {
      throw new UsageError(`LinearAttention: ${heads} heads do not divide a width of ${width}`);
    }
    this.in_proj = new Linear(width, 3 * width);
    this.out_proj = new Linear(width, width);
    assign(this.out_proj.weight, normal([width, width], 0, 0.02 / Math.sqrt(2 * layers)));
    this.heads = heads;
    this.chunk = chunk;
  }
  /** Features of queries and keys (.., H, N), and values with a 1 behind them (.., H, N + 1), of x (.., D). */
  #project(x: Tensor): readonly [q: Tensor, k: Tensor, v: Tensor] {
    const heads = [...x.shape.slice(0, -1), this.heads, x.shape.at(-1)! / this.heads];
    const [q, k, v] = this.in_proj.forward(x).chunk(3, -1).map((part) => part.reshape(heads));
    return [feature(q), feature(k), concat([v, onesLike(narrow(v, -1, 0, 1))], -1)];
  }
  /** Weighted sums of values and of ones (.., H, N + 1) to weighted means, mixed: (.., D). */
  #finish(sums: Tensor): Tensor {
    const N = sums.shape.at(-1)! - 1;
    const mean = div(narrow(sums, -1, 0, N), add(narrow(sums, -1, N, 1), EPSILON)); // (.., H, N)
    return this.out_proj.forward(mean.flatten(-2, -1));
  }
  /** x (B, T, D), result (B, T, D). */
  forward(x: Tensor): Tensor {
    const chunk = this.chunk === undefined ? {} : { chunk: this.chunk };
    return this.#finish(F.linearAttention(...this.#project(x), chunk));
  }
  start(batch: number): Tensor {
    const N = this.out_proj.weight.shape[0] / this.heads;
    return zeros([batch, this.heads, N, N + 1]);
  }
  step(x: Tensor, state: Tensor): { y: Tensor; state: Tensor } {
    const made = F.linearAttentionStep(...this.#project(x), state);
    return { y: this.#finish(made.y), state: made.state };
  }
}

/**
 * Tokens (B, T) to scores of the next token (B, T, vocabulary) by attention whose cost grows with T, not with its
 * square. Positions are added as waves, so a sequence may have any length. Katharopoulos et al. 2020.
 */
export class LinearAttention extends MixingLanguageModel<Attention> {
  constructor(options: LinearAttentionModelOptions = LINEAR_ATTENTION_PRESETS.small) {
    super(options, () => new Attention(options));
  }
  protected override embed(tokens: Tensor, positions: number | Tensor): Tensor {
    const x = this.embedding.forward(tokens), width = x.shape.at(-1)!;
    // Small as they start, tokens would be lost among the waves: Vaswani et al. 2017, section 3.4.
    return add(mul(x, Math.sqrt(width)), F.sinusoidalPositions(positions, width));
  }
}
