import { UsageError } from "../vocab/errors.ts";
import { average, distinct, falling, pair, ratio, rowsOf, sameLength, total, valuesOf, type Rows, type Values,
} from "./input.ts";

/** The share of predictions that are right. */
export function accuracy(truth: Values, predicted: Values): number {
  const [t, p] = pair("accuracy", truth, predicted);
  return t.reduce((n, v, i) => n + (v === p[i] ? 1 : 0), 0) / t.length;
}
/** The share of rows whose true class is among the k with the highest scores (rows: one score per class). */
export function topKAccuracy(truth: Values, scores: Rows, k = 5): number {
  const t = valuesOf(truth), rows = rowsOf(scores);
  sameLength("topKAccuracy", t.length, rows.length);
  return rows.filter((row, i) => falling(row).slice(0, k).includes(t[i])).length / t.length;
}

/** Counts [true class][predicted class]; `classes` defaults to those that occur, rising. */
export function confusionMatrix(
  truth: Values, predicted: Values, options: { readonly classes?: readonly number[] } = {},
): number[][] {
  const [t, p] = pair("confusionMatrix", truth, predicted);
  const place = new Map((options.classes ?? distinct(t, p)).map((label, i) => [label, i]));
  const counts = Array.from(place, () => new Array<number>(place.size).fill(0));
  t.forEach((label, i) => {
    const row = place.get(label), column = place.get(p[i]);
    if (row !== undefined && column !== undefined) counts[row][column]++;
  });
  return counts;
}

/** How the numbers of classes become one: that of the class 1, all counts together, the mean, or weighted by size. */
export type Average = "binary" | "micro" | "macro" | "weighted";
export interface AverageOptions {
  readonly average?: Average;
  /** The class that counts as positive with "binary". */
  readonly positive?: number;
}
interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly fBeta: number;
}

/**
 * Precision tp / (tp + fp), recall tp / (tp + fn) and (1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp), 0 where a
 * divisor is 0. As scikit-learn's precision_recall_fscore_support.
 */
export function precisionRecallFBeta(
  truth: Values, predicted: Values, options: AverageOptions & { readonly beta?: number } = {},
): Scores {
  const [t, p] = pair("precisionRecallFBeta", truth, predicted);
  const { average: way = "binary", positive = 1, beta = 1 } = options;
  const labels = way === "binary" ? [positive] : distinct(t, p);
  if (way === "binary" && distinct(t, p).length > 2) {
    throw new UsageError(`there are ${distinct(t, p).length} classes; choose average "micro", "macro" or "weighted"`);
  }
  const counts = labels.map((label) => {
    let [tp, fp, fn] = [0, 0, 0];
    t.forEach((v, i) => {
      if (v === label && p[i] === label) tp++;
      else if (p[i] === label) fp++;
      else if (v === label) fn++;
    });
    return { tp, fp, fn };
  });
  const scores = ({ tp, fp, fn }: (typeof counts)[number]): Scores => ({
    precision: ratio(tp, tp + fp), recall: ratio(tp, tp + fn),
    fBeta: ratio((1 + beta * beta) * tp, (1 + beta * beta) * tp + beta * beta * fn + fp),
  });
  if (way === "binary") return scores(counts[0]);
  if (way === "micro") {
    return scores(counts.reduce((a, b) => ({ tp: a.tp + b.tp, fp: a.fp + b.fp, fn: a.fn + b.fn })));
  }
  const sizes = counts.map(({ tp, fn }) => (way === "macro" ? 1 : tp + fn)), all = total(sizes);
  const mean = (of: (s: Scores) => number): number =>
    counts.reduce((sum, c, i) => sum + of(scores(c)) * sizes[i] / all, 0);
  return { precision: mean((s) => s.precision), recall: mean((s) => s.recall), fBeta: mean((s) => s.fBeta) };
}
/** Of what was predicted as a class, the share that belongs to it. */
export const precision = (truth: Values, predicted: Values, options: AverageOptions = {}): number =>
  precisionRecallFBeta(truth, predicted, options).precision;
/** Of what belongs to a class, the share that was predicted so. */
export const recall = (truth: Values, predicted: Values, options: AverageOptions = {}): number =>
  precisionRecallFBeta(truth, predicted, options).recall;
/** Precision and recall as one number, recall counting beta times as much. */
export const fBeta = (truth: Values, predicted: Values, beta: number, options: AverageOptions = {}): number =>
  precisionRecallFBeta(truth, predicted, { ...options, beta }).fBeta;
/** The harmonic mean of precision and recall. */
export const f1 = (truth: Values, predicted: Values, options: AverageOptions = {}): number =>
  fBeta(truth, predicted, 1, options);

/** The mean recall of the classes that occur. */
export function balancedAccuracy(truth: Values, predicted: Values): number {
  const counts = confusionMatrix(truth, predicted);
  return average(counts.flatMap((row, i) => (total(row) > 0 ? [row[i] / total(row)] : [])));
}
/** Matthews' correlation of the true and predicted classes, 0 where it is not defined. Gorodkin 2004. */
export function matthews(truth: Values, predicted: Values): number {
  const { right, all, rows, columns } = margins(truth, predicted);
  const dot = (a: readonly number[], b: readonly number[]): number => total(a.map((v, i) => v * b[i]));
  const both = Math.sqrt((all ** 2 - dot(rows, rows)) * (all ** 2 - dot(columns, columns)));
  return ratio(right * all - dot(rows, columns), both);
}
/** Agreement beyond chance: (p - e) / (1 - e), e the agreement of independent raters. Cohen 1960. */
export function cohenKappa(truth: Values, predicted: Values): number {
  const { right, all, rows, columns } = margins(truth, predicted);
  const chance = total(rows.map((n, i) => n * columns[i])) / all ** 2;
  return ratio(right / all - chance, 1 - chance);
}
function margins(truth: Values, predicted: Values):
{ right: number; all: number; rows: number[]; columns: number[] } {
  const counts = confusionMatrix(truth, predicted);
  const rows = counts.map(total), columns = counts.map((_, j) => total(counts.map((row) => row[j])));
  return { right: total(counts.map((row, i) => row[i])), all: total(rows), rows, columns };
}
