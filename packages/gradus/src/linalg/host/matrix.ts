import { ShapeError } from "../../vocab/errors.ts";

/** A matrix of float64 on the CPU, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** A matrix of zeros, or of numbers given row by row. */
export const matrix = (rows: number, columns: number, data = new Float64Array(rows * columns)): Matrix =>
  ({ rows, columns, data });
/** Element (i, j) from a function. */
export function generate(rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const made = matrix(rows, columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) made.data[i * columns + j] = at(i, j);
  return made;
}
export const identity = (n: number): Matrix => generate(n, n, (i, j) => (i === j ? 1 : 0));
export const diagonal = (values: ArrayLike<number>): Matrix =>
  generate(values.length, values.length, (i, j) => (i === j ? values[i] : 0));
export const copy = ({ rows, columns, data }: Matrix): Matrix => matrix(rows, columns, data.slice());
export const transpose = ({ rows, columns, data }: Matrix): Matrix =>
  generate(columns, rows, (i, j) => data[j * columns + i]);
/** a b. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new ShapeError(`a matrix of ${a.rows} x ${a.columns} cannot be multiplied by one of ${b.rows} x ` +
      `${b.columns}`);
  }
  const made = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k];
      if (factor === 0) continue;
      for (let j = 0; j < b.columns; j++) made.data[i * b.columns + j] += factor * b.data[k * b.columns + j];
    }
  }
  return made;
}
/** a + factor b. */
export const plus = (a: Matrix, b: Matrix, factor = 1): Matrix =>
  matrix(a.rows, a.columns, a.data.map((v, i) => v + factor * b.data[i]));
export const scale = (a: Matrix, factor: number): Matrix =>
  matrix(a.rows, a.columns, a.data.map((v) => v * factor));
/** One column as a vector. */
export const column = (a: Matrix, j: number): Float64Array =>
  Float64Array.from({ length: a.rows }, (_, i) => a.data[i * a.columns + j]);
/** The columns in another order, or some of them. */
export const columns = (a: Matrix, order: ArrayLike<number>): Matrix =>
  generate(a.rows, order.length, (i, j) => a.data[i * a.columns + order[j]]);
/** The first rows and columns. */
export const corner = (a: Matrix, rows: number, width: number): Matrix =>
  generate(rows, width, (i, j) => a.data[i * a.columns + j]);
/** The error for a matrix that must be square. */
export function requireSquare(what: string, { rows, columns: width }: Matrix): void {
  if (rows !== width) throw new ShapeError(`${what}: the matrix is ${rows} x ${width}; it must be square`);
}
