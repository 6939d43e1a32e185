import type { Tensor } from "../../tensor/tensor.ts";
import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import { iota } from "../../ops/create.ts";
import { add, logicalAnd, sub } from "../../ops/elementwise.ts";
import { concat, narrow, pad, reshape } from "../../ops/movement.ts";

/** What sparse forms of attention share: sequences in blocks, and blocks beside their neighbours. */
export interface SparseAttentionOptions {
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Factor of the scores; default 1 / sqrt(d). */
  readonly scale?: number;
}

/** Queries, keys and values (..., T, d) of one length. Throws a ShapeError where they are not. */
export function checkOneLength(name: string, q: Tensor, k: Tensor, v: Tensor): void {
  const rank = q.shape.length;
  if (rank >= 2 && sameShape(q.shape, k.shape) && sameShape(q.shape.slice(0, -1), v.shape.slice(0, -1))) return;
  const shapes = [q, k, v].map((x) => formatShape(x.shape)).join(", ");
  throw new ShapeError(`${name}: queries, keys and values are ${shapes}; each must be (..., time, features), of one ` +
    "length, queries and keys alike");
}
/** The sequence (..., T, d) in blocks, (..., n, b, d), with zeros behind the end. */
export function blocksOf(x: Tensor, b: number): Tensor {
  const rank = x.shape.length, T = x.shape[rank - 2], n = Math.ceil(T / b);
  const whole = pad(x, x.shape.map(() => 0), x.shape.map((_, i) => (i === rank - 2 ? n * b - T : 0)));
  return reshape(whole, [...x.shape.slice(0, -2), n, b, x.shape[rank - 1]]);
}
/** Blocks (..., n, b, d) as one sequence again, (..., T, d). */
export function joinBlocks(x: Tensor, T: number): Tensor {
  const [n, b, d] = x.shape.slice(-3);
  return narrow(reshape(x, [...x.shape.slice(0, -3), n * b, d]), -2, 0, T);
}
/** Each block beside those before and after it: (..., n, b, d) to (..., n, (before + 1 + after) b, d). */
export function neighbours(x: Tensor, before: number, after: number, fill = 0): Tensor {
  const rank = x.shape.length, n = x.shape[rank - 3];
  const at = (low: number, high: number): number[] => x.shape.map((_, i) => (i === rank - 3 ? low : high));
  const padded = pad(x, at(before, 0), at(after, 0), fill);
  return concat(Array.from({ length: before + 1 + after }, (_, i) => narrow(padded, -3, i, n)), -2);
}
/** Positions of the rows of blocks, (n, b, 1), and of the keys in front of them, (n, 1, (before + 1 + after) b). */
export function positionsOf(
  n: number, b: number, before: number, after: number,
): { readonly rows: Tensor; readonly keys: Tensor } {
  const starts = reshape(iota(n), [n, 1, 1]).mul(b), width = (before + 1 + after) * b;
  return {
    rows: add(starts, reshape(iota(b), [1, b, 1])),
    keys: add(starts, reshape(sub(iota(width), before * b), [1, 1, width])),
  };
}
/** True where a key lies inside the sequence, and all other conditions hold. */
export const within = (keys: Tensor, T: number, ...conditions: readonly Tensor[]): Tensor =>
  conditions.reduce((a, b) => logicalAnd(a, b), logicalAnd(keys.ge(0), keys.lt(T)));
