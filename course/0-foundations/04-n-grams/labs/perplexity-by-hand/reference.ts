/** ln of the product of all shares. */
export function logProbability(shares: number[]): number {
  return shares.reduce((sum, share) => sum + Math.log(share), 0);
}

/** Among how many words the model hesitated, on average. */
export function perplexity(shares: number[]): number {
  return Math.exp(-logProbability(shares) / shares.length);
}

/** The perplexity of two texts read as one. */
export function together(first: number, n: number, second: number, m: number): number {
  return Math.exp((n * Math.log(first) + m * Math.log(second)) / (n + m));
}
