export interface Line { slope: number; intercept: number }

/** X^T X for rows (x, 1). */
export function gram(xs: number[]): number[][] {
  return [[0, 0], [0, 0]];
}

/** X^T y. */
export function right(xs: number[], ys: number[]): number[] {
  return [0, 0];
}

/** The line with the smallest sum of squared errors. */
export function fit(xs: number[], ys: number[]): Line {
  return { slope: 0, intercept: 0 };
}

/** y − (slope x + intercept) for each point. */
export function residuals(xs: number[], ys: number[], line: Line): number[] {
  return ys;
}
