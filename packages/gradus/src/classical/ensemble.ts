import { RandomStream } from "../vocab/random.ts";
import { Classifier, Regressor, softmax, type Table } from "./estimator.ts";
import {
  allRows, gini, growTree, leafOf, squaredError, type Impurity, type TreeNode, type TreeOptions,
} from "./tree.ts";

export interface ForestOptions extends TreeOptions {
  readonly trees?: number;
}
/** Trees over rows drawn with replacement, each split over some of the features. */
function forest(x: readonly Float64Array[], impurity: Impurity, features: number, options: ForestOptions): TreeNode[] {
  const random = new RandomStream(options.seed ?? 0, 1);
  return Array.from({ length: options.trees ?? 100 }, (_, i) => {
    const rows = Array.from(x, () => random.integer(x.length));
    return growTree(x, impurity, rows, { maxFeatures: features, ...options, seed: (options.seed ?? 0) * 1009 + i });
  });
}
const meanOf = (trees: readonly TreeNode[], row: Float64Array): Float64Array => trees
  .map((tree) => leafOf(tree, row).value)
  .reduce((sum, value) => sum.map((v, j) => v + value[j])).map((v) => v / trees.length);

/** Mean of the class shares of many random trees, sqrt(features) per split. Breiman 2001. */
export class RandomForestClassifier extends Classifier {
  readonly options: ForestOptions;
  #trees: TreeNode[] = [];
  constructor(options: ForestOptions = {}) {
    super();
    this.options = options;
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const features = Math.max(1, Math.floor(Math.sqrt(x[0].length)));
    this.#trees = forest(x, gini(y, this.classes.length), features, this.options);
  }
  protected override scores(row: Float64Array): Float64Array {
    return meanOf(this.#trees, row);
  }
}
/** The mean of many random regression trees, over all features by default. */
export class RandomForestRegressor extends Regressor {
  readonly options: ForestOptions;
  #trees: TreeNode[] = [];
  constructor(options: ForestOptions = {}) {
    super();
    this.options = options;
  }
  protected override learn({ x, y }: Table): void {
    this.#trees = forest(x, squaredError(y), x[0].length, this.options);
  }
  protected override predictRow(row: Float64Array): number {
    return meanOf(this.#trees, row)[0];
  }
}

export interface BoostingOptions extends TreeOptions {
  readonly trees?: number;
  /** How much of each tree is taken. */
  readonly rate?: number;
}
const BOOSTING = { trees: 100, rate: 0.1, maxDepth: 3 };

/** Each tree learns what the sum of those before leaves over. Friedman 2001, squared error. */
export class GradientBoostingRegressor extends Regressor {
  readonly options: BoostingOptions & typeof BOOSTING;
  #start = 0;
  #trees: TreeNode[] = [];
  constructor(options: BoostingOptions = {}) {
    super();
    this.options = { ...BOOSTING, ...options };
  }
  protected override learn({ x, y }: Table): void {
    this.#start = y.reduce((a, b) => a + b, 0) / y.length;
    const rest = y.map((v) => v - this.#start);
    this.#trees = Array.from({ length: this.options.trees }, () => {
      const tree = growTree(x, squaredError(rest), allRows(x), this.options);
      x.forEach((row, i) => { rest[i] -= this.options.rate * leafOf(tree, row).value[0]; });
      return tree;
    });
  }
  protected override predictRow(row: Float64Array): number {
    return this.#trees.reduce((sum, tree) => sum + this.options.rate * leafOf(tree, row).value[0], this.#start);
  }
}
/**
 * One sum of trees per class, with softmax: each tree learns y - p, and its leaves take one Newton step. Friedman 2001,
 * algorithm 6.
 */
export class GradientBoostingClassifier extends Classifier {
  readonly options: BoostingOptions & typeof BOOSTING;
  #start = new Float64Array();
  #rounds: (readonly { readonly tree: TreeNode; readonly steps: ReadonlyMap<TreeNode, number> }[])[] = [];
  constructor(options: BoostingOptions = {}) {
    super();
    this.options = { ...BOOSTING, ...options };
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const k = this.classes.length, { rate, trees } = this.options;
    this.#start = Float64Array.from({ length: k }, (_, c) => Math.log(y.filter((v) => v === c).length / y.length));
    const sums = x.map(() => this.#start.slice());
    this.#rounds = Array.from({ length: trees }, () => {
      const shares = sums.map(softmax);
      return Array.from({ length: k }, (_, c) => {
        const rest = Float64Array.from(y, (v, i) => (v === c ? 1 : 0) - shares[i][c]);
        const tree = growTree(x, squaredError(rest), allRows(x), this.options);
        const leaves = x.map((row) => leafOf(tree, row));
        const steps = new Map<TreeNode, number>();
        for (const leaf of new Set(leaves)) {
          const own = allRows(x).filter((i) => leaves[i] === leaf);
          const curvature = own.reduce((sum, i) => sum + Math.abs(rest[i]) * (1 - Math.abs(rest[i])), 0);
          const slope = own.reduce((sum, i) => sum + rest[i], 0);
          steps.set(leaf, curvature < 1e-150 ? 0 : (k - 1) / k * slope / curvature);
        }
        leaves.forEach((leaf, i) => { sums[i][c] += rate * steps.get(leaf)!; });
        return { tree, steps };
      });
    });
  }
  protected override scores(row: Float64Array): Float64Array {
    const sums = this.#start.slice();
    for (const round of this.#rounds) {
      round.forEach(({ tree, steps }, c) => { sums[c] += this.options.rate * steps.get(leafOf(tree, row))!; });
    }
    return softmax(sums);
  }
}
