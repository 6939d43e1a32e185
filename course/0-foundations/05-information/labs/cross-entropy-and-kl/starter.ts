/** The mean surprise of one who expects q where p is true, in nats. */
export function crossEntropy(p: number[], q: number[]): number {
  return 0;
}

/** KL(p || q) in nats. */
export function divergence(p: number[], q: number[]): number {
  return 0;
}

/** Mean cross-entropy of rows of logits against the right classes. */
export function loss(logits: number[][], targets: number[]): number {
  return 0;
}
