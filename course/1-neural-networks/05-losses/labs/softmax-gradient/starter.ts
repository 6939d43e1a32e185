/** Shares from one row of logits. */
export function softmax(z: number[]): number[] {
  return z.map(() => 0);
}

/** The logarithm of the sum of e to the z. */
export function logSumExp(z: number[]): number {
  return 0;
}

/** Mean cross-entropy of rows of logits against rows of target shares. */
export function loss(logits: number[][], targets: number[][]): number {
  return 0;
}

/** The derivative of the loss by every logit. */
export function gradient(logits: number[][], targets: number[][]): number[][] {
  return logits.map((row) => row.map(() => 0));
}
