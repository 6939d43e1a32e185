import { ShapeError, UsageError } from "../vocab/errors.ts";
import { accuracy } from "../metrics/classification.ts";
import { r2 } from "../metrics/regression.ts";
import { distinct, rowsOf, valuesOf, type Rows, type Values } from "../metrics/input.ts";

/** Rows to learn from, with what is to be said about each. */
export interface Table {
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
}
export interface Estimator {
  fit(x: Rows, y: Values): this;
  predict(x: Rows): Float64Array;
  /** Accuracy of a classifier, r2 of a regressor. */
  score(x: Rows, y: Values): number;
}

/** Learns from rows and targets, then predicts: in float64 on the CPU, for small data. */
abstract class Supervised implements Estimator {
  #width = -1;
  protected abstract learn(table: Table): void;
  protected abstract predictRow(row: Float64Array): number;
  abstract score(x: Rows, y: Values): number;

  fit(x: Rows, y: Values): this {
    const table = { x: rowsOf(x), y: valuesOf(y) }, name = this.constructor.name;
    if (table.x.length === 0 || table.x.length !== table.y.length) {
      throw new ShapeError(`${name}.fit: ${table.x.length} rows and ${table.y.length} targets; as many of both`);
    }
    this.#width = table.x[0].length;
    this.learn(table);
    return this;
  }
  predict(x: Rows): Float64Array {
    return Float64Array.from(this.checked(x), (row) => this.predictRow(row));
  }
  /** Rows as wide as those that were learned from. */
  protected checked(x: Rows): Float64Array[] {
    const rows = rowsOf(x), name = this.constructor.name;
    if (this.#width < 0) throw new UsageError(`${name}: it has learned nothing yet; call fit(x, y) first`);
    const wrong = rows.find((row) => row.length !== this.#width);
    if (wrong !== undefined) {
      throw new ShapeError(`${name}: a row of ${wrong.length} numbers, but it learned from rows of ${this.#width}`);
    }
    return rows;
  }
}
export abstract class Regressor extends Supervised {
  score(x: Rows, y: Values): number {
    return r2(y, this.predict(x));
  }
}
/** Classes are any numbers; subclasses see their places 0, 1, ... in rising order. */
export abstract class Classifier extends Supervised {
  classes: readonly number[] = [];
  protected abstract learnClasses(x: readonly Float64Array[], y: Int32Array): void;
  /** A score per class, the highest wins: probabilities where the method has them. */
  protected abstract scores(row: Float64Array): ArrayLike<number>;

  protected override learn({ x, y }: Table): void {
    this.classes = distinct(y);
    if (this.classes.length < 2) {
      throw new UsageError(`${this.constructor.name}.fit: all targets are ${this.classes[0]}; it needs two classes`);
    }
    this.learnClasses(x, Int32Array.from(y, (label) => this.classes.indexOf(label)));
  }
  protected override predictRow(row: Float64Array): number {
    return this.classes[largestAt(this.scores(row))];
  }
  /** The scores of each row, one per class. */
  decision(x: Rows): Float64Array[] {
    return this.checked(x).map((row) => Float64Array.from(this.scores(row)));
  }
  score(x: Rows, y: Values): number {
    return accuracy(y, this.predict(x));
  }
}

/** The first position of the largest number. */
export function largestAt(x: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
export function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}
/** e^scores over their sum. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const most = Math.max(...Array.from(scores)), powers = Float64Array.from(scores, (v) => Math.exp(v - most));
  const all = powers.reduce((a, b) => a + b, 0);
  return powers.map((v) => v / all);
}
/** How many of each class 0 .. count-1. */
export function histogram(y: ArrayLike<number>, count: number): Float64Array {
  const made = new Float64Array(count);
  for (let i = 0; i < y.length; i++) made[y[i]]++;
  return made;
}
