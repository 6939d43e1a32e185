import { UsageError } from "../vocab/errors.ts";
import { Classifier, dot, histogram, softmax } from "./estimator.ts";

/** Classes by ln p(class) + sum over features of ln p(x_j | class), as if features were independent. */
abstract class NaiveBayes extends Classifier {
  #priors = new Float64Array();
  /** The rows of each class. */
  protected abstract learnFeatures(groups: readonly (readonly Float64Array[])[], all: readonly Float64Array[]): void;
  protected abstract likelihood(row: Float64Array, label: number): number;

  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    this.#priors = histogram(y, this.classes.length).map((n) => Math.log(n / y.length));
    this.learnFeatures(this.classes.map((_, c) => x.filter((__, i) => y[i] === c)), x);
  }
  protected override scores(row: Float64Array): Float64Array {
    return softmax(this.#priors.map((prior, c) => prior + this.likelihood(row, c)));
  }
}
const columnSums = (rows: readonly Float64Array[], of: (v: number, j: number) => number): Float64Array =>
  Float64Array.from({ length: rows[0].length }, (_, j) => rows.reduce((sum, row) => sum + of(row[j], j), 0));

/** Each feature of each class is normal; a share `smoothing` of the largest variance is added to all. */
export class GaussianNB extends NaiveBayes {
  readonly smoothing: number;
  #means: Float64Array[] = [];
  #variances: Float64Array[] = [];
  constructor(options: { readonly smoothing?: number } = {}) {
    super();
    this.smoothing = options.smoothing ?? 1e-9;
  }
  protected override learnFeatures(groups: readonly (readonly Float64Array[])[], all: readonly Float64Array[]): void {
    const moments = (rows: readonly Float64Array[]): [Float64Array, Float64Array] => {
      const means = columnSums(rows, (v) => v / rows.length);
      return [means, columnSums(rows, (v, j) => (v - means[j]) ** 2 / rows.length)];
    };
    const extra = this.smoothing * Math.max(...moments(all)[1]);
    const each = groups.map(moments);
    this.#means = each.map(([means]) => means);
    this.#variances = each.map(([, variances]) => variances.map((v) => v + extra));
  }
  protected override likelihood(row: Float64Array, label: number): number {
    const means = this.#means[label];
    return this.#variances[label].reduce((sum, v, j) =>
      sum - (Math.log(2 * Math.PI * v) + (row[j] - means[j]) ** 2 / v) / 2, 0);
  }
}
/** Features are counts: x_j draws of feature j, with `alpha` further ones of each. */
export class MultinomialNB extends NaiveBayes {
  readonly alpha: number;
  #logs: Float64Array[] = [];
  constructor(options: { readonly alpha?: number } = {}) {
    super();
    this.alpha = options.alpha ?? 1;
  }
  protected override learnFeatures(groups: readonly (readonly Float64Array[])[], all: readonly Float64Array[]): void {
    if (all.some((row) => row.some((v) => v < 0))) {
      throw new UsageError("MultinomialNB: features are counts, and there are negative ones; use GaussianNB");
    }
    this.#logs = groups.map((rows) => {
      const counts = columnSums(rows, (v) => v).map((n) => n + this.alpha);
      const sum = counts.reduce((a, b) => a + b, 0);
      return counts.map((n) => Math.log(n / sum));
    });
  }
  protected override likelihood(row: Float64Array, label: number): number {
    return dot(row, this.#logs[label]);
  }
}
/** Features are present (above `threshold`) or absent. */
export class BernoulliNB extends NaiveBayes {
  readonly alpha: number;
  readonly threshold: number;
  #shares: Float64Array[] = [];
  constructor(options: { readonly alpha?: number; readonly threshold?: number } = {}) {
    super();
    this.alpha = options.alpha ?? 1;
    this.threshold = options.threshold ?? 0;
  }
  protected override learnFeatures(groups: readonly (readonly Float64Array[])[]): void {
    this.#shares = groups.map((rows) => columnSums(rows, (v) => (v > this.threshold ? 1 : 0))
      .map((n) => (n + this.alpha) / (rows.length + 2 * this.alpha)));
  }
  protected override likelihood(row: Float64Array, label: number): number {
    return this.#shares[label].reduce((sum, p, j) => sum + Math.log(row[j] > this.threshold ? p : 1 - p), 0);
  }
}
