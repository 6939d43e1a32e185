import { columns, copy, generate, identity, matrix, transpose, type Matrix } from "./matrix.ts";

const SWEEPS = 60;
/** The rotation (c, s) that makes the symmetric [[a, b], [b, d]] diagonal. Golub and Van Loan, section 8.5.2. */
function rotation(a: number, b: number, d: number): [c: number, s: number] {
  const tau = (d - a) / (2 * b);
  const t = tau >= 0 ? 1 / (tau + Math.hypot(1, tau)) : -1 / (-tau + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  return [c, t * c];
}
/** Columns p and q of a turned by (c, s). */
function turnColumns({ rows, columns: width, data }: Matrix, p: number, q: number, c: number, s: number): void {
  for (let i = 0; i < rows; i++) {
    const x = data[i * width + p], y = data[i * width + q];
    data[i * width + p] = c * x - s * y;
    data[i * width + q] = s * x + c * y;
  }
}
function turnRows({ columns: width, data }: Matrix, p: number, q: number, c: number, s: number): void {
  for (let j = 0; j < width; j++) {
    const x = data[p * width + j], y = data[q * width + j];
    data[p * width + j] = c * x - s * y;
    data[q * width + j] = s * x + c * y;
  }
}

/**
 * Eigenvalues, rising, and eigenvectors, one per column, of a symmetric matrix, of which the lower half is read.
 * Cyclic Jacobi rotations: Jacobi 1846; Golub and Van Loan, section 8.5.
 */
export function symmetricEigen(given: Matrix): { readonly values: Float64Array; readonly vectors: Matrix } {
  const n = given.rows;
  const a = generate(n, n, (i, j) => given.data[Math.max(i, j) * n + Math.min(i, j)]), v = identity(n);
  const total = a.data.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rest = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rest += a.data[p * n + q] ** 2;
    if (!(rest > 1e-34 * total)) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a.data[p * n + q] === 0) continue;
        const [c, s] = rotation(a.data[p * n + p], a.data[p * n + q], a.data[q * n + q]);
        turnColumns(a, p, q, c, s);
        turnRows(a, p, q, c, s);
        turnColumns(v, p, q, c, s);
      }
    }
  }
  const values = Float64Array.from({ length: n }, (_, i) => a.data[i * n + i]);
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  return { values: values.map((_, i) => values[order[i]]), vectors: columns(v, order) };
}

/**
 * a = u diag(values) v^T with values falling: u (m, k), v (n, k), k the smaller size. One-sided Jacobi rotations, which
 * find small singular values to full relative accuracy: Hestenes 1958; Demmel and Veselic 1992.
 */
export function singularValues(given: Matrix):
{ readonly u: Matrix; readonly values: Float64Array; readonly v: Matrix } {
  if (given.rows < given.columns) {
    const { u, values, v } = singularValues(transpose(given));
    return { u: v, values, v: u };
  }
  const { rows: m, columns: n } = given;
  const a = copy(given), v = identity(n);
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        let [pp, pq, qq] = [0, 0, 0];
        for (let i = 0; i < m; i++) {
          const x = a.data[i * n + p], y = a.data[i * n + q];
          pp += x * x;
          pq += x * y;
          qq += y * y;
        }
        if (!(Math.abs(pq) > 1e-15 * Math.sqrt(pp * qq))) continue;
        moved = true;
        const [c, s] = rotation(pp, pq, qq);
        turnColumns(a, p, q, c, s);
        turnColumns(v, p, q, c, s);
      }
    }
  }
  const lengths = Float64Array.from({ length: n }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < m; i++) sum += a.data[i * n + j] ** 2;
    return Math.sqrt(sum);
  });
  const order = [...lengths.keys()].sort((i, j) => lengths[j] - lengths[i]);
  const values = lengths.map((_, j) => lengths[order[j]]);
  const u = columns(a, order);
  completeColumns(u, values);
  return { u, values, v: columns(v, order) };
}
/** Columns divided by their lengths; where the length is (nearly) 0, any direction orthogonal to the others. */
function completeColumns(u: Matrix, lengths: Float64Array): void {
  const { rows: m, columns: n, data } = u;
  const least = (lengths[0] ?? 0) * 1e-300;
  for (let j = 0; j < n; j++) {
    if (lengths[j] > least) {
      for (let i = 0; i < m; i++) data[i * n + j] /= lengths[j];
      continue;
    }
    // Gram and Schmidt on the unit vectors, taking the first that is far from all columns before.
    for (let axis = 0; axis < m; axis++) {
      const x = matrix(m, 1);
      x.data[axis] = 1;
      for (let pass = 0; pass < 2; pass++) {
        for (let k = 0; k < j; k++) {
          let along = 0;
          for (let i = 0; i < m; i++) along += x.data[i] * data[i * n + k];
          for (let i = 0; i < m; i++) x.data[i] -= along * data[i * n + k];
        }
      }
      const length = Math.hypot(...x.data);
      if (length < 0.5 / Math.sqrt(m)) continue;
      for (let i = 0; i < m; i++) data[i * n + j] = x.data[i] / length;
      break;
    }
  }
}
