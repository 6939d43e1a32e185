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

/** Some rows of queries, and the keys that they may see: the first `end`. */
interface Piece {
  readonly first: number;
  readonly rows: number;
  readonly end: number;
}
function piecesOf(q: Tensor, k: Tensor, { chunk, causal }: Attributes): Piece[] {
  const T = q.shape[q.shape.length - 2], S = k.shape[k.shape.length - 2], C = Number(chunk);
  return Array.from({ length: Math.ceil(T / C) }, (_, i) => {
    const first = i * C, rows = Math.min(C, T - first);
    return { first, rows, end: causal === true ? Math.min(S, first + rows) : S };
  });
}
const rowsOf = (x: Tensor, { first, rows }: Piece): Tensor => narrow(x, -2, first, rows);
const seenOf = (x: Tensor, { end }: Piece): Tensor => narrow(x, -2, 0, end);
function maskOf(mask: Tensor | undefined, piece: Piece): Tensor[] {
  if (mask === undefined) return [];
  const [rows, columns] = mask.shape.slice(-2);
  const own = rows === 1 ? mask : rowsOf(mask, piece);
  return [columns === 1 ? own : narrow(own, -1, 0, piece.end)];
}
/**
 * Operands: q (..., T, d), k (..., S, d), v (..., S, e), mask (..., T, S) where there is one. Results: y (..., T, e),
 * and ln of the sum of e^scores of each row, (..., T, 1), from which the gradient finds the weights again.
 */
const CHUNKED: CompositeDefinition = {
  name: "chunkedAttention",
  body: ([q, k, v, mask], attributes) => {
    const parts = piecesOf(q, k, attributes).map((piece) => alone(
      [rowsOf(q, piece), seenOf(k, piece), seenOf(v, piece), ...maskOf(mask, piece)],
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
 * g v^T * weights are those of g * y (Dao et al. 2022, appendix B).
 */
const CHUNKED_GRADIENT: CompositeDefinition = {
  name: "chunkedAttentionGradient",
  body: ([q, k, v, y, sums, g, gSums, mask], attributes) => {
    const { maskGradient, scale } = attributes;
    const mean = sub(sum(mul(g, y), -1, LAST), gSums);                                   // (..., T, 1)
    let gk: Tensor | null = null, gv: Tensor | null = null;
    const parts = piecesOf(q, k, attributes).map((piece) => {
      const own = [q, g, sums, mean].map((x) => rowsOf(x, piece));
      // The gradients of keys and values so far: each piece adds its own, so that one is alive at a time.
      const before: Tensor[] = gk === null || gv === null ? [] : [gk, gv];
      const [gq, nextK, nextV, ...gm] = alone(
        [...own, seenOf(k, piece), seenOf(v, piece), ...before, ...maskOf(mask, piece)],
        ([qi, gi, li, di, ki, vi, ...rest]) => {
          const [mi] = rest.slice(before.length);
          const p = exp(sub(scores(qi, ki, mi, { ...attributes, first: piece.first }), li));
          const ds = mul(p, sub(matmul(gi, transpose(vi)), di));
          const scaled = mul(ds, Number(scale));
          const made = [fit(matmul(transpose(scaled), qi), ki.shape), fit(matmul(transpose(p), gi), vi.shape)];
          const sofar = rest.slice(0, before.length);
          return [fit(matmul(scaled, ki), qi.shape), ...made.map((x, i) => (sofar.length === 0 ? x : add(x,
            grown(sofar[i], piece.end)))), ...(maskGradient === true ? [fit(ds, mi.shape)] : [])];
        });
      gk = nextK;
      gv = nextV;
      return [gq, ...gm.map((x) => (mask.shape[mask.shape.length - 1] === 1 ? x
        : wider(x, mask.shape[mask.shape.length - 1])))];
    });
    const S = k.shape[k.shape.length - 2];
    const joined = concat(parts.map(([gq]) => gq), -2);
    const gradients = [joined, grown(gk!, S), grown(gv!, S)];
    if (maskGradient !== true) return gradients;
    const rows = mask.shape[mask.shape.length - 2];
    const pieces = parts.map(([, gm]) => gm);
    return [...gradients, rows === 1 ? pieces.reduce((a, b) => add(a, b)) : concat(pieces, -2)];
  },
};
/** Zeros behind the rows, or columns, of x. */
const behind = (x: Tensor, axis: number, size: number): Tensor => pad(x, x.shape.map(() => 0),
  x.shape.map((n, i) => (i === x.shape.length + axis ? size - n : 0)));
const grown = (x: Tensor, rows: number): Tensor => behind(x, -2, rows);
const wider = (x: Tensor, columns: number): Tensor => behind(x, -1, columns);

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
