import { UsageError } from "../vocab/errors.ts";
import { singularValues } from "../linalg/host/jacobi.ts";
import { generate, identity, matrix, multiply, plus, transpose, type Matrix } from "../linalg/host/matrix.ts";
import { solve } from "../linalg/host/solve.ts";
import { Classifier, dot, Regressor, softmax, type Table } from "./estimator.ts";

export interface LinearOptions {
  /** Closed form, or steps against the gradient. */
  readonly method?: "exact" | "descent";
  readonly steps?: number;
  /** Share of the largest step that is sure to descend. */
  readonly rate?: number;
}
const mean = (x: readonly ArrayLike<number>[]): Float64Array =>
  Float64Array.from({ length: x[0].length }, (_, j) => x.reduce((sum, row) => sum + row[j], 0) / x.length);

/**
 * y = w x + b with the smallest sum of squared errors plus alpha |w|^2: (X^T X + alpha I) w = X^T y over centred rows.
 * Hoerl and Kennard 1970.
 */
export class Ridge extends Regressor {
  readonly alpha: number;
  readonly options: LinearOptions;
  coefficients = new Float64Array();
  intercept = 0;
  constructor(options: LinearOptions & { readonly alpha?: number } = {}) {
    super();
    this.alpha = options.alpha ?? 1;
    this.options = options;
  }
  protected override learn({ x, y }: Table): void {
    const centre = mean(x), middle = y.reduce((a, b) => a + b, 0) / y.length;
    const rows = generate(x.length, centre.length, (i, j) => x[i][j] - centre[j]);
    const target = matrix(y.length, 1, y.map((v) => v - middle));
    this.coefficients = Float64Array.from((this.options.method === "descent" ? this.#descend : this.#exact)
      .call(this, rows, target).data);
    this.intercept = middle - dot(this.coefficients, centre);
  }
  /** By singular values, so that columns that depend on each other do no harm. */
  #exact(rows: Matrix, target: Matrix): Matrix {
    const { u, values, v } = singularValues(rows);
    const least = values[0] * Math.max(rows.rows, rows.columns) * 2 ** -52;
    const shares = generate(values.length, values.length, (i, j) =>
      (i !== j || values[i] <= least ? 0 : values[i] / (values[i] ** 2 + this.alpha)));
    return multiply(v, multiply(shares, multiply(transpose(u), target)));
  }
  #descend(rows: Matrix, target: Matrix): Matrix {
    const { steps = 1000, rate = 1 } = this.options;
    const squares = plus(multiply(transpose(rows), rows), identity(rows.columns), this.alpha);
    const wanted = multiply(transpose(rows), target);
    const step = rate / singularValues(squares).values[0];
    let w = matrix(rows.columns, 1);
    for (let i = 0; i < steps; i++) w = plus(w, plus(multiply(squares, w), wanted, -1), -step);
    return w;
  }
  protected override predictRow(row: Float64Array): number {
    return dot(row, this.coefficients) + this.intercept;
  }
}
/** Least squares without penalty. Legendre 1805. */
export class LinearRegression extends Ridge {
  constructor(options: LinearOptions = {}) {
    super({ ...options, alpha: 0 });
  }
}

export interface LogisticOptions {
  /** Weight of the data against the penalty |w|^2 / 2. */
  readonly c?: number;
  readonly steps?: number;
}
/**
 * Classes by softmax of linear scores, fitted by Newton's method on C sum(cross-entropy) + |w|^2 / 2 (the intercepts
 * are free). Berkson 1944.
 */
export class LogisticRegression extends Classifier {
  readonly options: Required<LogisticOptions>;
  /** A row per class (one row, for the higher class, when there are two): weights, and last the intercept. */
  weights: Float64Array[] = [];
  constructor(options: LogisticOptions = {}) {
    super();
    this.options = { c: 1, steps: 100, ...options };
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const k = this.classes.length, free = k === 2 ? 1 : k, width = x[0].length + 1, n = free * width;
    const rows = x.map((row) => Float64Array.from([...row, 1]));
    const penalty = (a: number): number => (a % width === width - 1 ? 0 : 1);
    const w = new Float64Array(n);
    const loss = (at: Float64Array): number => {
      this.#take(at, free, width);
      const errors = rows.reduce((sum, row, i) => sum - Math.log(this.scores(row.subarray(0, -1))[y[i]]), 0);
      return this.options.c * errors + at.reduce((sum, v, a) => sum + penalty(a) * v * v / 2, 0);
    };
    let now = loss(w);
    for (let step = 0; step < this.options.steps; step++) {
      const gradient = Float64Array.from(w, (v, a) => penalty(a) * v);
      // Intercepts of all classes may shift together: a trace of penalty keeps the matrix regular.
      const hessian = generate(n, n, (a, b) => (a === b ? penalty(a) + 1e-10 : 0));
      rows.forEach((row, i) => this.#accumulate(row, y[i], free, gradient, hessian));
      const move = solve(hessian, matrix(n, 1, gradient)).data;
      let size = 1, next = now;
      // Half the step until the loss falls.
      for (; size > 1e-6; size /= 2) {
        next = loss(w.map((v, a) => v - size * move[a]));
        if (next <= now) break;
      }
      if (next > now) break;
      w.forEach((v, a) => { w[a] = v - size * move[a]; });
      if (now - next <= 1e-15 * Math.abs(now)) break;
      now = next;
    }
    this.#take(w, free, width);
    if (w.some((v) => !Number.isFinite(v))) throw new UsageError("LogisticRegression: the rows hold numbers too large");
  }
  #take(w: Float64Array, free: number, width: number): void {
    this.weights = Array.from({ length: free }, (_, c) => w.slice(c * width, (c + 1) * width));
  }
  /** Adds the first and second derivative of one row's cross-entropy. */
  #accumulate(row: Float64Array, label: number, free: number, gradient: Float64Array, hessian: Matrix): void {
    const width = row.length, c = this.options.c, all = this.scores(row.subarray(0, -1));
    const shares = free === 1 ? all.subarray(1) : all, wanted = free === 1 ? label - 1 : label;
    for (let a = 0; a < free; a++) {
      for (let i = 0; i < width; i++) gradient[a * width + i] += c * (shares[a] - (a === wanted ? 1 : 0)) * row[i];
      for (let b = 0; b < free; b++) {
        const factor = c * shares[a] * ((a === b ? 1 : 0) - shares[b]);
        for (let i = 0; i < width; i++) {
          const at = (a * width + i) * hessian.columns + b * width;
          for (let j = 0; j < width; j++) hessian.data[at + j] += factor * row[i] * row[j];
        }
      }
    }
  }
  protected override scores(row: Float64Array): Float64Array {
    const made = this.weights.map((w) => dot(row, w) + w[row.length]);
    return softmax(made.length === 1 ? [0, made[0]] : made);
  }
}
