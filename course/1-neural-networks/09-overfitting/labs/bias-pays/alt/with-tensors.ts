import { tensor } from "gradus";

export const squaredBias = (predictions: number[][], truth: number[]): number =>
  tensor(predictions).mean([0]).sub(tensor(truth)).square().mean().itemSync();
export function variance(predictions: number[][]): number {
  const p = tensor(predictions);
  return p.sub(p.mean([0], { keepdim: true })).square().mean().itemSync();
}
export const error = (predictions: number[][], truth: number[]): number => {
  let sum = 0;
  for (const row of predictions) row.forEach((v, i) => { sum += (v - truth[i]) ** 2; });
  return sum / predictions.length / truth.length;
};
export const shrunkError = (c: number, mu: number, sigma: number, n: number): number =>
  c ** 2 * (mu ** 2 + sigma ** 2 / n) - 2 * c * mu ** 2 + mu ** 2;
export const bestShrink = (mu: number, sigma: number, n: number): number =>
  1 / (1 + (sigma / mu) ** 2 / n);
