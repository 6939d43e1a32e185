import { tensor } from "gradus";

export function neighbours(points: number[][], x: number[], k: number): number[] {
  const far = Array.from(tensor(points).sub(tensor(x)).square().sum([1]).sqrt().dataSync());
  const chosen: number[] = [];
  while (chosen.length < k) {
    let best = -1;
    far.forEach((d, i) => { if (!chosen.includes(i) && (best < 0 || d < far[best])) best = i; });
    chosen.push(best);
  }
  return chosen;
}
export function vote(labels: number[]): number {
  const count = (label: number): number => labels.filter((one) => one === label).length;
  return [...new Set(labels)].sort((a, b) => count(b) - count(a) || a - b)[0];
}
export const predict = (points: number[][], labels: number[], x: number[], k: number): number =>
  vote(neighbours(points, x, k).map((i) => labels[i]));
