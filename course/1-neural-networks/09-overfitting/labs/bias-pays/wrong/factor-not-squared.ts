// fails: c² times its variance
const mean = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
/** The predictions at each place. */
const places = (predictions: number[][]): number[][] => predictions[0].map((_, i) => predictions.map((row) => row[i]));

/** Mean over places of the squared distance between mean prediction and truth. */
export function squaredBias(predictions: number[][], truth: number[]): number {
  return mean(places(predictions).map((values, i) => (mean(values) - truth[i]) ** 2));
}

/** Mean over places of the variance of the predictions. */
export function variance(predictions: number[][]): number {
  return mean(places(predictions).map((values) => mean(values.map((v) => (v - mean(values)) ** 2))));
}

/** Mean squared distance of all predictions from the truth. */
export function error(predictions: number[][], truth: number[]): number {
  return mean(predictions.map((row) => mean(row.map((v, i) => (v - truth[i]) ** 2))));
}

/** Expected squared error of c times the average of n measurements. */
export function shrunkError(c: number, mu: number, sigma: number, n: number): number {
  return (c * mu - mu) ** 2 + c * sigma * sigma / n;
}

/** The c with the least expected squared error. */
export function bestShrink(mu: number, sigma: number, n: number): number {
  return mu * mu / (mu * mu + sigma * sigma / n);
}
