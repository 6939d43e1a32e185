/** ln of the product of all shares. */
export function logProbability(shares: number[]): number {
  return 0;
}

/** Among how many words the model hesitated, on average. */
export function perplexity(shares: number[]): number {
  return 0;
}

/** The perplexity of two texts read as one. */
export function together(first: number, n: number, second: number, m: number): number {
  return (first + second) / 2;
}
