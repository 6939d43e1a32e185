import type { Tensor } from "../../tensor/tensor.ts";
import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import { matmul } from "../../ops/contract.ts";
import { scaledDotProductAttention } from "./attention.ts";

/**
 * Linformer: keys and values are mixed along time into r rows before they are attended to,
 * softmax(q (E k)^T / sqrt(d)) (F v).
 *
 * q (..., T, d), k (..., S, d), v (..., S, e), E and F (r, S) or with leading axes of their own; result (..., T, e).
 * Time and memory are O(T r). There is no causal form: each of the r rows has seen the whole sequence. Throws a
 * ShapeError where E or F do not fit S. Wang et al., "Linformer: self-attention with linear complexity", 2020.
 */
export function lowRankAttention(
  q: Tensor, k: Tensor, v: Tensor, E: Tensor, F: Tensor, options: { readonly scale?: number } = {},
): Tensor {
  for (const [name, projection, x] of [["E", E, k], ["F", F, v]] as const) {
    const S = x.shape[x.shape.length - 2];
    if (projection.shape.length < 2 || projection.shape[projection.shape.length - 1] !== S) {
      throw new ShapeError(`lowRankAttention: ${name} is ${formatShape(projection.shape)}; for a sequence of ${S} it ` +
        `must be (rank, ${S})`);
    }
  }
  return scaledDotProductAttention(q, matmul(E, k), matmul(F, v), options);
}
