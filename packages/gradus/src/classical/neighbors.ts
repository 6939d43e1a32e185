import { Classifier, histogram, Regressor, squaredDistance, type Table } from "./estimator.ts";

export interface NeighborsOptions {
  readonly k?: number;
}
/** Positions of the k nearest rows. */
const nearest = (rows: readonly Float64Array[], row: Float64Array, k: number): number[] => rows
  .map((other, i) => [squaredDistance(row, other), i] as const)
  .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, k).map(([, i]) => i);

/** The class that most of the k nearest rows have; of equal counts the lowest. Fix and Hodges 1951. */
export class KNeighborsClassifier extends Classifier {
  readonly k: number;
  #x: readonly Float64Array[] = [];
  #y = new Int32Array();
  constructor(options: NeighborsOptions = {}) {
    super();
    this.k = options.k ?? 5;
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array<ArrayBuffer>): void {
    [this.#x, this.#y] = [x, y];
  }
  protected override scores(row: Float64Array): Float64Array {
    const votes = nearest(this.#x, row, this.k).map((i) => this.#y[i]);
    return histogram(votes, this.classes.length).map((n) => n / votes.length);
  }
}
/** The mean target of the k nearest rows. */
export class KNeighborsRegressor extends Regressor {
  readonly k: number;
  #table: Table = { x: [], y: new Float64Array() };
  constructor(options: NeighborsOptions = {}) {
    super();
    this.k = options.k ?? 5;
  }
  protected override learn(table: Table): void {
    this.#table = table;
  }
  protected override predictRow(row: Float64Array): number {
    const near = nearest(this.#table.x, row, this.k);
    return near.reduce((sum, i) => sum + this.#table.y[i], 0) / near.length;
  }
}
