/** Rows become columns. */
export function transpose(a: number[][]): number[][] {
  return a;
}

/** Row i of a with column j of b, for every i and j. */
export function multiply(a: number[][], b: number[][]): number[][] {
  return a;
}

/** The sum of magnitudes, the length, and the largest magnitude. */
export function norms(x: number[]): { one: number; two: number; max: number } {
  return { one: 0, two: 0, max: 0 };
}
