import { tensor, type Tensor } from "gradus";

const vector = (x: number[]): Tensor => tensor(x, { dtype: "f64" });
const list = (x: Tensor): number[] => x.arraySync() as number[];

export const step = (x: number[], gradient: number[], rate: number): number[] =>
  list(vector(x).sub(vector(gradient).mul(rate)));
export function descend(gradientOf: (x: number[]) => number[], start: number[], rate: number, steps: number): number[][
  ] {
  return Array.from({ length: steps }).reduce<number[][]>((path) => {
    const here = path[path.length - 1];
    return [...path, step(here, gradientOf(here), rate)];
  }, [start]);
}
export function momentumStep(x: number[], velocity: number[], gradient: number[], rate: number, beta: number) {
  const next = vector(velocity).mul(beta).add(vector(gradient));
  return { x: list(vector(x).sub(next.mul(rate))), velocity: list(next) };
}
export const largestRate = (curvature: number): number => 2 / curvature;
