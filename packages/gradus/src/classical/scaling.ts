import { rowsOf, type Rows } from "../metrics/input.ts";

/** (x - shift) / scale per column, measured on the rows of `fit`: those of training. */
abstract class Scaler {
  shift = new Float64Array();
  scale = new Float64Array();
  /** What is taken off a column and what it is divided by; 0 divides by 1. */
  protected abstract measure(column: Float64Array): readonly [shift: number, scale: number];

  fit(x: Rows): this {
    const rows = rowsOf(x);
    const measured = Array.from(rows[0], (_, j) => this.measure(Float64Array.from(rows, (row) => row[j])));
    this.shift = Float64Array.from(measured, ([shift]) => shift);
    this.scale = Float64Array.from(measured, ([, scale]) => (scale === 0 ? 1 : scale));
    return this;
  }
  transform(x: Rows): Float64Array[] {
    return rowsOf(x).map((row) => row.map((v, j) => (v - this.shift[j]) / this.scale[j]));
  }
  inverseTransform(x: Rows): Float64Array[] {
    return rowsOf(x).map((row) => row.map((v, j) => v * this.scale[j] + this.shift[j]));
  }
}
/** Columns with mean 0 and deviation 1. */
export class StandardScaler extends Scaler {
  protected override measure(column: Float64Array): readonly [number, number] {
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    return [mean, Math.sqrt(column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / column.length)];
  }
}
/** Columns between 0 and 1. */
export class MinMaxScaler extends Scaler {
  protected override measure(column: Float64Array): readonly [number, number] {
    const low = column.reduce((a, b) => Math.min(a, b));
    return [low, column.reduce((a, b) => Math.max(a, b)) - low];
  }
}
