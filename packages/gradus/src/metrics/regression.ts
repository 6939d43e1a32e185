import { average, pair, ranks, ratio, total, type Values } from "./input.ts";

const overPairs = (what: string, of: (t: number, p: number) => number) =>
  (truth: Values, predicted: Values): number => {
    const [t, p] = pair(what, truth, predicted);
    return average(t.map((v, i) => of(v, p[i])));
  };
/** Mean of (p - t)^2. */
export const meanSquaredError = overPairs("meanSquaredError", (t, p) => (p - t) ** 2);
/** The root of the mean squared error. */
export const rootMeanSquaredError = (truth: Values, predicted: Values): number =>
  Math.sqrt(meanSquaredError(truth, predicted));
/** Mean of |p - t|. */
export const meanAbsoluteError = overPairs("meanAbsoluteError", (t, p) => Math.abs(p - t));
/** Mean of |p - t| / |t|, as a share. */
export const meanAbsolutePercentageError = overPairs("meanAbsolutePercentageError",
  (t, p) => Math.abs(p - t) / Math.max(2 ** -52, Math.abs(t)));

const spread = (x: Float64Array): number => {
  const mean = average(x);
  return total(x.map((v) => (v - mean) ** 2));
};
/** 1 - sum (t - p)^2 / sum (t - mean)^2: 1 is perfect, 0 what the mean achieves. */
export function r2(truth: Values, predicted: Values): number {
  const [t, p] = pair("r2", truth, predicted);
  const rest = total(t.map((v, i) => (v - p[i]) ** 2));
  return 1 - ratio(rest, spread(t), rest === 0 ? 0 : 1);
}
/** 1 - Var(t - p) / Var(t): like r2, but a constant offset costs nothing. */
export function explainedVariance(truth: Values, predicted: Values): number {
  const [t, p] = pair("explainedVariance", truth, predicted);
  const rest = spread(t.map((v, i) => v - p[i]));
  return 1 - ratio(rest, spread(t), rest === 0 ? 0 : 1);
}
/** The correlation of two series: covariance over both deviations; NaN when one is constant. */
export function pearson(a: Values, b: Values): number {
  const [x, y] = pair("pearson", a, b);
  const [mx, my] = [average(x), average(y)];
  return total(x.map((v, i) => (v - mx) * (y[i] - my))) / Math.sqrt(spread(x) * spread(y));
}
/** The correlation of the ranks, equal values sharing their mean rank. Spearman 1904. */
export function spearman(a: Values, b: Values): number {
  const [x, y] = pair("spearman", a, b);
  return pearson(ranks(x), ranks(y));
}
