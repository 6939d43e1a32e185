// fails: check the sign in the exponent
/** 1 / (1 + e^−z), for every z. */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(z));
}

/** The probability of label 1. */
export function probability(weights: number[], bias: number, x: number[]): number {
  return sigmoid(x.reduce((sum, value, i) => sum + weights[i] * value, bias));
}

/** The mean cross-entropy. */
export function loss(weights: number[], bias: number, rows: number[][], labels: number[]): number {
  const each = rows.map((x, i) => {
    const p = probability(weights, bias, x);
    return labels[i] === 1 ? -Math.log(p) : -Math.log(1 - p);
  });
  return each.reduce((a, b) => a + b, 0) / rows.length;
}

/** Derivatives of the loss: by each weight, then by the bias. */
export function gradient(weights: number[], bias: number, rows: number[][], labels: number[]): number[] {
  const errors = rows.map((x, i) => probability(weights, bias, x) - labels[i]);
  const mean = (of: (i: number) => number): number => errors.reduce((sum, e, i) => sum + e * of(i), 0) / rows.length;
  return [...weights.map((_, k) => mean((i) => rows[i][k])), mean(() => 1)];
}
