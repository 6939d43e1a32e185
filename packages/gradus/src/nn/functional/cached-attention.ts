import { iota } from "../../ops/create.ts";
import { eq, le, where } from "../../ops/elementwise.ts";
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
 * The cache keeps its size, so each step is the same program. Result (B, H, 1, e) and the next cache.
 */
export function cachedAttention(
  q: Tensor, k: Tensor, v: Tensor, cache: KeyValueCache, position: Tensor,
): { y: Tensor; cache: KeyValueCache } {
  const S = cache.keys.shape[2];
  const here = reshape(eq(iota(S), position), [S, 1]);
  const keys = where(here, k, cache.keys), values = where(here, v, cache.values);
  const mask = reshape(le(iota(S), position), [1, S]);
  const y = scaledDotProductAttention(q, keys, values, { mask, enableGqa: q.shape[1] !== k.shape[1] });
  return { y, cache: { keys, values } };
}
