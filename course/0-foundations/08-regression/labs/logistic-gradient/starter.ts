/** 1 / (1 + e^−z), for every z. */
export function sigmoid(z: number): number {
  return 0;
}

/** The probability of label 1. */
export function probability(weights: number[], bias: number, x: number[]): number {
  return 0;
}

/** The mean cross-entropy. */
export function loss(weights: number[], bias: number, rows: number[][], labels: number[]): number {
  return 0;
}

/** Derivatives of the loss: by each weight, then by the bias. */
export function gradient(weights: number[], bias: number, rows: number[][], labels: number[]): number[] {
  return [...weights, bias];
}
