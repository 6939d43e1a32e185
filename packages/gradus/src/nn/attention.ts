import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { linear, matmul } from "../ops/contract.ts";
import { iota } from "../ops/create.ts";
import { add, ge, le, logicalAnd, logicalNot, logicalOr, where } from "../ops/elementwise.ts";
import {
  broadcastTo, chunk, concat, pad, permute, reshape, split, squeeze, transpose, unsqueeze,
} from "../ops/movement.ts";
import { mean } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { scaledDotProductAttention } from "./functional/attention.ts";
import { attentionWeights, type AttentionOptions } from "./functional/dense-attention.ts";
import { dropout } from "./functional/dropout.ts";
import { xavierNormal, xavierUniform, zeros } from "./init.ts";
import { Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

export interface MultiheadAttentionOptions {
  readonly dropout?: number;
  readonly bias?: boolean;
  /** Sequences are (B, T, E) instead of (T, B, E). */
  readonly batchFirst?: boolean;
  /** Width of the keys that are given (default E). */
  readonly kdim?: number;
  /** Width of the values that are given (default E). */
  readonly vdim?: number;
  /** One more key and value, learned, that every query may see. */
  readonly addBiasKv?: boolean;
  /** One more key and value of zeros: a query may attend to nothing. */
  readonly addZeroAttn?: boolean;
}
export interface MultiheadAttentionCall {
  /** (B, S): bool, true marks keys that must not be seen, or numbers added to their scores. */
  readonly keyPaddingMask?: Tensor | null;
  /** (T, S) or (B * heads, T, S): bool, true where a key must not be seen, or numbers added to the scores. */
  readonly attnMask?: Tensor | null;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Also give the weights. */
  readonly needWeights?: boolean;
  /** The weights are averaged over the heads (default true). */
  readonly averageAttnWeights?: boolean;
}

/**
 * Attention in several heads: queries, keys and values are projected, each head attends in its share of the width, and
 * the results are projected back. Masks mean what they mean in PyTorch's module: true hides. Vaswani et al. 2017.
 */
export class MultiheadAttention extends Module {
  readonly in_proj_weight: Tensor | null;
  readonly q_proj_weight: Tensor | null;
  readonly k_proj_weight: Tensor | null;
  readonly v_proj_weight: Tensor | null;
  readonly in_proj_bias: Tensor | null;
  readonly bias_k: Tensor | null;
  readonly bias_v: Tensor | null;
  readonly out_proj: Linear;
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly heads: number;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;

  constructor(embedDim: number, heads: number, options: MultiheadAttentionOptions = {}) {
    super();
    if (embedDim % heads !== 0) {
      throw new UsageError(`MultiheadAttention: ${heads} heads do not divide a width of ${embedDim}`);
    }
    const { kdim = embedDim, vdim = embedDim } = options;
    const draw = (...shape: number[]): Tensor => parameter(xavierUniform(shape));
    const extra = (): Tensor | null => (options.addBiasKv === true ? parameter(xavierNormal([1, 1, embedDim])) : null);
    const together = kdim === embedDim && vdim === embedDim;
    this.in_proj_weight = together ? draw(3 * embedDim, embedDim) : null;
    this.q_proj_weight = together ? null : draw(embedDim, embedDim);
    this.k_proj_weight = together ? null : draw(embedDim, kdim);
    this.v_proj_weight = together ? null : draw(embedDim, vdim);
    this.in_proj_bias = options.bias === false ? null : parameter(zeros([3 * embedDim]));
    this.bias_k = extra();
    this.bias_v = extra();
    this.out_proj = new Linear(embedDim, embedDim, { bias: options.bias ?? true });
    this.out_proj.bias?.assign(zeros([embedDim]));
    this.embedDim = embedDim;
    this.kdim = kdim;
    this.vdim = vdim;
    this.heads = heads;
    this.dropout = options.dropout ?? 0;
    this.batchFirst = options.batchFirst ?? false;
    this.addZeroAttn = options.addZeroAttn ?? false;
  }
  /**
   * Query (B, T, E), key (B, S, kdim) and value (B, S, vdim), batchFirst, or without B; gives the result (B, T, E) and
   * the weights, (B, T, S) or (B, heads, T, S), or null.
   */
  forward(
    query: Tensor, key: Tensor, value: Tensor, call: MultiheadAttentionCall = {},
  ): [output: Tensor, weights: Tensor | null] {
    if (query.shape.length === 2) return this.#alone(query, key, value, call);
    const [q, k, v] = this.#project(query, key, value);                      // (B, h, T | S, E/h)
    const options: AttentionOptions = this.#masks(call, q, k, k.shape[2] - key.shape[this.batchFirst ? 1 : 0]);
    const rate = this.training ? this.dropout : 0;
    let weights: Tensor | null = null, heads: Tensor;
    if (call.needWeights === true) {
      const kept = dropout(attentionWeights(q, k, options), rate);           // (B, h, T, S)
      heads = matmul(kept, v);
      weights = call.averageAttnWeights === false ? kept : mean(kept, 1);
    } else heads = scaledDotProductAttention(q, k, v, { ...options, dropout: rate });
    const [batch, , steps] = heads.shape;
    const joined = reshape(permute(heads, [0, 2, 1, 3]), [batch, steps, this.embedDim]);
    const output = this.out_proj.forward(joined);
    return [this.batchFirst ? output : transpose(output, 0, 1), weights];
  }
  /** One sequence: a batch of one. */
  #alone(query: Tensor, key: Tensor, value: Tensor, call: MultiheadAttentionCall): [Tensor, Tensor | null] {
    const axis = this.batchFirst ? 0 : 1, padding = call.keyPaddingMask ?? null;
    // The same tensor stays the same, so that one product serves all three.
    const wide = new Map([query, key, value].map((x) => [x, unsqueeze(x, axis)]));
    const [output, weights] = this.forward(wide.get(query)!, wide.get(key)!, wide.get(value)!,
      { ...call, keyPaddingMask: padding === null ? null : unsqueeze(padding, 0) });
    return [squeeze(output, axis), weights === null ? null : squeeze(weights, 0)];
  }
  #project(query: Tensor, key: Tensor, value: Tensor): Tensor[] {
    for (const [x, width] of [[query, this.embedDim], [key, this.kdim], [value, this.vdim]] as const) {
      if (x.shape.length !== 3 || x.shape[2] !== width) {
        throw new ShapeError(`MultiheadAttention: an input is ${formatShape(x.shape)}; it needs 3 axes, ` +
          `${this.batchFirst ? "(batch, time, width)" : "(time, batch, width)"}, with a width of ${width}`);
      }
    }
    const first = (x: Tensor): Tensor => (this.batchFirst ? x : transpose(x, 0, 1));
    // One product where all three are the same sequence.
    const [q, k, v] = query === key && key === value && this.in_proj_weight !== null
      ? chunk(linear(first(query), this.in_proj_weight, this.in_proj_bias), 3, 2)
      : this.#separate([query, key, value].map(first));
    return [q, this.#extend(k, this.bias_k), this.#extend(v, this.bias_v)].map((x) => {
      const [batch, steps, width] = x.shape;
      return permute(reshape(x, [batch, steps, this.heads, width / this.heads]), [0, 2, 1, 3]);
    });
  }
  #separate(inputs: readonly Tensor[]): Tensor[] {
    const weights = this.in_proj_weight === null
      ? [this.q_proj_weight!, this.k_proj_weight!, this.v_proj_weight!] : chunk(this.in_proj_weight, 3, 0);
    const biases = this.in_proj_bias === null ? null : split(this.in_proj_bias, this.embedDim);
    return inputs.map((x, i) => linear(x, weights[i], biases?.[i] ?? null));
  }
  /** Keys or values (B, S, E) with those that `addBiasKv` and `addZeroAttn` put behind them. */
  #extend(x: Tensor, learned: Tensor | null): Tensor {
    const [batch, , width] = x.shape, shape = [batch, 1, width];
    return concat([x, ...(learned === null ? [] : [broadcastTo(learned, shape)]),
      ...(this.addZeroAttn ? [zeros(shape, x.dtype)] : [])], 1);
  }
  /** All masks in the sense of `scaledDotProductAttention`; the last `added` keys are seen by everybody. */
  #masks(call: MultiheadAttentionCall, q: Tensor, k: Tensor, added: number): AttentionOptions {
    const [batch, heads, steps] = q.shape, keys = k.shape[2];
    const wide = (mask: Tensor): Tensor => pad(mask, mask.shape.map(() => 0),
      mask.shape.map((_, i) => (i === mask.shape.length - 1 ? added : 0)));
    const { keyPaddingMask = null, attnMask = null, causal = false } = call;
    const hiding: Tensor[] = [];
    if (keyPaddingMask !== null) hiding.push(reshape(wide(keyPaddingMask), [batch, 1, 1, keys]));
    if (attnMask !== null) {
      hiding.push(attnMask.shape.length === 3 ? reshape(wide(attnMask), [batch, heads, steps, keys]) : wide(attnMask));
    }
    if (causal && added > 0) {
      const at = iota(keys), past = le(at, reshape(iota(steps), [steps, 1]));
      hiding.push(logicalNot(logicalOr(past, broadcastTo(ge(at, keys - added), past.shape))));
    }
    return { mask: hiding.map(seen).reduce(both, null), causal: causal && added === 0 };
  }
  protected override describe(): string {
    return `${this.embedDim}, heads=${this.heads}`;
  }
}
/** A mask that hides as one that shows: bool the other way round, numbers as they are. */
const seen = (mask: Tensor): Tensor => (mask.dtype === "bool" ? logicalNot(mask) : mask);
/** Two masks that show as one: both must. */
function both(a: Tensor | null, b: Tensor): Tensor {
  if (a === null) return b;
  if (a.dtype === "bool" && b.dtype === "bool") return logicalAnd(a, b);
  const scores = (mask: Tensor, other: Tensor): Tensor =>
    (mask.dtype === "bool" ? where(mask, zeros([], other.dtype), -Infinity) : mask);
  return add(scores(a, b), scores(b, a));
}
