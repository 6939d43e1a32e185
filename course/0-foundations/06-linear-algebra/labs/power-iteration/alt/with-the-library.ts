import { tensor } from "gradus";

const product = (a: number[][], x: number[]) => tensor(a).matmul(tensor(x).unsqueeze(1)).squeeze(1);
export const apply = (a: number[][], x: number[]): number[] => Array.from(product(a, x).dataSync());
export function step(a: number[][], x: number[]): number[] {
  const image = apply(a, x), long = Math.hypot(...image);
  return long === 0 ? x : image.map((v) => v / long);
}
export function rayleigh(a: number[][], x: number[]): number {
  const v = tensor(x);
  return v.mul(product(a, x)).sum().div(v.square().sum()).itemSync();
}
export function dominant(a: number[][], start: number[], steps: number) {
  const vector = Array.from({ length: steps }).reduce<number[]>((x) => step(a, x), start);
  return { value: rayleigh(a, vector), vector };
}
