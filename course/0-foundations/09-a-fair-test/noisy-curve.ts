/** A smooth rule, noisy points taken from it, and polynomials to fit them with. */
import { rand, randn, type Generator } from "gradus";
import type { Pair } from "@gradus/lessons/draw/scale";

export const PLACES: Pair = [-1, 1], VALUES: Pair = [-2.4, 2.4];

/** What the points are taken from. */
export const truth = (x: number): number => 1.2 * Math.sin(3.2 * x);

/** One place in each of `size` equal strips: irregular, and no two the same. */
export function irregularPlaces(size: number, generator: Generator): number[] {
  const strips = rand([size], { generator }).dataSync();
  return Array.from({ length: size }, (_, i) => -0.95 + 1.9 * (i + 0.1 + 0.8 * strips[i]) / size);
}
/** The rule at some places, with normal noise of this standard deviation. */
export function measured(places: readonly number[], noise: number, generator: Generator): Pair[] {
  const errors = randn([places.length], { generator }).dataSync();
  return places.map((x, i): Pair => [x, truth(x) + noise * errors[i]]);
}

/** Chebyshev’s polynomials at x, so many of them: the same fits as with powers, and far better rounded. */
export function chebyshev(x: number, size: number): number[] {
  const values = [1, x];
  for (let k = 2; k < size; k++) values.push(2 * x * values[k - 1] - values[k - 2]);
  return values.slice(0, size);
}
export const valueAt = (coefficients: readonly number[], x: number): number =>
  chebyshev(x, coefficients.length).reduce((sum, value, k) => sum + coefficients[k] * value, 0);
export const meanSquare = (coefficients: readonly number[], points: readonly Pair[]): number =>
  points.reduce((sum, [x, y]) => sum + (valueAt(coefficients, x) - y) ** 2, 0) / points.length;
