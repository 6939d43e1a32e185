import { matmul } from "../ops/contract.ts";
import { abs, add, cast, div, eq, gt, mul, sqrt, square, sub, where } from "../ops/elementwise.ts";
import { zerosLike } from "../ops/create.ts";
import { amax, amin, sum } from "../ops/reduce.ts";
import { stack, transpose, unsqueeze, narrow, squeeze } from "../ops/movement.ts";
import { eye } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { hostOperation } from "./host-operation.ts";
import { eigen } from "./host/eigen.ts";
import { singularValues, symmetricEigen } from "./host/jacobi.ts";
import { requireSquare } from "./host/matrix.ts";

/** 1 / (x_j - x_i) off the diagonal, 0 on it (and where values are equal: their gradient is not defined). */
function gaps(x: Tensor): Tensor {
  const difference = sub(unsqueeze(x, -2), unsqueeze(x, -1)), same = eq(difference, 0);
  return where(same, zerosLike(difference), div(1, where(same, 1, difference)));
}
/** A vector as a diagonal matrix. */
const diag = (x: Tensor): Tensor => mul(unsqueeze(x, -1), eye(x.shape.at(-1)!, x.shape.at(-1), x.dtype));
const skew = (a: Tensor, b: Tensor): Tensor => sub(matmul(transpose(a), b), matmul(transpose(b), a));

const symmetric = hostOperation("eigh", (a) => {
  requireSquare("eigh", a);
  const { values, vectors } = symmetricEigen(a);
  return [values, vectors];
}, (_, [values, vectors], [gValues, gVectors]) => {
  const turned = gVectors === null ? zerosLike(vectors) : mul(gaps(values), matmul(transpose(vectors), gVectors));
  const inner = gValues === null ? turned : add(turned, diag(gValues));
  const full = matmul(vectors, matmul(inner, transpose(vectors)));
  return [mul(add(full, transpose(full)), 0.5)];
});
/**
 * Eigenvalues (rising) and eigenvectors (columns) of a symmetric matrix, whose lower half is read: a v = v diag(w). The
 * gradient of the vectors needs distinct values.
 */
export const eigh = (a: Tensor): readonly [values: Tensor, vectors: Tensor] => symmetric(a) as [Tensor, Tensor];

const general = hostOperation("eig", (a) => {
  const { values, vectors } = eigen(a);
  return [Float64Array.from(values, (v) => v.re), Float64Array.from(values, (v) => v.im), vectors.re, vectors.im];
}, null);
/**
 * Eigenvalues (..., n, 2) and eigenvectors (..., n, n, 2, one per column, of length 1) of a real matrix; the last axis
 * holds real and imaginary part. Without gradient: `eigh` has one.
 */
export function eig(a: Tensor): readonly [values: Tensor, vectors: Tensor] {
  const [re, im, vectorsRe, vectorsIm] = general(a);
  return [stack([re, im], -1), stack([vectorsRe, vectorsIm], -1)];
}

const decomposition = hostOperation("svd", (a) => {
  const { u, values, v } = singularValues(a);
  return [u, values, v];
}, (_, [u, s, v], [gu, gs, gv]) => {
  // Townsend 2016, "Differentiating the singular value decomposition".
  const f = gaps(square(s)), row = unsqueeze(s, -2), column = unsqueeze(s, -1);
  let inner = gs === null ? zerosLike(f) : diag(gs);
  if (gu !== null) inner = add(inner, mul(mul(f, skew(u, gu)), row));
  if (gv !== null) inner = add(inner, mul(column, mul(f, skew(v, gv))));
  let total = matmul(u, matmul(inner, transpose(v)));
  const outside = (x: Tensor, g: Tensor): Tensor => sub(g, matmul(x, matmul(transpose(x), g)));
  if (gu !== null) total = add(total, matmul(div(outside(u, gu), row), transpose(v)));
  if (gv !== null) total = add(total, matmul(u, transpose(div(outside(v, gv), row))));
  return [total];
});
/**
 * u, s, v with a = u diag(s) v^T: a (..., m, n), k = min(m, n), u (..., m, k), s (..., k) falling, v (..., n, k). The
 * gradient of u and v needs distinct values.
 */
export const svd = (a: Tensor): readonly [u: Tensor, s: Tensor, v: Tensor] =>
  decomposition(a) as [Tensor, Tensor, Tensor];
/** The singular values, falling. */
export const svdvals = (a: Tensor): Tensor => svd(a)[1];

/** Singular values below max(m, n) eps s_max (or `tolerance`) count as 0. */
function cutoff(a: Tensor, s: Tensor, tolerance?: number): Tensor | number {
  const rounding = a.dtype === "f64" ? 2 ** -52 : 2 ** -23;
  return tolerance ?? mul(amax(s, -1, { keepdim: true }), Math.max(...a.shape.slice(-2)) * rounding);
}
/** How many singular values are above the rounding of the largest: i32, one per matrix. */
export function matrixRank(a: Tensor, options: { readonly tolerance?: number } = {}): Tensor {
  const s = svdvals(a);
  return sum(cast(gt(s, cutoff(a, s, options.tolerance)), "i32"), -1);
}
/** The pseudo-inverse v diag(1/s) u^T, with 0 for singular values that are 0. Penrose 1955. */
export function pinv(a: Tensor, options: { readonly tolerance?: number } = {}): Tensor {
  const [u, s, v] = svd(a);
  const kept = gt(s, cutoff(a, s, options.tolerance));
  const inverse = where(kept, div(1, where(kept, s, 1)), zerosLike(s));
  return matmul(mul(v, unsqueeze(inverse, -2)), transpose(u));
}
/** The shortest x that makes |a x - b| smallest: a (..., m, n), b (..., m, k) or (..., m). */
export const lstsq = (a: Tensor, b: Tensor): Tensor => (b.ndim === a.ndim - 1
  ? squeeze(matmul(pinv(a), unsqueeze(b, -1)), -1) : matmul(pinv(a), b));

/** A norm of matrices over the last two axes. */
export type MatrixNorm = "fro" | "nuc" | 1 | 2 | -2 | "inf";
/**
 * "fro": root of the sum of squares; "nuc": sum of singular values; 2 and -2: the largest and smallest of them; 1 and
 * "inf": the largest column and row sum of |a|.
 */
export function matrixNorm(a: Tensor, order: MatrixNorm = "fro"): Tensor {
  switch (order) {
    case "fro": return sqrt(sum(square(a), [-2, -1]));
    case "nuc": return sum(svdvals(a), -1);
    case 2: return amax(svdvals(a), -1);
    case -2: return amin(svdvals(a), -1);
    case 1: return amax(sum(abs(a), -2), -1);
    case "inf": return amax(sum(abs(a), -1), -1);
  }
}
/** The ratio of the largest to the smallest singular value: how much errors may grow in `solve`. */
export const cond = (a: Tensor): Tensor => div(matrixNorm(a, 2), matrixNorm(a, -2));
/** The best approximation of rank k: the first k terms of the decomposition. Eckart and Young 1936. */
export function lowRank(a: Tensor, k: number): Tensor {
  const [u, s, v] = svd(a);
  return matmul(mul(narrow(u, -1, 0, k), unsqueeze(narrow(s, -1, 0, k), -2)), transpose(narrow(v, -1, 0, k)));
}
