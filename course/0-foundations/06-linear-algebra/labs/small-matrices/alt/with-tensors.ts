import { tensor } from "gradus";

export const transpose = (a: number[][]) => tensor(a).T;
export const multiply = (a: number[][], b: number[][]) => tensor(a).matmul(tensor(b));
export const norms = (x: number[]) => {
  const v = tensor(x);
  return { one: v.abs().sum(), two: v.square().sum().sqrt(), max: v.abs().amax() };
};
