// fails: Slope, intercept differs in
export interface Line { slope: number; intercept: number }

const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** X^T X for rows (x, 1). */
export function gram(xs: number[]): number[][] {
  const middle = sum(xs);
  return [[sum(xs.map((x) => x * x)), middle], [middle, xs.length]];
}

/** X^T y. */
export function right(xs: number[], ys: number[]): number[] {
  return [sum(xs.map((x, i) => x * ys[i])), sum(ys)];
}

/** The line with the smallest sum of squared errors. */
export function fit(xs: number[], ys: number[]): Line {
  const [[a, b], [c, d]] = gram(xs), [p, q] = right(xs, ys);
  const det = a * d - b * c;
  return { slope: (p * d + b * q) / det, intercept: (a * q - p * c) / det };
}

/** y − (slope x + intercept) for each point. */
export function residuals(xs: number[], ys: number[], line: Line): number[] {
  return xs.map((x, i) => ys[i] - (line.slope * x + line.intercept));
}
