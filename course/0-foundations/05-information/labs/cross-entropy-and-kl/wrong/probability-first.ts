// fails: Stay in logarithms
/** The mean surprise of one who expects q where p is true, in nats. */
export function crossEntropy(p: number[], q: number[]): number {
  return p.reduce((sum, share, i) => (share === 0 ? sum : sum - share * Math.log(q[i])), 0);
}

/** KL(p || q) in nats. */
export function divergence(p: number[], q: number[]): number {
  return crossEntropy(p, q) - crossEntropy(p, p);
}

/** Mean cross-entropy of rows of logits against the right classes. */
export function loss(logits: number[][], targets: number[]): number {
  const each = logits.map((row, i) => {
    const largest = Math.max(...row);
    const sum = row.reduce((total, z) => total + Math.exp(z - largest), 0);
    return -Math.log(Math.exp(row[targets[i]] - largest) / sum);
  });
  return each.reduce((a, b) => a + b, 0) / each.length;
}
