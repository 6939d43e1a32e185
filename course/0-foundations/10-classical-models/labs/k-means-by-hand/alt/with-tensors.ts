import { oneHot, tensor } from "gradus";

const far = (points: number[][], centres: number[][]) =>
  tensor(points, { dtype: "f32" }).unsqueeze(1).sub(tensor(centres)).square().sum([2]);

export const assign = (points: number[][], centres: number[][]): number[] =>
  Array.from(far(points, centres).argmin(1).dataSync());

export function move(points: number[][], labels: number[], centres: number[][]): number[][] {
  const member = oneHot(tensor(labels, { dtype: "i32" }), centres.length).cast("f32");
  const sizes = member.sum([0]).dataSync(), sums = member.T.matmul(tensor(points)).arraySync() as number[][];
  return centres.map((centre, k) => (sizes[k] === 0 ? centre : sums[k].map((v) => v / sizes[k])));
}

export function kMeans(points: number[][], centres: number[][]) {
  let labels = assign(points, centres), before = "";
  while (String(labels) !== before) {
    centres = move(points, labels, centres);
    before = String(labels);
    labels = assign(points, centres);
  }
  return { centres, labels, error: far(points, centres).amin([1]).sum() };
}
