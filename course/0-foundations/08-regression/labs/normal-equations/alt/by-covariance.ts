const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

export const gram = (xs: number[]) => {
  const rows = xs.map((x) => [x, 1]);
  return [0, 1].map((i) => [0, 1].map((j) => rows.reduce((total, row) => total + row[i] * row[j], 0)));
};
export const right = (xs: number[], ys: number[]) =>
  [0, 1].map((k) => xs.reduce((total, x, i) => total + (k === 0 ? x : 1) * ys[i], 0));

// Slope: covariance by variance. The line goes through the point of means.
export function fit(xs: number[], ys: number[]) {
  const mx = mean(xs), my = mean(ys);
  const slope = mean(xs.map((x, i) => (x - mx) * (ys[i] - my))) / mean(xs.map((x) => (x - mx) ** 2));
  return { slope, intercept: my - slope * mx };
}
export const residuals = (xs: number[], ys: number[], line: { slope: number; intercept: number }) =>
  ys.map((y, i) => y - line.intercept - line.slope * xs[i]);
