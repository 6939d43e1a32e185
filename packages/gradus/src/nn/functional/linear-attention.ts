import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import { matmul } from "../../ops/contract.ts";
import { ones, zeros } from "../../ops/create.ts";
import { add, exp, mul } from "../../ops/elementwise.ts";
import { reshape, squeeze, unsqueeze } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { stateSpaceDuality } from "./state-space-duality.ts";

export interface LinearAttentionOptions {
  /** How much a step fades, as a logarithm, for each head: (H); default 0, nothing is forgotten. */
  readonly logDecay?: Tensor;
  /** Steps that are computed as one matrix product (default 64); T is the parallel form, of the same numbers. */
  readonly chunk?: number;
}
/**
 * Attention without softmax, forwards in time: y[t] = q[t] S[t], S[t] = e^logDecay S[t-1] + k[t]^T v[t].
 *
 * q and k (B, T, H, N), v (B, T, H, P), result as v. It is the state space of `stateSpaceDuality` with v for its input,
 * k and q for B and C, and a decay that does not depend on what is read: in one product of masked matrices, chunk by
 * chunk, or with `linearAttentionStep` one token at a time. Katharopoulos et al. 2020; Sun et al. 2023.
 */
export function linearAttention(q: Tensor, k: Tensor, v: Tensor, options: LinearAttentionOptions = {}): Tensor {
  if (v.shape.length !== 4 || String(q.shape) !== String(k.shape) || String(q.shape.slice(0, 3)) !==
    String(v.shape.slice(0, 3))) {
    throw new ShapeError(`linearAttention: q, k and v are ${[q, k, v].map((x) => formatShape(x.shape)).join(", ")}; ` +
      "each must be (batch, time, heads, features), q and k alike");
  }
  const [B, T, H] = v.shape, none = zeros([H], v.dtype);
  return stateSpaceDuality(v, ones([B, T, H], v.dtype), options.logDecay ?? none, k, q, none, options.chunk);
}
/** One token of the same: q and k (B, H, N), v (B, H, P), the state S (B, H, N, P). */
export function linearAttentionStep(
  q: Tensor, k: Tensor, v: Tensor, state: Tensor, logDecay?: Tensor,
): { readonly y: Tensor; readonly state: Tensor } {
  const kept = logDecay === undefined ? state : mul(state, reshape(exp(logDecay), [-1, 1, 1]));
  const next = add(kept, mul(unsqueeze(k, 3), unsqueeze(v, 2)));
  return { y: squeeze(matmul(unsqueeze(q, 2), next), 2), state: next };
}
