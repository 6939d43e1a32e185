import type { Tensor } from "../../tensor/tensor.ts";
import { matmul } from "../../ops/contract.ts";
import { chunkedAttention } from "./chunked-attention.ts";
import { attentionWeights, denseAttention, grouped, type AttentionOptions } from "./dense-attention.ts";
import { dropout } from "./dropout.ts";

/**
 * So many queries are worked on in chunks: from there on that is faster than the matrix of all scores, as well as
 * smaller. Causal chunks skip what they may not see. Measured: bench/NOTES.md, "Attention by length".
 */
const CHUNKED_FROM = { causal: 256, full: 1024 } as const;

/**
 * softmax(q k^T / sqrt(d)) v: q (..., T, d), k (..., S, d), v (..., S, e), result (..., T, e). Long sequences take
 * memory linear in T (`chunkedAttention`), unless weights are dropped. Throws a UsageError where shapes do not fit.
 * Vaswani et al. 2017.
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  if (options.enableGqa === true) return grouped(q, k, v, options, scaledDotProductAttention);
  if ((options.dropout ?? 0) > 0) {
    return matmul(dropout(attentionWeights(q, k, options), options.dropout, true, options), v);
  }
  const from = options.causal === true ? CHUNKED_FROM.causal : CHUNKED_FROM.full;
  const attend = q.shape[q.shape.length - 2] >= from ? chunkedAttention : denseAttention;
  return attend(q, k, v, options);
}
