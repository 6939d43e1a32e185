import { singularValues } from "../linalg/host/jacobi.ts";
import { generate } from "../linalg/host/matrix.ts";
import { rowsOf, type Rows } from "../metrics/input.ts";
import { dot, largestAt } from "./estimator.ts";

/**
 * The directions along which rows vary most, orthogonal to each other. Pearson 1901. The largest weight of each is
 * positive.
 */
export class PCA {
  readonly components?: number;
  mean = new Float64Array();
  /** One direction per row, the first with the largest variance. */
  directions: readonly Float64Array[] = [];
  explainedVariance = new Float64Array();
  /** Shares of the whole variance. */
  explainedVarianceRatio = new Float64Array();

  constructor(options: { readonly components?: number } = {}) {
    this.components = options.components;
  }
  fit(x: Rows): this {
    const rows = rowsOf(x), width = rows[0].length;
    this.mean = Float64Array.from({ length: width }, (_, j) =>
      rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
    const { values, v } = singularValues(generate(rows.length, width, (i, j) => rows[i][j] - this.mean[j]));
    const variances = values.map((s) => s * s / (rows.length - 1)), all = variances.reduce((a, b) => a + b, 0);
    const kept = Math.min(this.components ?? values.length, values.length);
    this.directions = Array.from({ length: kept }, (_, k) => {
      const direction = Float64Array.from({ length: width }, (__, j) => v.data[j * v.columns + k]);
      const sign = direction[largestAt(direction.map(Math.abs))] < 0 ? -1 : 1;
      return direction.map((w) => w * sign);
    });
    this.explainedVariance = variances.slice(0, kept);
    this.explainedVarianceRatio = this.explainedVariance.map((value) => value / all);
    return this;
  }
  /** Rows as coordinates along the directions. */
  transform(x: Rows): Float64Array[] {
    return rowsOf(x).map((row) => {
      const centred = row.map((v, j) => v - this.mean[j]);
      return Float64Array.from(this.directions, (direction) => dot(centred, direction));
    });
  }
  /** Coordinates back to rows: what the directions keep of them. */
  inverseTransform(x: Rows): Float64Array[] {
    return rowsOf(x).map((row) => this.mean.map((m, j) =>
      this.directions.reduce((sum, direction, k) => sum + row[k] * direction[j], m)));
  }
}
