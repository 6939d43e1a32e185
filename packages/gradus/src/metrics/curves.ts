import { UsageError } from "../vocab/errors.ts";
import { average, distinct, falling, pair, ratio, rowsOf, sameLength, total, valuesOf, type Rows, type Values,
} from "./input.ts";

/** True and false positives when everything from each different score on is called positive, scores falling. */
function cumulated(truth: Values, scores: Values, what: string):
{ thresholds: number[]; tp: number[]; fp: number[]; positives: number; negatives: number } {
  const [t, s] = pair(what, truth, scores);
  if (t.some((v) => v !== 0 && v !== 1)) throw new UsageError(`${what}: true classes are 0 and 1; others were given`);
  const order = falling(s);
  const [thresholds, tp, fp]: number[][] = [[], [], []];
  let right = 0;
  order.forEach((at, i) => {
    right += t[at];
    if (i + 1 < order.length && s[order[i + 1]] === s[at]) return;
    thresholds.push(s[at]);
    tp.push(right);
    fp.push(i + 1 - right);
  });
  return { thresholds, tp, fp, positives: right, negatives: t.length - right };
}

export interface RocCurve {
  readonly falsePositiveRate: number[];
  readonly truePositiveRate: number[];
  readonly thresholds: number[];
}
/** False and true positive rates as the threshold falls, from (0, 0) on; truth is 0 or 1. */
export function rocCurve(truth: Values, scores: Values): RocCurve {
  const { thresholds, tp, fp, positives, negatives } = cumulated(truth, scores, "rocCurve");
  return {
    falsePositiveRate: [0, ...fp].map((n) => ratio(n, negatives, NaN)),
    truePositiveRate: [0, ...tp].map((n) => ratio(n, positives, NaN)), thresholds: [Infinity, ...thresholds],
  };
}
export interface PrecisionRecallCurve {
  readonly precision: number[];
  readonly recall: number[];
  readonly thresholds: number[];
}
/** Precision and recall as the threshold rises; they end with precision 1 and recall 0. */
export function precisionRecallCurve(truth: Values, scores: Values): PrecisionRecallCurve {
  const { thresholds, tp, fp, positives } = cumulated(truth, scores, "precisionRecallCurve");
  return {
    precision: [...tp.map((n, i) => n / (n + fp[i])).reverse(), 1],
    recall: [...tp.map((n) => ratio(n, positives, 1)).reverse(), 0], thresholds: thresholds.reverse(),
  };
}
/** The area under a curve by trapezoids. */
export const auc = (x: readonly number[], y: readonly number[]): number =>
  total(x.slice(1).map((v, i) => (v - x[i]) * (y[i + 1] + y[i]) / 2));

export interface RocAucOptions {
  /** Each class against the rest, or each pair of classes. */
  readonly multiclass?: "ovr" | "ovo";
  readonly average?: "macro" | "weighted";
}
/**
 * The area under the ROC curve: the probability that a positive scores above a negative. Truth 0 and 1 with one score
 * each, or classes 0, 1, ... with a row of scores each. Fawcett 2006; ovo: Hand and Till 2001.
 */
export function rocAuc(truth: Values, scores: Values | Rows, options: RocAucOptions = {}): number {
  const t = valuesOf(truth);
  if (!isRows(scores)) {
    const { falsePositiveRate, truePositiveRate } = rocCurve(t, scores);
    return auc(falsePositiveRate, truePositiveRate);
  }
  const rows = rowsOf(scores), classes = distinct(t), weighted = options.average === "weighted";
  sameLength("rocAuc", t.length, rows.length);
  const share = (...labels: number[]): number => t.filter((v) => labels.includes(v)).length / t.length;
  const against = (one: number, others: readonly number[]): number => {
    const kept = [...t.keys()].filter((i) => t[i] === one || others.includes(t[i]));
    return rocAuc(kept.map((i) => (t[i] === one ? 1 : 0)), kept.map((i) => rows[i][one]));
  };
  const parts = options.multiclass === "ovo"
    ? classes.flatMap((a, i) => classes.slice(i + 1).map((b) =>
      [(against(a, [b]) + against(b, [a])) / 2, share(a, b)] as const))
    : classes.map((a) => [against(a, classes.filter((b) => b !== a)), share(a)] as const);
  if (!weighted) return average(parts.map(([area]) => area));
  return total(parts.map(([area, weight]) => area * weight)) / total(parts.map(([, weight]) => weight));
}
const isRows = (x: Values | Rows): x is Rows =>
  ("ndim" in x ? x.ndim === 2 : x.length > 0 && typeof x[0] !== "number");

/** sum over thresholds of (R_n - R_(n-1)) P_n: the area under steps, without interpolation. */
export function averagePrecision(truth: Values, scores: Values): number {
  const { precision, recall } = precisionRecallCurve(truth, scores);
  return total(recall.slice(1).map((r, i) => (recall[i] - r) * precision[i]));
}

/** Mean of -ln p(true class): probabilities of class 1, or rows of probabilities, scaled to sum 1. */
export function logLoss(truth: Values, probabilities: Values | Rows): number {
  const t = valuesOf(truth);
  const rows = isRows(probabilities)
    ? rowsOf(probabilities) : Array.from(valuesOf(probabilities), (p) => Float64Array.of(1 - p, p));
  sameLength("logLoss", t.length, rows.length);
  const least = 2 ** -52;
  return -average(rows.map((row, i) => Math.log(Math.min(1 - least, Math.max(least, row[t[i]] / total(row))))));
}
/** Mean squared distance of the probability of class 1 from 0 or 1. Brier 1950. */
export function brierScore(truth: Values, probabilities: Values): number {
  const [t, p] = pair("brierScore", truth, probabilities);
  return average(t.map((v, i) => (p[i] - v) ** 2));
}
