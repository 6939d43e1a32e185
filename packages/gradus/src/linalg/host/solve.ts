import { UsageError } from "../../vocab/errors.ts";
import { copy, generate, identity, matrix, requireSquare, type Matrix } from "./matrix.ts";

/** Rows `from` and `to` exchanged. */
function swapRows({ columns, data }: Matrix, from: number, to: number): void {
  for (let j = 0; j < columns; j++) {
    [data[from * columns + j], data[to * columns + j]] = [data[to * columns + j], data[from * columns + j]];
  }
}
export interface LU {
  /** Rows of the matrix in the order in which the factors hold them: a[order[i]] = (l u)[i]. */
  readonly order: Int32Array;
  /** (m, k) with ones on the diagonal, and (k, n). */
  readonly l: Matrix;
  readonly u: Matrix;
  /** 1 or -1: that of the permutation. */
  readonly sign: number;
}
/** Gaussian elimination with the largest pivot of each column. Golub and Van Loan, section 3.4. */
export function lu(given: Matrix): LU {
  const a = copy(given), { rows: m, columns: n, data } = a, k = Math.min(m, n);
  const order = Int32Array.from({ length: m }, (_, i) => i);
  let sign = 1;
  for (let p = 0; p < k; p++) {
    let best = p;
    for (let i = p + 1; i < m; i++) if (Math.abs(data[i * n + p]) > Math.abs(data[best * n + p])) best = i;
    if (best !== p) {
      swapRows(a, p, best);
      [order[p], order[best]] = [order[best], order[p]];
      sign = -sign;
    }
    if (data[p * n + p] === 0) continue;
    for (let i = p + 1; i < m; i++) {
      const factor = data[i * n + p] /= data[p * n + p];
      for (let j = p + 1; j < n; j++) data[i * n + j] -= factor * data[p * n + j];
    }
  }
  return {
    order, sign,
    l: generate(m, k, (i, j) => (i === j ? 1 : i > j ? data[i * n + j] : 0)),
    u: generate(k, n, (i, j) => (i <= j ? data[i * n + j] : 0)),
  };
}
/** x with t x = b for a triangular matrix, of which one half is read. */
export function solveTriangular(t: Matrix, b: Matrix, upper: boolean, unit = false): Matrix {
  const n = t.rows, width = b.columns, x = copy(b);
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step, pivot = unit ? 1 : t.data[i * n + i];
    if (pivot === 0) throw singular(`the diagonal of the triangular matrix is 0 in row ${i}`);
    for (let k = upper ? i + 1 : 0; k < (upper ? n : i); k++) {
      const factor = t.data[i * n + k];
      for (let j = 0; j < width; j++) x.data[i * width + j] -= factor * x.data[k * width + j];
    }
    for (let j = 0; j < width; j++) x.data[i * width + j] /= pivot;
  }
  return x;
}
/** x with a x = b. */
export function solve(a: Matrix, b: Matrix): Matrix {
  requireSquare("solve", a);
  const { order, l, u } = lu(a);
  const last = u.data.findIndex((v, i) => i % (a.rows + 1) === 0 && v === 0);
  if (last >= 0) throw singular(`elimination finds no pivot in column ${last % a.rows}`);
  const sorted = generate(b.rows, b.columns, (i, j) => b.data[order[i] * b.columns + j]);
  return solveTriangular(u, solveTriangular(l, sorted, false, true), true);
}
export const inverse = (a: Matrix): Matrix => solve(a, identity(a.rows));
const singular = (why: string): UsageError =>
  new UsageError(`the matrix is singular (${why}); use lstsq or pinv, or add a multiple of the identity`);

/** The lower triangle l with l l^T = a, a symmetric and positive definite (its lower half is read). */
export function cholesky(a: Matrix): Matrix {
  requireSquare("cholesky", a);
  const n = a.rows, l = matrix(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a.data[i * n + j];
      for (let k = 0; k < j; k++) sum -= l.data[i * n + k] * l.data[j * n + k];
      if (i > j) l.data[i * n + j] = sum / l.data[j * n + j];
      else if (sum > 0) l.data[i * n + j] = Math.sqrt(sum);
      else {
        throw new UsageError(`cholesky: the matrix is not positive definite (pivot ${j} is ${sum}); ` +
          "add a multiple of the identity");
      }
    }
  }
  return l;
}
/** a = q r: q (m, k) with orthonormal columns, r (k, n) upper triangular. Householder 1958. */
export function qr(given: Matrix): { readonly q: Matrix; readonly r: Matrix } {
  const a = copy(given), { rows: m, columns: n, data } = a, k = Math.min(m, n);
  const mirrors: Float64Array[] = [];
  const reflect = (target: Matrix, v: Float64Array, from: number): void => {
    for (let j = 0; j < target.columns; j++) {
      let along = 0;
      for (let i = from; i < m; i++) along += v[i] * target.data[i * target.columns + j];
      for (let i = from; i < m; i++) target.data[i * target.columns + j] -= 2 * along * v[i];
    }
  };
  for (let p = 0; p < k; p++) {
    const v = new Float64Array(m);
    for (let i = p; i < m; i++) v[i] = data[i * n + p];
    // Away from the pivot, so that nothing cancels.
    v[p] += v[p] < 0 ? -Math.hypot(...v) : Math.hypot(...v);
    const length = Math.hypot(...v);
    if (length > 0) v.forEach((x, i) => { v[i] = x / length; });
    mirrors.push(v);
    reflect(a, v, p);
  }
  const q = generate(m, k, (i, j) => (i === j ? 1 : 0));
  for (let p = k - 1; p >= 0; p--) reflect(q, mirrors[p], p);
  return { q, r: generate(k, n, (i, j) => (i <= j ? data[i * n + j] : 0)) };
}
