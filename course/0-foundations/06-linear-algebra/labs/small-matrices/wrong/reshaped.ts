// fails: only read into new rows in their old order
/** Rows become columns. */
export function transpose(a: number[][]): number[][] {
  const all = a.flat(), wide = a.length;
  return a[0].map((_, j) => all.slice(j * wide, (j + 1) * wide));
}

/** Row i of a with column j of b, for every i and j. */
export function multiply(a: number[][], b: number[][]): number[][] {
  const columns = b[0].map((_, j) => b.map((row) => row[j]));
  return a.map((row) => columns.map((column) => row.reduce((sum, value, k) => sum + value * column[k], 0)));
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
