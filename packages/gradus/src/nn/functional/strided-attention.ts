import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { UsageError } from "../../vocab/errors.ts";
import { apply } from "../../ops/composite.ts";
import { matmul } from "../../ops/contract.ts";
import { iota } from "../../ops/create.ts";
import { abs, add, ge, le, logicalAnd, logicalOr, mul, remainder, sub, where } from "../../ops/elementwise.ts";
import { concat, narrow, reshape, transpose } from "../../ops/movement.ts";
import {
  blocksOf, checkOneLength, joinBlocks, neighbours, positionsOf, within, type SparseAttentionOptions,
} from "./attention-blocks.ts";
import { weights } from "./attention-scores.ts";
import { nearby } from "./local-attention.ts";

export interface StridedAttentionOptions extends SparseAttentionOptions {
  /** The window, and the distance of the positions seen beyond it: l, about the square root of the length. */
  readonly stride: number;
}
/** Who sees whom in `stridedAttention`: bool (T, T). */
export function stridedMask(T: number, { stride, causal }: StridedAttentionOptions): Tensor {
  const rows = reshape(iota(T), [T, 1]), distance = sub(rows, iota(T));
  const seen = logicalOr(le(abs(distance), stride), remainder(distance, stride).eq(0));
  return causal === true ? logicalAnd(seen, ge(distance, 0)) : seen;
}
/** Operands q, k (..., T, d) and v (..., T, e). Letters: l stride, n = T / l blocks. */
const STRIDED: CompositeDefinition = {
  name: "stridedAttention",
  body: ([q, k, v], { stride, causal, scale }) => {
    const l = Number(stride), T = q.shape[q.shape.length - 2], after = causal === true ? 0 : 1;
    const [queries, keys, values] = [q, k, v].map((x) => blocksOf(x, l));                // (..., n, l, d)
    const n = queries.shape[queries.shape.length - 3];
    const turned = (x: Tensor): Tensor => transpose(x, -3, -2);
    const at = positionsOf(n, l, 1, after);
    const near = mul(matmul(queries, transpose(neighbours(keys, 1, after))), Number(scale)); // (..., n, l, 2l | 3l)
    const local = where(within(at.keys, T, nearby(at.rows, at.keys, { window: l, causal: causal === true })),
      near, -Infinity);
    // The same place in every block: what is at least two blocks away, for the window has seen the others.
    const far = turned(mul(matmul(turned(queries), transpose(turned(keys))), Number(scale))); // (..., n, l, n)
    const block = reshape(iota(n), [1, 1, n]), own = reshape(iota(n), [n, 1, 1]), apart = sub(own, block);
    const position = add(mul(block, l), reshape(iota(l), [1, l, 1]));
    const beyond = where(within(position, T, ge(causal === true ? apart : abs(apart), 2)), far, -Infinity);
    const p = weights(concat([local, beyond], -1)), width = local.shape[local.shape.length - 1];
    const y = matmul(narrow(p, -1, 0, width), neighbours(values, 1, after));             // (..., n, l, e)
    return joinBlocks(add(y, turned(matmul(turned(narrow(p, -1, width, n)), turned(values)))), T);
  },
};
/**
 * Strided sparse attention: position i sees the `stride` positions around it and every stride-th position beyond
 * (`causal`: those before it), under one softmax.
 *
 * q and k (..., T, d), v (..., T, e), result (..., T, e). Time and memory are O(T (l + T / l)), O(T sqrt(T)) at best.
 * Throws where lengths differ. Child et al., "Generating long sequences with sparse transformers", 2019, section 4.3.
 */
export function stridedAttention(q: Tensor, k: Tensor, v: Tensor, options: StridedAttentionOptions): Tensor {
  checkOneLength("stridedAttention", q, k, v);
  const { stride, causal = false, scale = 1 / Math.sqrt(q.shape[q.shape.length - 1]) } = options;
  if (!Number.isInteger(stride) || stride < 1) {
    throw new UsageError(`stridedAttention: a stride of ${stride}; use a whole number of positions from 1 on`);
  }
  return apply(STRIDED, [q, k, v], { stride, causal, scale });
}
