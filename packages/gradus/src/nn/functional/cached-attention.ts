import { iota } from "../../ops/create.ts";
import { le } from "../../ops/elementwise.ts";
import { indexCopy } from "../../ops/indexing.ts";
import { reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { scaledDotProductAttention } from "./attention.ts";

/** Keys (B, G, S, d) and values (B, G, S, e) of the positions so far; what lies behind them is not read. */
export interface KeyValueCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}
/**
 * Attention of one new position: q (B, H, 1, d) looks at itself and all before it. k (B, G, 1, d) and v (B, G, 1, e)
 * go into the cache at `position` (a whole number, i32, shape []); G < H heads of keys serve H / G queries each.
 * The cache keeps its size, so each step is the same program; a cache that is donated to it (`compile`) is written in
 * place. Result (B, H, 1, e) and the next cache. Throws an IndexError where the position lies behind the cache.
 */
export function cachedAttention(
  q: Tensor, k: Tensor, v: Tensor, cache: KeyValueCache, position: Tensor,
): { y: Tensor; cache: KeyValueCache } {
  const S = cache.keys.shape[2];
  const at = reshape(position, [1]);
  const keys = indexCopy(cache.keys, 2, at, k), values = indexCopy(cache.values, 2, at, v);
  const mask = reshape(le(iota(S), position), [1, S]);
  const y = scaledDotProductAttention(q, keys, values, { mask, enableGqa: q.shape[1] !== k.shape[1] });
  return { y, cache: { keys, values } };
}
