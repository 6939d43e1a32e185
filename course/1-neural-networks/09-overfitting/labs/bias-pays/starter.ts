/** Mean over places of the squared distance between mean prediction and truth. */
export function squaredBias(predictions: number[][], truth: number[]): number {
  return 0;
}

/** Mean over places of the variance of the predictions. */
export function variance(predictions: number[][]): number {
  return 0;
}

/** Mean squared distance of all predictions from the truth. */
export function error(predictions: number[][], truth: number[]): number {
  return 0;
}

/** Expected squared error of c times the average of n measurements. */
export function shrunkError(c: number, mu: number, sigma: number, n: number): number {
  return 0;
}

/** The c with the least expected squared error. */
export function bestShrink(mu: number, sigma: number, n: number): number {
  return 1;
}
