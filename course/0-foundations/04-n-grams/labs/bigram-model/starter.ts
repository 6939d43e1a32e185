/** How often each word followed each other word. */
export function countPairs(ids: number[], size: number): number[][] {
  return Array.from({ length: size }, () => new Array<number>(size).fill(0));
}

/** Rows of counts as rows of probabilities. */
export function probabilities(counts: number[][]): number[][] {
  return counts;
}

/** The probability of a text, given its first word. */
export function chance(table: number[][], ids: number[]): number {
  return 0;
}
