import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { linear, matmul } from "../ops/contract.ts";
import { add, logicalAnd, logicalNot, where } from "../ops/elementwise.ts";
import { chunk, permute, reshape, split, transpose } from "../ops/movement.ts";
import { mean } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { attentionWeights, scaledDotProductAttention, type AttentionOptions } from "./functional/attention.ts";
import { dropout } from "./functional/dropout.ts";
import { xavierUniform, zeros } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface MultiheadAttentionOptions {
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Sequences are (B, T, E) instead of (T, B, E). */
  readonly batchFirst?: boolean;
}
export interface MultiheadAttentionCall {
  /** (B, S), bool: true marks keys that must not be seen. */
  readonly keyPaddingMask?: Tensor | null;
  /** (T, S) or (B * heads, T, S): bool, true where a key must not be seen, or numbers added to the scores. */
  readonly attnMask?: Tensor | null;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Also give the weights, averaged over the heads. */
  readonly needWeights?: boolean;
}

/**
 * Attention in several heads: queries, keys and values are projected, each head attends in its share of the width, and
 * the results are projected back. Masks mean what they mean in PyTorch's module: true hides. Vaswani et al. 2017.
 */
export class MultiheadAttention extends Module {
  readonly in_proj_weight: Tensor;
  readonly in_proj_bias: Tensor | null;
  readonly out_proj: Linear;
  readonly embedDim: number;
  readonly heads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;

  constructor(embedDim: number, heads: number, options: MultiheadAttentionOptions = {}) {
    super();
    if (embedDim % heads !== 0) {
      throw new UsageError(`MultiheadAttention: ${heads} heads do not divide a width of ${embedDim}`);
    }
    this.in_proj_weight = parameter(xavierUniform([3 * embedDim, embedDim]));
    this.in_proj_bias = options.bias === false ? null : parameter(zeros([3 * embedDim]));
    this.out_proj = new Linear(embedDim, embedDim, { bias: options.bias ?? true });
    this.out_proj.bias?.assign(zeros([embedDim]));
    this.embedDim = embedDim;
    this.heads = heads;
    this.dropout = options.dropout ?? 0;
    this.batchFirst = options.batchFirst ?? false;
  }
  /** Query (B, T, E), key and value (B, S, E), batchFirst; gives the result (B, T, E) and weights (B, T, S) or null. */
  forward(
    query: Tensor, key: Tensor, value: Tensor, call: MultiheadAttentionCall = {},
  ): [output: Tensor, weights: Tensor | null] {
    const [q, k, v] = this.#project(query, key, value);                      // (B, h, T | S, E/h)
    const options: AttentionOptions = { mask: this.#mask(call, q, k), causal: call.causal ?? false };
    const rate = this.training ? this.dropout : 0;
    let weights: Tensor | null = null, heads: Tensor;
    if (call.needWeights === true) {
      const kept = dropout(attentionWeights(q, k, options), rate);           // (B, h, T, S)
      heads = matmul(kept, v);
      weights = mean(kept, 1);
    } else heads = scaledDotProductAttention(q, k, v, { ...options, dropout: rate });
    const [batch, , steps] = heads.shape;
    const joined = reshape(permute(heads, [0, 2, 1, 3]), [batch, steps, this.embedDim]);
    const output = this.out_proj.forward(joined);
    return [this.batchFirst ? output : transpose(output, 0, 1), weights];
  }
  #project(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    for (const x of [query, key, value]) {
      if (x.shape.length !== 3 || x.shape[2] !== this.embedDim) {
        throw new ShapeError(`MultiheadAttention: an input is ${formatShape(x.shape)}; it needs 3 axes, ` +
          `${this.batchFirst ? "(batch, time, width)" : "(time, batch, width)"}, with a width of ${this.embedDim}`);
      }
    }
    const first = (x: Tensor): Tensor => (this.batchFirst ? x : transpose(x, 0, 1));
    // One product where all three are the same sequence.
    const projected = query === key && key === value
      ? chunk(linear(first(query), this.in_proj_weight, this.in_proj_bias), 3, 2)
      : this.#separate([query, key, value].map(first));
    return projected.map((x) => {
      const [batch, steps, width] = x.shape;
      return permute(reshape(x, [batch, steps, this.heads, width / this.heads]), [0, 2, 1, 3]);
    });
  }
  #separate(inputs: readonly Tensor[]): Tensor[] {
    const weights = chunk(this.in_proj_weight, 3, 0);
    const biases = this.in_proj_bias === null ? null : split(this.in_proj_bias, this.embedDim);
    return inputs.map((x, i) => linear(x, weights[i], biases?.[i] ?? null));
  }
  /** Both masks as one in the sense of `scaledDotProductAttention`: true may be seen, numbers are added. */
  #mask({ keyPaddingMask = null, attnMask = null }: MultiheadAttentionCall, q: Tensor, k: Tensor): Tensor | null {
    const [batch, heads, steps] = q.shape, keys = k.shape[2];
    const padding = keyPaddingMask === null ? null : reshape(logicalNot(keyPaddingMask), [batch, 1, 1, keys]);
    if (attnMask === null) return padding;
    const mask = attnMask.shape.length === 3 ? reshape(attnMask, [batch, heads, steps, keys]) : attnMask;
    if (mask.dtype === "bool") return padding === null ? logicalNot(mask) : logicalAnd(padding, logicalNot(mask));
    return padding === null ? mask : add(mask, where(padding, zeros([], mask.dtype), -Infinity));
  }
  protected override describe(): string {
    return `${this.embedDim}, heads=${this.heads}`;
  }
}
