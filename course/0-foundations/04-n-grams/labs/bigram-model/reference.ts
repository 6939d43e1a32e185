/** How often each word followed each other word. */
export function countPairs(ids: number[], size: number): number[][] {
  const counts = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 1; i < ids.length; i++) counts[ids[i - 1]][ids[i]]++;
  return counts;
}

/** Rows of counts as rows of probabilities. */
export function probabilities(counts: number[][]): number[][] {
  return counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum === 0 ? 0 : count / sum));
  });
}

/** The probability of a text, given its first word. */
export function chance(table: number[][], ids: number[]): number {
  let product = 1;
  for (let i = 1; i < ids.length; i++) product *= table[ids[i - 1]][ids[i]];
  return product;
}
