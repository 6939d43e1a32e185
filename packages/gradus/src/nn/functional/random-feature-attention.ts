import type { Tensor } from "../../tensor/tensor.ts";
import type { RandomOptions } from "../../tensor/random.ts";
import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sizeOf } from "../../vocab/shape.ts";
import { withGradients } from "../../ir/emit.ts";
import { matmul } from "../../ops/contract.ts";
import { ones } from "../../ops/create.ts";
import { add, div, exp, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { concat, narrow, reshape, transpose } from "../../ops/movement.ts";
import { amax, sum } from "../../ops/reduce.ts";
import { normal, orthogonal } from "../init.ts";
import { checkOneLength } from "./attention-blocks.ts";
import { LAST } from "./attention-scores.ts";
import { linearAttention } from "./linear-attention.ts";

/**
 * Directions W (m, d) for `randomFeatureAttention`: rows of each block of d are orthogonal, of the length of a normal
 * vector. Each row alone is normal, together they cover space more evenly. Choromanski et al. 2021, section 2.4.
 */
export function orthogonalFeatures(m: number, d: number, options: RandomOptions = {}): Tensor {
  const blocks = Array.from({ length: Math.ceil(m / d) }, (_, i) =>
    narrow(orthogonal([d, d], 1, options), 0, 0, Math.min(d, m - i * d)));
  const lengths = sqrt(sum(square(normal([m, d], 0, 1, options)), 1, LAST));
  return mul(concat(blocks, 0), lengths);
}
/**
 * Positive features whose products are e^(x y) on average: e^(W x - |x|^2 / 2 - shift) / sqrt(m), x (..., T, d). The
 * shift keeps exponents at most 0: it is a factor of each row, or of all rows, that attention divides out again.
 */
function features(x: Tensor, W: Tensor, scale: number, axes: readonly number[], epsilon: number): Tensor {
  const [m] = W.shape, scaled = mul(x, Math.sqrt(scale));
  const half = mul(sum(square(scaled), -1, LAST), 0.5);
  const exponent = sub(matmul(scaled, transpose(W)), half);                              // (..., T, m)
  const shift = withGradients(false, () => amax(exponent, axes, LAST));
  return mul(add(exp(sub(exponent, shift)), epsilon), 1 / Math.sqrt(m));
}
export interface RandomFeatureAttentionOptions {
  /** Position i sees positions up to i only. */
  readonly causal?: boolean;
  /** Factor of the scores; default 1 / sqrt(d). */
  readonly scale?: number;
  /** Added to every feature, so that no sum of them is 0 (default 1e-6). */
  readonly epsilon?: number;
}
/**
 * Performer (FAVOR+): softmax attention, where e^(q k) is the product of positive random features of q and of k, so
 * that sums over keys are made once for all queries; the error falls as 1 / sqrt(m).
 *
 * q and k (..., T, d), v (..., T, e), W (m, d) as `orthogonalFeatures` draws it, result (..., T, e). Time and memory
 * are O(T m). Throws a ShapeError where shapes do not fit. Choromanski et al., "Rethinking attention with performers",
 * 2021.
 */
export function randomFeatureAttention(
  q: Tensor, k: Tensor, v: Tensor, W: Tensor, options: RandomFeatureAttentionOptions = {},
): Tensor {
  checkOneLength("randomFeatureAttention", q, k, v);
  const [T, d] = q.shape.slice(-2), e = v.shape[v.shape.length - 1], lead = q.shape.slice(0, -2);
  if (W.shape.length !== 2 || W.shape[1] !== d) {
    throw new ShapeError(`randomFeatureAttention: W is ${formatShape(W.shape)}; for a width of ${d} it must be ` +
      `(features, ${d})`);
  }
  const { causal = false, scale = 1 / Math.sqrt(d), epsilon = 1e-6 } = options;
  const fq = features(q, W, scale, [-1], epsilon), fk = features(k, W, scale, [-2, -1], epsilon);
  // The sum of the weights is what attention makes of values that are all 1.
  const values = concat([v, ones([...lead, T, 1], v.dtype)], -1);                        // (..., T, e + 1)
  const flat = (x: Tensor): Tensor => reshape(x, [sizeOf(lead), T, 1, x.shape[x.shape.length - 1]]);
  const sums = causal ? reshape(linearAttention(flat(fq), flat(fk), flat(values)), values.shape)
    : matmul(fq, matmul(transpose(fk), values));
  return div(narrow(sums, -1, 0, e), narrow(sums, -1, e, 1));
}
