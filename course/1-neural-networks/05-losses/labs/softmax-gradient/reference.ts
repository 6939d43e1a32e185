/** Shares from one row of logits. */
export function softmax(z: number[]): number[] {
  const largest = Math.max(...z), parts = z.map((v) => Math.exp(v - largest));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((part) => part / total);
}

/** The logarithm of the sum of e to the z. */
export function logSumExp(z: number[]): number {
  const largest = Math.max(...z);
  return largest + Math.log(z.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}

/** Mean cross-entropy of rows of logits against rows of target shares. */
export function loss(logits: number[][], targets: number[][]): number {
  const each = logits.map((z, i) => {
    const total = logSumExp(z);
    return z.reduce((sum, v, k) => sum + targets[i][k] * (total - v), 0);
  });
  return each.reduce((a, b) => a + b, 0) / each.length;
}

/** The derivative of the loss by every logit. */
export function gradient(logits: number[][], targets: number[][]): number[][] {
  return logits.map((z, i) => softmax(z).map((p, k) => (p - targets[i][k]) / logits.length));
}
