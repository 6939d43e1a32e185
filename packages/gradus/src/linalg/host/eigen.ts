import { UsageError } from "../../vocab/errors.ts";
import { requireSquare, type Matrix } from "./matrix.ts";

/** A complex matrix as its real and imaginary parts. */
export interface Complex {
  readonly re: Matrix;
  readonly im: Matrix;
}
interface Number2 {
  readonly re: number;
  readonly im: number;
}
const times = (a: Number2, b: Number2): Number2 => ({ re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re });
const minus = (a: Number2, b: Number2): Number2 => ({ re: a.re - b.re, im: a.im - b.im });
const size = (a: Number2): number => Math.hypot(a.re, a.im);
const over = (a: Number2, b: Number2): Number2 => {
  const d = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / d, im: (a.im * b.re - a.re * b.im) / d };
};
function root(a: Number2): Number2 {
  const re = Math.sqrt((size(a) + Math.abs(a.re)) / 2);
  if (re === 0) return { re: 0, im: 0 };
  return a.re >= 0 ? { re, im: a.im / (2 * re) } : { re: Math.abs(a.im) / (2 * re), im: a.im < 0 ? -re : re };
}

/** A square complex matrix that rotations of two rows or columns are applied to. */
class Square {
  readonly n: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
  constructor(n: number, re: Float64Array) {
    this.n = n;
    this.re = re;
    this.im = new Float64Array(n * n);
  }
  at(i: number, j: number): Number2 {
    return { re: this.re[i * this.n + j], im: this.im[i * this.n + j] };
  }
  set(i: number, j: number, value: Number2): void {
    this.re[i * this.n + j] = value.re;
    this.im[i * this.n + j] = value.im;
  }
  /** Rows p and q become c x + s y and -conj(s) x + c y. */
  turnRows(p: number, q: number, c: number, s: Number2): void {
    for (let j = 0; j < this.n; j++) this.#turn([p, j], [q, j], c, s);
  }
  /** Columns p and q become c x + conj(s) y and -s x + c y: the inverse on the other side. */
  turnColumns(p: number, q: number, c: number, s: Number2): void {
    for (let i = 0; i < this.n; i++) this.#turn([i, p], [i, q], c, { re: s.re, im: -s.im });
  }
  #turn(a: readonly [number, number], b: readonly [number, number], c: number, s: Number2): void {
    const x = this.at(...a), y = this.at(...b);
    this.set(...a, minus({ re: c * x.re, im: c * x.im }, times({ re: -s.re, im: -s.im }, y)));
    this.set(...b, minus({ re: c * y.re, im: c * y.im }, times({ re: s.re, im: -s.im }, x)));
  }
}
/** (c, s) that turns (x, y) into (length, 0). */
function givens(x: Number2, y: Number2): [c: number, s: Number2] {
  const length = Math.hypot(size(x), size(y));
  if (size(y) === 0) return [1, { re: 0, im: 0 }];
  if (size(x) === 0) return [0, over({ re: y.re, im: -y.im }, { re: size(y), im: 0 })];
  const phase = over(x, { re: size(x), im: 0 }), s = times(phase, { re: y.re, im: -y.im });
  return [size(x) / length, { re: s.re / length, im: s.im / length }];
}

/** The eigenvalue of [[a, b], [c, d]] that lies nearer to d. Wilkinson 1965. */
function shiftOf(a: Number2, b: Number2, c: Number2, d: Number2): Number2 {
  const half = { re: (a.re - d.re) / 2, im: (a.im - d.im) / 2 };
  const r = root(minus(times(half, half), times({ re: -b.re, im: -b.im }, c)));
  const plus = { re: half.re + r.re, im: half.im + r.im }, other = minus(half, r);
  const divisor = size(plus) >= size(other) ? plus : other;
  return size(divisor) === 0 ? d : minus(d, over(times(b, c), divisor));
}

/**
 * Eigenvalues and eigenvectors (columns of length 1) of a real square matrix. Rotations make it triangular: first
 * Hessenberg form, then the QR algorithm with Wilkinson's shift, in complex numbers. Francis 1961; Golub and Van Loan,
 * chapter 7.
 */
export function eigen(given: Matrix): { readonly values: readonly Number2[]; readonly vectors: Complex } {
  requireSquare("eig", given);
  const n = given.rows;
  const t = new Square(n, given.data.slice());
  const q = new Square(n, Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)));
  const rotate = (p: number, r: number, c: number, s: Number2): void => {
    t.turnRows(p, r, c, s);
    t.turnColumns(p, r, c, s);
    q.turnColumns(p, r, c, s);
  };
  for (let j = 0; j < n - 2; j++) {
    for (let i = n - 1; i > j + 1; i--) {
      if (size(t.at(i, j)) > 0) rotate(i - 1, i, ...givens(t.at(i - 1, j), t.at(i, j)));
      t.set(i, j, { re: 0, im: 0 });
    }
  }
  triangularize(t, rotate);
  const values = Array.from({ length: n }, (_, i) => t.at(i, i));
  return { values, vectors: vectorsOf(t, q) };
}
function triangularize(t: Square, rotate: (p: number, r: number, c: number, s: Number2) => void): void {
  const small = (i: number): boolean => size(t.at(i, i - 1)) <=
    1e-16 * (size(t.at(i, i)) + size(t.at(i - 1, i - 1)) || 1);
  let tries = 0;
  for (let end = t.n - 1; end > 0;) {
    if (small(end)) {
      t.set(end, end - 1, { re: 0, im: 0 });
      end--;
      tries = 0;
      continue;
    }
    if (++tries > 300) throw new UsageError("eig: the QR algorithm does not converge; are all numbers finite?");
    let start = end - 1;
    while (start > 0 && !small(start)) start--;
    // An exceptional shift now and then breaks cycles.
    const shift = tries % 11 === 10 ? { re: size(t.at(end, end - 1)), im: 0 }
      : shiftOf(t.at(end - 1, end - 1), t.at(end - 1, end), t.at(end, end - 1), t.at(end, end));
    let x = minus(t.at(start, start), shift), y = t.at(start + 1, start);
    for (let k = start; k < end; k++) {
      rotate(k, k + 1, ...givens(x, y));
      if (k > start) t.set(k + 1, k - 1, { re: 0, im: 0 });
      if (k < end - 1) [x, y] = [t.at(k + 1, k), t.at(k + 2, k)];
    }
  }
}
/** Eigenvectors of the triangle by substitution from below, turned back. */
function vectorsOf(t: Square, q: Square): Complex {
  const n = t.n;
  const re = new Float64Array(n * n), im = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const x: Number2[] = Array.from({ length: n }, (_, i) => ({ re: i === k ? 1 : 0, im: 0 }));
    for (let i = k - 1; i >= 0; i--) {
      let sum: Number2 = { re: 0, im: 0 };
      for (let j = i + 1; j <= k; j++) sum = minus(sum, times(t.at(i, j), x[j]));
      const gap = minus(t.at(i, i), t.at(k, k)), least = 1e-16 * (size(t.at(k, k)) || 1);
      x[i] = over(sum, size(gap) < least ? { re: least, im: 0 } : gap);
    }
    const y = Array.from({ length: n }, (_, i) => x.reduce<Number2>((sum, v, j) => {
      const part = times(q.at(i, j), v);
      return { re: sum.re + part.re, im: sum.im + part.im };
    }, { re: 0, im: 0 }));
    // Length 1, and the largest element real: for real eigenvalues the vector is real then.
    const largest = y.reduce((a, b) => (size(b) > size(a) * (1 + 1e-12) ? b : a));
    const length = Math.hypot(...y.map(size));
    const factor = over({ re: 1 / length, im: 0 }, over(largest, { re: size(largest), im: 0 }));
    y.forEach((v, i) => {
      const scaled = times(v, factor);
      re[i * n + k] = scaled.re;
      im[i * n + k] = scaled.im;
    });
  }
  return { re: { rows: n, columns: n, data: re }, im: { rows: n, columns: n, data: im } };
}
