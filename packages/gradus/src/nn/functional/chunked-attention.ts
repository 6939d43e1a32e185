import type { Tensor } from "../../tensor/tensor.ts";
import { UsageError } from "../../vocab/errors.ts";
import type { Attributes, CompositeDefinition } from "../../ir/op.ts";
import { applyAll } from "../../ops/composite.ts";
import { matmul } from "../../ops/contract.ts";
import { zerosLike } from "../../ops/create.ts";
import { add, div, eq, exp, log, mul, sub, where } from "../../ops/elementwise.ts";
import { concat, narrow, pad, reshape, transpose } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { alone } from "./alone.ts";
import { fit, LAST, scores, shiftOf } from "./attention-scores.ts";
import { attributesOf, grouped, type AttentionOptions } from "./dense-attention.ts";

/** Some rows of queries, keys or values. */
interface Rows {
  readonly first: number;
  readonly rows: number;
}
/** Some queries, and the keys that they may see: the first `end`. */
interface Piece extends Rows {
  readonly end: number;
}
function piecesOf(q: Tensor, k: Tensor, { chunk, causal }: Attributes): Piece[] {
  const T = q.shape[q.shape.length - 2], S = k.shape[k.shape.length - 2], C = Number(chunk);
  return Array.from({ length: Math.ceil(T / C) }, (_, i) => {
    const first = i * C, rows = Math.min(C, T - first);
    return { first, rows, end: causal === true ? Math.min(S, first + rows) : S };
  });
}
const rowsOf = (x: Tensor, { first, rows }: Rows): Tensor => narrow(x, -2, first, rows);
const seenOf = (x: Tensor, { end }: Piece): Tensor => narrow(x, -2, 0, end);
/** The part of a mask for some queries and some keys. */
function maskOf(mask: Tensor | undefined, queries: Rows, keys: Rows): Tensor[] {
  if (mask === undefined) return [];
  const [rows, columns] = mask.shape.slice(-2);
  const own = rows === 1 ? mask : rowsOf(mask, queries);
  return [columns === 1 ? own : narrow(own, -1, keys.first, keys.rows)];
}
/**
 * Operands: q (..., T, d), k (..., S, d), v (..., S, e), mask (..., T, S) where there is one. Results: y (..., T, e),
 * and ln of the sum of e^scores of each row, (..., T, 1), from which the gradient finds the weights again.
 */
const CHUNKED: CompositeDefinition = {
  name: "chunkedAttention",
  body: ([q, k, v, mask], attributes) => {
    const parts = piecesOf(q, k, attributes).map((piece) => alone(
      [rowsOf(q, piece), seenOf(k, piece), seenOf(v, piece), ...maskOf(mask, piece, { first: 0, rows: piece.end })],
      ([qi, ki, vi, mi]) => {
        const s = scores(qi, ki, mi, { ...attributes, first: piece.first });             // (..., C, end)
        const shift = shiftOf(s), e = exp(sub(s, shift));
        const total = sum(e, -1, LAST), whole = where(eq(total, 0), 1, total);
        return [div(matmul(e, vi), whole), add(shift, log(whole))];
      }));
    return [0, 1].map((i) => concat(parts.map((part) => part[i]), -2));
  },
  vjp: ([q, k, v, ...mask], [y, sums], [g, gSums], attributes) => (g === null && gSums === null ? [] :
    applyAll(CHUNKED_GRADIENT, [q, k, v, y, sums, g ?? zerosLike(y), gSums ?? zerosLike(sums), ...mask],
      { ...attributes, maskGradient: mask.length > 0 && mask[0].requiresGrad })),
};
/**
 * Gradients of q, k, v and, if asked, of an added mask. The weights are e^(scores - sums); the row sums of
 * g v^T * weights are those of g * y (Dao et al. 2022, appendix B). Keys and values take turns, the last first: each
 * chunk finds its own gradients from all queries that see it, and adds its share to theirs.
 */
const CHUNKED_GRADIENT: CompositeDefinition = {
  name: "chunkedAttentionGradient",
  body: ([q, k, v, y, sums, g, gSums, mask], attributes) => {
    const { maskGradient, scale, causal } = attributes;
    const mean = sub(sum(mul(g, y), -1, LAST), gSums);                                   // (..., T, 1)
    const T = q.shape[q.shape.length - 2], S = k.shape[k.shape.length - 2];
    const seen = causal === true ? Math.min(S, T) : S, C = Number(attributes.chunk);
    const starts = Array.from({ length: Math.ceil(seen / C) }, (_, i) => i * C);
    let gq: Tensor | null = null;
    const parts = starts.reverse().map((at) => {
      const rows = { first: causal === true ? at : 0, rows: causal === true ? T - at : T };
      const columns = { first: at, rows: Math.min(C, seen - at) };
      const own = [q, g, sums, mean].map((x) => rowsOf(x, rows));
      const before: Tensor[] = gq === null ? [] : [gq];
      const [nextQ, gk, gv, ...gm] = alone(
        [...own, rowsOf(k, columns), rowsOf(v, columns), ...before, ...maskOf(mask, rows, columns)],
        ([qi, gi, li, di, ki, vi, ...rest]) => {
          const [mi] = rest.slice(before.length), [sofar] = rest;
          const p = exp(sub(scores(qi, ki, mi, attributes), li));                        // (..., rows, C)
          const ds = mul(p, sub(matmul(gi, transpose(vi)), di));
          const scaled = mul(ds, Number(scale));
          const share = (x: Tensor): Tensor => fit(matmul(x, ki), [...qi.shape.slice(0, -2), ...x.shape.slice(-2, -1),
            qi.shape[qi.shape.length - 1]]);
          const old = before.length === 0 ? 0 : sofar.shape[sofar.shape.length - 2], fresh = rows.rows - old;
          const shares = [...(fresh > 0 ? [share(narrow(scaled, -2, 0, fresh))] : []),
            ...(old > 0 ? [add(share(narrow(scaled, -2, fresh, old)), sofar)] : [])];
          return [concat(shares, -2), fit(matmul(transpose(scaled), qi), ki.shape),
            fit(matmul(transpose(p), gi), vi.shape), ...(maskGradient === true ? [fit(ds, mi.shape)] : [])];
        });
      gq = nextQ;
      return { gk, gv, gm };
    }).reverse();
    const joined = (pieces: readonly Tensor[]): Tensor => padded(concat(pieces, -2), -2, 0, S);
    const gradients = [gq!, joined(parts.map(({ gk }) => gk)), joined(parts.map(({ gv }) => gv))];
    if (maskGradient !== true) return gradients;
    const [high, wide] = mask.shape.slice(-2);
    const pieces = parts.map(({ gm: [x] }) =>
      (high === 1 ? x : padded(x, -2, high - x.shape[x.shape.length - 2], high)));
    return [...gradients, wide === 1 ? pieces.reduce((a, b) => add(a, b)) : padded(concat(pieces, -1), -1, 0, wide)];
  },
};
/** x with `low` zeros before it along an axis, and as many behind it as make up `size`. */
const padded = (x: Tensor, axis: number, low: number, size: number): Tensor => {
  const at = x.shape.length + axis;
  return pad(x, x.shape.map((_, i) => (i === at ? low : 0)), x.shape.map((n, i) => (i === at ? size - low - n : 0)));
};

export interface ChunkedAttentionOptions extends Omit<AttentionOptions, "dropout" | "generator"> {
  /**
   * Queries that are worked on at a time; default 64, beyond 512 queries 128, beyond 2048 256: a program has a part for
   * each chunk.
   */
  readonly chunk?: number;
}
/**
 * Exactly `scaledDotProductAttention`, without the matrix of all scores: queries take turns in chunks, and the gradient
 * computes the weights of each chunk again, so that memory grows linearly with the length; with `causal` a chunk does
 * not compute what it may not see. q (..., T, d), k (..., S, d), v (..., S, e), result (..., T, e). Throws a UsageError
 * where shapes do not fit. Dao et al., "FlashAttention", 2022; Rabe and Staats, "Self-attention does not need O(n^2)
 * memory", 2021.
 */
export function chunkedAttention(q: Tensor, k: Tensor, v: Tensor, options: ChunkedAttentionOptions = {}): Tensor {
  if (options.enableGqa === true) return grouped(q, k, v, options, chunkedAttention);
  const T = q.shape[q.shape.length - 2];
  const { mask = null, chunk = T > 2048 ? 256 : T > 512 ? 128 : 64 } = options;
  if (!Number.isInteger(chunk) || chunk < 1) {
    throw new UsageError(`chunkedAttention: a chunk of ${chunk} queries; use a whole number from 1 on`);
  }
  const masks = mask === null ? [] : [mask.shape.length < 2 ? reshape(mask, [1, mask.numel]) : mask];
  return applyAll(CHUNKED, [q, k, v, ...masks], { ...attributesOf(q, k, options), chunk })[0];
}
