import type { Tensor } from "../../tensor/tensor.ts";
import { UsageError } from "../../vocab/errors.ts";
import { RandomStream } from "../../vocab/random.ts";
import { iota } from "../../ops/create.ts";
import { add, ge, mul, sub } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { concat, reshape } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import { blocksOf, checkOneLength, joinBlocks, within, type SparseAttentionOptions } from "./attention-blocks.ts";
import { scaledDotProductAttention } from "./attention.ts";

/** For each block of queries the blocks of keys that it sees, each named once. */
export type BlockLayout = readonly (readonly number[])[];
export interface BlockSparseAttentionOptions extends SparseAttentionOptions {
  /** Positions of a block. */
  readonly block: number;
}
const indices = (values: readonly number[], shape: readonly number[]): Tensor =>
  tensor(Int32Array.from(values), { shape });

function checkLayout(layout: BlockLayout, T: number, block: number): void {
  const n = Math.ceil(T / block);
  const wrong = layout.findIndex((seen) => seen.length === 0 || new Set(seen).size !== seen.length ||
    seen.some((j) => !Number.isInteger(j) || j < 0 || j >= n));
  if (layout.length !== n || wrong >= 0) {
    throw new UsageError(`blockSparseAttention: ${T} positions in blocks of ${block} are ${n} blocks; ` + (wrong >= 0
      ? `block ${wrong} sees [${layout[wrong].join(", ")}], which must be different numbers below ${n}`
      : `the layout has ${layout.length} rows`));
  }
}
/** Who sees whom in `blockSparseAttention`: bool (T, T). */
export function blockMask(T: number, layout: BlockLayout, { block, causal }: BlockSparseAttentionOptions): Tensor {
  checkLayout(layout, T, block);
  const n = layout.length;
  const seen = indices(layout.flatMap((row) => Array.from({ length: n }, (_, j) => Number(row.includes(j)))), [n, n]);
  const cells = reshape(seen, [n, 1, n, 1]).expand([n, block, n, block]).reshape([n * block, n * block]);
  const mask = cells.narrow(0, 0, T).narrow(1, 0, T).ne(0);
  return causal === true ? mask.logicalAnd(ge(reshape(iota(T), [T, 1]), iota(T))) : mask;
}
/**
 * Attention where each block of queries sees some blocks of keys, whole ones (with `causal` nothing ahead of it).
 *
 * q and k (..., T, d), v (..., T, e), result (..., T, e). Time and memory are those of the pairs of blocks that the
 * layout names. Throws where lengths differ or the layout does not fit. Child et al. 2019; Zaheer et al. 2020.
 */
export function blockSparseAttention(
  q: Tensor, k: Tensor, v: Tensor, layout: BlockLayout, options: BlockSparseAttentionOptions,
): Tensor {
  checkOneLength("blockSparseAttention", q, k, v);
  const { block: b, causal = false, scale } = options, T = q.shape[q.shape.length - 2];
  checkLayout(layout, T, b);
  const [queries, keys, values] = [q, k, v].map((x) => blocksOf(x, b));                   // (..., n, b, d)
  const axis = queries.shape.length - 3, lead = q.shape.slice(0, -2);
  const order: number[] = [], made: Tensor[] = [];
  // Blocks that see equally many are worked on together.
  for (const c of [...new Set(layout.map((seen) => seen.length))].sort((x, y) => x - y)) {
    const own = layout.flatMap((seen, i) => (seen.length === c ? [i] : [])), m = own.length;
    const rows = indices(own, [m]), seen = indices(own.flatMap((i) => [...layout[i]]), [m, c]);
    const gathered = (x: Tensor): Tensor =>
      reshape(take(x, seen, axis), [...lead, m, c * b, x.shape[axis + 2]]);              // (..., m, c b, d)
    const inside = iota(b);
    const at = add(mul(reshape(seen, [m, 1, c, 1]), b), reshape(inside, [1, 1, 1, b])).reshape([m, 1, c * b]);
    const from = add(mul(reshape(rows, [m, 1, 1]), b), reshape(inside, [1, b, 1]));      // (m, b, 1)
    const needed = causal || T % b !== 0;
    const mask = needed ? within(at, T, ...(causal ? [ge(sub(from, at), 0)] : [])) : null;
    made.push(scaledDotProductAttention(take(queries, rows, axis), gathered(keys), gathered(values), { mask, scale }));
    order.push(...own);
  }
  const back = indices(layout.map((_, i) => order.indexOf(i)), [layout.length]);
  return joinBlocks(take(concat(made, -3), back, axis), T);
}

export interface BigBirdOptions {
  /** Blocks seen on each side (default 1). */
  readonly window?: number;
  /** Blocks at the beginning that see everything and are seen by all (default 1). */
  readonly globals?: number;
  /** Further blocks for each, by chance (default 1). */
  readonly random?: number;
  readonly seed?: number;
  /** Only blocks that are not ahead. */
  readonly causal?: boolean;
}
/**
 * The layout of BigBird for n blocks: a window, some global blocks, and some by chance. With it a sequence of any
 * length is connected within two steps, at a cost linear in its length. Zaheer et al., "Big Bird", 2020, section 2.
 */
export function bigBirdLayout(n: number, options: BigBirdOptions = {}): number[][] {
  const { window = 1, globals = 1, random = 1, seed = 0, causal = false } = options;
  const draw = new RandomStream(seed);
  return Array.from({ length: n }, (_, i) => {
    const all = Array.from({ length: causal ? i + 1 : n }, (_, j) => j);
    const fixed = all.filter((j) => i < globals || j < globals || Math.abs(i - j) <= window);
    const rest = all.filter((j) => !fixed.includes(j));
    const chosen = [...draw.permutation(rest.length)].slice(0, random).map((at) => rest[at]);
    return [...fixed, ...chosen].sort((x, y) => x - y);
  });
}
