import { tensor, type Tensor } from "gradus";

const table = (rows: number, columns: number, of: (i: number, j: number) => number): Tensor =>
  tensor(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => of(i, j))));
const angle = (t: number, i: number, D: number): number => t / 10000 ** (2 * Math.floor(i / 2) / D);

export const sines = (T: number, D: number): Tensor =>
  table(T, D, (t, i) => (i % 2 === 0 ? Math.sin(angle(t, i, D)) : Math.cos(angle(t, i, D))));

export function turn(x: Tensor): Tensor {
  const [T, D] = x.shape, v = x.dataSync();
  return table(T, D, (t, i) => {
    const a = angle(t, i, D), at = t * D + i;
    return i % 2 === 0 ? v[at] * Math.cos(a) - v[at + 1] * Math.sin(a)
      : v[at - 1] * Math.sin(a) + v[at] * Math.cos(a);
  });
}
export const bias = (T: number, slope: number): Tensor => table(T, T, (i,
  j) => (i === j ? 0 : -slope * Math.abs(i - j)));

export function orderMatters(f: (x: Tensor) => Tensor, X: Tensor, order: number[]): number {
  const rows = (x: Tensor): number[][] => x.arraySync() as number[][];
  const after = rows(f(X)), before = rows(f(tensor(order.map((place) => rows(X)[place]))));
  return Math.max(...order.flatMap((place, i) => after[place].map((v, k) => Math.abs(v - before[i][k]))));
}
