import type { Tensor } from "../../tensor/tensor.ts";
import { UsageError } from "../../vocab/errors.ts";
import { iota } from "../../ops/create.ts";
import { abs, le, logicalAnd, sub } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/movement.ts";
import {
  blocksOf, checkOneLength, joinBlocks, neighbours, positionsOf, within, type SparseAttentionOptions,
} from "./attention-blocks.ts";
import { scaledDotProductAttention } from "./attention.ts";

export interface LocalAttentionOptions extends SparseAttentionOptions {
  /** How far a position sees to each side; with `causal` to the left only. */
  readonly window: number;
}
/** Whether the key at a position may be seen from a row at most `window` away. */
export function nearby(rows: Tensor, keys: Tensor, { window, causal }: LocalAttentionOptions): Tensor {
  const distance = sub(rows, keys);
  const near = le(abs(distance), window);
  return causal === true ? logicalAnd(near, distance.ge(0)) : near;
}
/** Who sees whom in `localAttention`: bool (T, T). */
export const localMask = (T: number, options: LocalAttentionOptions): Tensor =>
  nearby(reshape(iota(T), [T, 1]), iota(T), options);

/**
 * Attention in a sliding window: position i sees i - window to i + window (`causal`: to i), w = window.
 *
 * q and k (..., T, d), v (..., T, e), result (..., T, e). Blocks of w queries stand in front of the two or three blocks
 * of keys that they may see, so that time and memory are O(T w). Throws where lengths differ. Child et al., "Generating
 * long sequences with sparse transformers", 2019; Beltagy et al., "Longformer", 2020.
 */
export function localAttention(q: Tensor, k: Tensor, v: Tensor, options: LocalAttentionOptions): Tensor {
  checkOneLength("localAttention", q, k, v);
  const { window, causal = false, scale } = options;
  if (!Number.isInteger(window) || window < 0) {
    throw new UsageError(`localAttention: a window of ${window}; use a whole number of positions from 0 on`);
  }
  const T = q.shape[q.shape.length - 2], b = Math.max(1, window);
  if (b >= T) return scaledDotProductAttention(q, k, v, { causal, scale, mask: localMask(T, options) });
  const after = causal ? 0 : 1, blocks = blocksOf(q, b);                                 // (..., n, w, d)
  const { rows, keys } = positionsOf(blocks.shape[blocks.shape.length - 3], b, 1, after);
  const mask = within(keys, T, nearby(rows, keys, options));                             // (n, w, 2w | 3w)
  const [near, values] = [k, v].map((x) => neighbours(blocksOf(x, b), 1, after));        // (..., n, 2w | 3w, d)
  return joinBlocks(scaledDotProductAttention(blocks, near, values, { mask, scale }), T);
}
