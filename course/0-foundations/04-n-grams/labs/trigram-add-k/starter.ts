/** The distribution of the next word after a, b. */
export function trigram(ids: number[], size: number, k: number, a: number, b: number): number[] {
  return new Array<number>(size).fill(1 / size);
}

/** The likeliest next word. */
export function mostLikely(ids: number[], size: number, k: number, a: number, b: number): number {
  return 0;
}

/** The share of words that never followed a, b. */
export function stolen(ids: number[], size: number, k: number, a: number, b: number): number {
  return 0;
}
