import { RandomStream } from "../vocab/random.ts";
import { Classifier, Regressor, type Table } from "./estimator.ts";

export interface TreeOptions {
  readonly maxDepth?: number;
  /** Fewer rows are not split. */
  readonly minSamplesSplit?: number;
  /** No side of a split is smaller. */
  readonly minSamplesLeaf?: number;
  /** How many features, drawn anew, each split may choose from. */
  readonly maxFeatures?: number;
  readonly seed?: number;
}
/** A leaf holds a value (shares of classes, or a mean); a split sends rows with x[feature] <= threshold to the left. */
export type TreeNode =
  | { readonly value: Float64Array; readonly size: number }
  | { readonly feature: number; readonly threshold: number; readonly left: TreeNode; readonly right: TreeNode };

/** Sums over rows from which the impurity of a set follows: counts of classes, or sum and sum of squares. */
export interface Impurity {
  readonly width: number;
  /** Adds row `i` to the sums, `sign` times. */
  add(sums: Float64Array, i: number, sign: number): void;
  /** Impurity times the number of rows. */
  of(sums: Float64Array, size: number): number;
  value(sums: Float64Array, size: number): Float64Array;
}
const counts = (y: ArrayLike<number>, classes: number, of: Impurity["of"]): Impurity => ({
  width: classes, of,
  add: (sums, i, sign) => { sums[y[i]] += sign; },
  value: (sums, size) => sums.map((n) => n / size),
});
/** 1 - sum p^2. Breiman et al. 1984. */
export const gini = (y: ArrayLike<number>, classes: number): Impurity =>
  counts(y, classes, (sums, n) => n - sums.reduce((total, v) => total + v * v, 0) / n);
/** -sum p log2 p. Quinlan 1986. */
export const entropy = (y: ArrayLike<number>, classes: number): Impurity =>
  counts(y, classes, (sums, n) => -sums.reduce((total, v) => total + (v > 0 ? v * Math.log2(v / n) : 0), 0));
/** Mean squared distance from the mean. */
export const squaredError = (y: ArrayLike<number>): Impurity => ({
  width: 2,
  add: (sums, i, sign) => {
    sums[0] += sign * y[i];
    sums[1] += sign * y[i] * y[i];
  },
  of: (sums, n) => sums[1] - sums[0] * sums[0] / n,
  value: (sums, n) => Float64Array.of(sums[0] / n),
});

interface Split {
  readonly feature: number;
  readonly threshold: number;
  readonly gain: number;
}
/** Splits rows again and again where the impurity falls most. Breiman et al. 1984 (CART). */
export function growTree(
  x: readonly Float64Array[], impurity: Impurity, rows: readonly number[], options: TreeOptions = {},
): TreeNode {
  const { maxDepth = Infinity, minSamplesSplit = 2, minSamplesLeaf = 1, maxFeatures = Infinity, seed = 0 } = options;
  const random = new RandomStream(seed), width = x[0].length;
  const sumsOf = (own: readonly number[]): Float64Array => {
    const sums = new Float64Array(impurity.width);
    for (const i of own) impurity.add(sums, i, 1);
    return sums;
  };
  const bestSplit = (own: readonly number[], sums: Float64Array): Split | null => {
    const whole = impurity.of(sums, own.length);
    let best: Split | null = null;
    const features = maxFeatures < width
      ? random.permutation(width).subarray(0, maxFeatures) : Int32Array.from({ length: width }, (_, j) => j);
    for (const feature of features) {
      const sorted = [...own].sort((a, b) => x[a][feature] - x[b][feature]);
      const left = new Float64Array(impurity.width), right = sums.slice();
      for (let n = 1; n < sorted.length; n++) {
        impurity.add(left, sorted[n - 1], 1);
        impurity.add(right, sorted[n - 1], -1);
        const [a, b] = [x[sorted[n - 1]][feature], x[sorted[n]][feature]];
        if (a === b || n < minSamplesLeaf || sorted.length - n < minSamplesLeaf) continue;
        const gain = whole - impurity.of(left, n) - impurity.of(right, sorted.length - n);
        if (gain > (best?.gain ?? -Infinity) + 1e-12) best = { feature, threshold: (a + b) / 2, gain };
      }
    }
    return best;
  };
  const grow = (own: readonly number[], depth: number): TreeNode => {
    const sums = sumsOf(own);
    const pure = impurity.of(sums, own.length) <= 1e-12 * Math.max(1, own.length);
    const split = pure || depth >= maxDepth || own.length < minSamplesSplit ? null : bestSplit(own, sums);
    if (split === null) return { value: impurity.value(sums, own.length), size: own.length };
    const { feature, threshold } = split;
    const side = (left: boolean): TreeNode => grow(own.filter((i) => (x[i][feature] <= threshold) === left), depth + 1);
    return { feature, threshold, left: side(true), right: side(false) };
  };
  return grow(rows, 0);
}
/** The leaf that a row falls into. */
export function leafOf(tree: TreeNode, row: ArrayLike<number>): TreeNode & { readonly value: Float64Array } {
  let node = tree;
  while ("feature" in node) node = row[node.feature] <= node.threshold ? node.left : node.right;
  return node;
}
/** All row numbers. */
export const allRows = (x: readonly unknown[]): number[] => Array.from(x.keys());

export interface ClassificationTreeOptions extends TreeOptions {
  readonly criterion?: "gini" | "entropy";
}
/** A tree of questions x[feature] <= threshold; leaves answer with the shares of their classes. */
export class DecisionTreeClassifier extends Classifier {
  readonly options: ClassificationTreeOptions;
  tree: TreeNode = { value: new Float64Array(), size: 0 };
  constructor(options: ClassificationTreeOptions = {}) {
    super();
    this.options = options;
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const criterion = this.options.criterion === "entropy" ? entropy : gini;
    this.tree = growTree(x, criterion(y, this.classes.length), allRows(x), this.options);
  }
  protected override scores(row: Float64Array): Float64Array {
    return leafOf(this.tree, row).value;
  }
}
/** The same for numbers: leaves answer with their mean. */
export class DecisionTreeRegressor extends Regressor {
  readonly options: TreeOptions;
  tree: TreeNode = { value: new Float64Array(1), size: 0 };
  constructor(options: TreeOptions = {}) {
    super();
    this.options = options;
  }
  protected override learn({ x, y }: Table): void {
    this.tree = growTree(x, squaredError(y), allRows(x), this.options);
  }
  protected override predictRow(row: Float64Array): number {
    return leafOf(this.tree, row).value[0];
  }
}
