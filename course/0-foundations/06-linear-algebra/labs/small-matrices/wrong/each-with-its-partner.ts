// fails: is each number times its partner
/** Rows become columns. */
export function transpose(a: number[][]): number[][] {
  return a[0].map((_, j) => a.map((row) => row[j]));
}

/** Row i of a with column j of b, for every i and j. */
export function multiply(a: number[][], b: number[][]): number[][] {
  return a.map((row, i) => row.map((value, j) => value * b[i][j]));
}

/** The sum of magnitudes, the length, and the largest magnitude. */
export function norms(x: number[]): { one: number; two: number; max: number } {
  const sizes = x.map(Math.abs);
  return {
    one: sizes.reduce((a, b) => a + b, 0),
    two: Math.sqrt(sizes.reduce((sum, v) => sum + v * v, 0)),
    max: Math.max(...sizes),
  };
}
