export const logProbability = (shares: number[]): number =>
  shares.map((share) => Math.log2(share)).reduce((a, b) => a + b, 0) * Math.LN2;

export const perplexity = (shares: number[]): number =>
  2 ** (-logProbability(shares) / Math.LN2 / shares.length);

export const together = (first: number, n: number, second: number, m: number): number =>
  first ** (n / (n + m)) * second ** (m / (n + m));
