export function squaredBias(predictions: number[][], truth: number[]): number {
  let total = 0;
  for (let i = 0; i < truth.length; i++) {
    let sum = 0;
    for (const row of predictions) sum += row[i];
    total += (sum / predictions.length - truth[i]) ** 2;
  }
  return total / truth.length;
}
export function variance(predictions: number[][]): number {
  // The mean of the squares less the square of the mean.
  let total = 0;
  for (let i = 0; i < predictions[0].length; i++) {
    let sum = 0, squares = 0;
    for (const row of predictions) {
      sum += row[i];
      squares += row[i] ** 2;
    }
    total += squares / predictions.length - (sum / predictions.length) ** 2;
  }
  return total / predictions[0].length;
}
export const error = (predictions: number[][], truth: number[]): number =>
  squaredBias(predictions, truth) + variance(predictions);
export const shrunkError = (c: number, mu: number, sigma: number, n: number): number => {
  const bias = (c - 1) * mu, spread = c * sigma / Math.sqrt(n);
  return bias * bias + spread * spread;
};
export const bestShrink = (mu: number, sigma: number, n: number): number => n * mu ** 2 / (n * mu ** 2 + sigma ** 2);
