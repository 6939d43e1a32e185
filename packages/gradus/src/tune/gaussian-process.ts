import { generate, matrix, transpose, type Matrix } from "../linalg/host/matrix.ts";
import { cholesky, solveTriangular } from "../linalg/host/solve.ts";

/** Lengths per coordinate and the variance of the noise; the signal has variance 1. */
export interface KernelSettings {
  readonly lengths: readonly number[];
  readonly noise: number;
}
/** What a process says about a point. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** The kernel of Matérn with nu = 5/2: (1 + d + d^2/3) exp(-d), d = sqrt 5 times the scaled distance. */
function matern(a: readonly number[], b: readonly number[], lengths: readonly number[]): number {
  let squared = 0;
  for (let i = 0; i < a.length; i++) squared += ((a[i] - b[i]) / lengths[i]) ** 2;
  const d = Math.sqrt(5 * squared);
  return (1 + d + (d * d) / 3) * Math.exp(-d);
}

/**
 * Regression by a Gaussian process over points of [0, 1]^d, values standardized to mean 0 and variance 1. Rasmussen and
 * Williams 2006, algorithm 2.1. Lengths and noise are those of the largest marginal likelihood with a weak prior, found
 * by walking along one of them at a time.
 */
export class GaussianProcess {
  readonly points: readonly (readonly number[])[];
  readonly settings: KernelSettings;
  readonly #mean: number;
  readonly #scale: number;
  readonly #factor: Matrix;
  readonly #weights: Matrix;

  constructor(points: readonly (readonly number[])[], values: readonly number[], settings?: KernelSettings) {
    this.points = points;
    const n = values.length;
    this.#mean = values.reduce((a, b) => a + b, 0) / n;
    const variance = values.reduce((sum, y) => sum + (y - this.#mean) ** 2, 0) / n;
    this.#scale = variance > 0 ? Math.sqrt(variance) : 1;
    const y = matrix(n, 1, Float64Array.from(values, (value) => (value - this.#mean) / this.#scale));
    this.settings = settings ?? fit(points, y);
    ({ factor: this.#factor, weights: this.#weights } = condition(points, y, this.settings));
  }
  predict(point: readonly number[]): Prediction {
    const { lengths } = this.settings;
    const k = generate(this.points.length, 1, (i) => matern(this.points[i], point, lengths));
    let mean = 0;
    for (let i = 0; i < k.rows; i++) mean += k.data[i] * this.#weights.data[i];
    const v = solveTriangular(this.#factor, k, false).data;
    const variance = Math.max(1e-12, 1 - v.reduce((sum, x) => sum + x * x, 0));
    return { mean: this.#mean + this.#scale * mean, deviation: this.#scale * Math.sqrt(variance) };
  }
}

/** The Cholesky factor L of K + noise I, and (K + noise I)^-1 y. */
function condition(
  points: readonly (readonly number[])[], y: Matrix, { lengths, noise }: KernelSettings,
): { readonly factor: Matrix; readonly weights: Matrix } {
  const factor = cholesky(generate(points.length, points.length, (i, j) =>
    matern(points[i], points[j], lengths) + (i === j ? noise + 1e-10 : 0)));
  const weights = solveTriangular(transpose(factor), solveTriangular(factor, y, false), true);
  return { factor, weights };
}
/** log p(y) + log p(settings), up to a constant. */
function evidence(points: readonly (readonly number[])[], y: Matrix, settings: KernelSettings): number {
  const { factor, weights } = condition(points, y, settings);
  let total = 0;
  for (let i = 0; i < y.rows; i++) {
    total -= 0.5 * y.data[i] * weights.data[i] + Math.log(factor.data[i * y.rows + i]);
  }
  // Log-normal priors: lengths around a half, little noise.
  const prior = settings.lengths.reduce((sum, length) => sum - 0.5 * Math.log(length / 0.5) ** 2, 0);
  return total + prior - 0.125 * Math.log(settings.noise / 1e-4) ** 2;
}
/** Walks uphill along one setting at a time, with factors that shrink. */
function fit(points: readonly (readonly number[])[], y: Matrix): KernelSettings {
  let logs = [...new Array<number>(points[0].length).fill(Math.log(0.5)), Math.log(1e-4)];
  const settingsOf = (at: readonly number[]): KernelSettings =>
    ({ lengths: at.slice(0, -1).map(Math.exp), noise: Math.exp(at[at.length - 1]) });
  let best = evidence(points, y, settingsOf(logs));
  for (let step = 1; step > 0.1; step /= 2) {
    for (let i = 0; i < logs.length; i++) {
      for (const direction of [step, -step]) {
        const tried = logs.with(i, Math.min(3, Math.max(i < logs.length - 1 ? -3.5 : -14, logs[i] + direction)));
        const value = evidence(points, y, settingsOf(tried));
        if (value > best) [best, logs] = [value, tried];
      }
    }
  }
  return settingsOf(logs);
}
