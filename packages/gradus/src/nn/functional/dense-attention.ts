import type { Tensor } from "../../tensor/tensor.ts";
import type { RandomOptions } from "../../tensor/random.ts";
import { UsageError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Attributes, CompositeDefinition } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { matmul } from "../../ops/contract.ts";
import { mul, sub } from "../../ops/elementwise.ts";
import { reshape, transpose } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { fit, LAST, scores, weights } from "./attention-scores.ts";

/**
 * Gradients of q, k, v and, if asked, of an added mask: operands q, k, v, the result, its gradient, the mask. The row
 * sums of g v^T * weights are those of g * result (Dao et al., "FlashAttention", 2022, appendix B).
 */
const ATTENTION_GRADIENT: CompositeDefinition = {
  name: "attentionGradient",
  body: ([q, k, v, y, g, mask], attributes) => {
    const p = weights(scores(q, k, mask, attributes));
    const ds = mul(p, sub(matmul(g, transpose(v)), sum(mul(g, y), -1, LAST)));
    const scaled = mul(ds, Number(attributes.scale));
    const gradients = [
      fit(matmul(scaled, k), q.shape), fit(matmul(transpose(scaled), q), k.shape),
      fit(matmul(transpose(p), g), v.shape),
    ];
    return attributes.maskGradient === true ? [...gradients, fit(ds, mask.shape)] : gradients;
  },
};
/** Operands: q (..., T, d), k (..., S, d), v (..., S, e), mask (..., T, S) where there is one. */
const ATTENTION: CompositeDefinition = {
  name: "attention",
  body: ([q, k, v, mask], attributes) => matmul(weights(scores(q, k, mask, attributes)), v),
  vjp: ([q, k, v, ...mask], [y], [g], attributes) => (g === null ? [] :
    applyAll(ATTENTION_GRADIENT, [q, k, v, y, g, ...mask],
      { ...attributes, maskGradient: mask.length > 0 && mask[0].requiresGrad })),
};

export interface AttentionOptions extends RandomOptions {
  /** Bool (true: may be seen) or numbers that are added to the scores; broadcasts to (..., T, S). */
  readonly mask?: Tensor | null;
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Probability of dropping an attention weight, where training is on. */
  readonly dropout?: number;
  /** Factor of the scores; default 1 / sqrt(d). */
  readonly scale?: number;
  /**
   * Keys and values (..., heads / n, S, d) serve n heads of queries (..., heads, T, d) each. Ainslie et al., "GQA",
   * 2023; with one head of keys: Shazeer, "Fast transformer decoding", 2019.
   */
  readonly enableGqa?: boolean;
}
/** What the composites of attention are told. Throws where queries and keys do not fit. */
export function attributesOf(q: Tensor, k: Tensor, options: AttentionOptions): Attributes {
  const width = q.shape[q.shape.length - 1];
  if (q.shape.length < 2 || width !== k.shape[k.shape.length - 1]) {
    throw new UsageError(`attention: queries ${formatShape(q.shape)} and keys ${formatShape(k.shape)} need two ` +
      "axes or more and the same last size");
  }
  return { causal: options.causal ?? false, scale: options.scale ?? 1 / Math.sqrt(width) };
}
/** Attention of queries, keys and values: one of the functions of this folder. */
type Attend<O> = (q: Tensor, k: Tensor, v: Tensor, options: O) => Tensor;
/** Heads of queries in groups, (..., groups, n, T, d), beside keys and values (..., groups, 1, S, d). */
export function grouped<O extends AttentionOptions>(
  q: Tensor, k: Tensor, v: Tensor, options: O, attend: Attend<O>,
): Tensor {
  const axis = q.shape.length - 3, heads = q.shape[axis], groups = k.shape[axis];
  if (axis < 0 || k.shape.length !== q.shape.length || v.shape[axis] !== groups || heads % groups !== 0) {
    throw new UsageError(`scaledDotProductAttention: queries ${formatShape(q.shape)} do not divide among keys ` +
      `${formatShape(k.shape)} and values ${formatShape(v.shape)}; with enableGqa the third axis from the end counts ` +
      "heads, and those of keys and values divide those of queries");
  }
  const apart = (x: Tensor, ...parts: number[]): Tensor =>
    reshape(x, [...x.shape.slice(0, -3), ...parts, ...x.shape.slice(-2)]);
  const shared = (x: Tensor): Tensor => apart(x, groups, 1);
  const own = (x: Tensor): Tensor => apart(x, groups, heads / groups);
  const mask = options.mask ?? null;
  const divided = mask === null || mask.shape.length < 3 ? mask
    : mask.shape[mask.shape.length - 3] === 1 ? apart(mask, 1, 1) : own(mask);
  const y = attend(own(q), shared(k), shared(v), { ...options, mask: divided, enableGqa: false });
  return reshape(y, [...y.shape.slice(0, -4), heads, ...y.shape.slice(-2)]);
}
/** Attention with the matrix of all its scores in memory. Operands and result as in scaledDotProductAttention. */
export function denseAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const mask = options.mask ?? null;
  return apply(ATTENTION, [q, k, v, ...(mask === null ? [] : [mask])], attributesOf(q, k, options));
}
const WEIGHTS: CompositeDefinition = {
  name: "attentionWeights",
  body: ([q, k, mask], attributes) => weights(scores(q, k, mask, attributes)),
};
/** The attention weights softmax(q k^T / sqrt(d)) themselves, (..., T, S): to look at, or to drop some. */
export function attentionWeights(q: Tensor, k: Tensor, options: AttentionOptions = {}): Tensor {
  const mask = options.mask ?? null;
  return apply(WEIGHTS, [q, k, ...(mask === null ? [] : [mask])], attributesOf(q, k, options));
}
