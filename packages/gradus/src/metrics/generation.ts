import { UsageError } from "../vocab/errors.ts";
import { symmetricEigen } from "../linalg/host/jacobi.ts";
import { generate, multiply, transpose, type Matrix } from "../linalg/host/matrix.ts";
import { average, rowsOf, total, type Rows } from "./input.ts";

interface Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}
/** Mean and unbiased covariance of rows of features. */
function gaussian(rows: readonly Float64Array[]): Gaussian {
  if (rows.length < 2) throw new UsageError(`frechetDistance: ${rows.length} rows of features; it needs at least 2`);
  const width = rows[0].length;
  const mean = Float64Array.from({ length: width }, (_, j) => average(rows.map((row) => row[j])));
  const centred = generate(rows.length, width, (i, j) => rows[i][j] - mean[j]);
  const squares = multiply(transpose(centred), centred);
  return { mean, covariance: { ...squares, data: squares.data.map((v) => v / (rows.length - 1)) } };
}
/** The root of a symmetric matrix without negative eigenvalues. */
function root(a: Matrix): Matrix {
  const { values, vectors } = symmetricEigen(a);
  const scaled = generate(a.rows, a.rows, (i, j) => vectors.data[i * a.rows + j] * Math.sqrt(Math.max(0, values[j])));
  return multiply(scaled, transpose(vectors));
}
const trace = (a: Matrix): number => total(Array.from({ length: a.rows }, (_, i) => a.data[i * a.rows + i]));

/**
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) between Gaussians fitted to rows of features: the FID, where the features
 * are those of Inception. Heusel et al. 2017.
 */
export function frechetDistance(real: Rows, generated: Rows): number {
  const a = gaussian(rowsOf(real)), b = gaussian(rowsOf(generated));
  const half = root(a.covariance);
  // C1 C2 has the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2).
  const { values } = symmetricEigen(multiply(multiply(half, b.covariance), half));
  const shared = total(values.map((v) => Math.sqrt(Math.max(0, v))));
  return total(a.mean.map((v, i) => (v - b.mean[i]) ** 2)) + trace(a.covariance) + trace(b.covariance) - 2 * shared;
}
/**
 * exp of the mean KL divergence of p(class | image) from p(class), over `splits` parts: mean and deviation. Rows of
 * class probabilities. Salimans et al. 2016.
 */
export function inceptionScore(probabilities: Rows, splits = 1): { readonly mean: number; readonly deviation: number } {
  const rows = rowsOf(probabilities), size = Math.ceil(rows.length / splits);
  const scores = Array.from({ length: Math.ceil(rows.length / size) }, (_, part) => {
    const own = rows.slice(part * size, (part + 1) * size);
    const marginal = own[0].map((_, j) => average(own.map((row) => row[j])));
    return Math.exp(average(own.map((row) => total(row.map((p, j) => (p > 0 ? p * Math.log(p / marginal[j]) : 0))))));
  });
  const mean = average(scores);
  return { mean, deviation: Math.sqrt(total(scores.map((v) => (v - mean) ** 2)) / Math.max(1, scores.length - 1)) };
}
