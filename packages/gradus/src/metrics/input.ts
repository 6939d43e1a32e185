import { ShapeError } from "../vocab/errors.ts";
import { Tensor } from "../tensor/tensor.ts";

/** Numbers for a metric: an array, a typed array, or a tensor (read at once; on the GPU await `x.data()` before). */
export type Values = ArrayLike<number> | Tensor;
/** Rows of numbers: nested arrays or a tensor of two axes. */
export type Rows = readonly ArrayLike<number>[] | Tensor;

/** The numbers in order. */
export const valuesOf = (x: Values): Float64Array => Float64Array.from(x instanceof Tensor ? x.dataSync() : x);
/** The rows of a matrix. */
export function rowsOf(x: Rows): Float64Array[] {
  if (!(x instanceof Tensor)) return x.map((row) => Float64Array.from(row));
  if (x.ndim !== 2) throw new ShapeError(`a metric got a tensor of ${x.ndim} axes where it needs rows and columns`);
  const data = Float64Array.from(x.dataSync()), [rows, columns] = x.shape;
  return Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns));
}
/** Two series of equal length, or an error that names both. */
export function pair(what: string, a: Values, b: Values): [Float64Array, Float64Array] {
  const [x, y] = [valuesOf(a), valuesOf(b)];
  sameLength(what, x.length, y.length);
  return [x, y];
}
export function sameLength(what: string, a: number, b: number): void {
  if (a !== b || a === 0) {
    throw new ShapeError(`${what}: there are ${a} true values and ${b} predictions; it needs as many of both, ` +
      "and at least one");
  }
}
export const total = (x: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i];
  return sum;
};
export const average = (x: ArrayLike<number>): number => total(x) / x.length;
/** a / b, and 0 (or another number) where b is 0. */
export const ratio = (a: number, b: number, otherwise = 0): number => (b === 0 ? otherwise : a / b);
/** The different values, rising. */
export const distinct = (...series: readonly ArrayLike<number>[]): number[] =>
  [...new Set(series.flatMap((x) => Array.from(x)))].sort((a, b) => a - b);
/** Positions in falling order of the scores; equal scores keep their order. */
export const falling = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (_, i) => i).sort((i, j) => scores[j] - scores[i] || i - j);
/** Mean ranks, from 1: equal values share the mean of their ranks. */
export function ranks(x: ArrayLike<number>): Float64Array {
  const order = falling(x).reverse(), made = new Float64Array(x.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && x[order[to]] === x[order[from]]) to++;
    for (let i = from; i < to; i++) made[order[i]] = (from + to + 1) / 2;
  }
  return made;
}
