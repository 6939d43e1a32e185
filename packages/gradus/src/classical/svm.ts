import { RandomStream } from "../vocab/random.ts";
import { Classifier, dot, squaredDistance } from "./estimator.ts";

export interface LinearSVCOptions {
  /** Weight of the errors against |w|^2 / 2. */
  readonly c?: number;
  readonly steps?: number;
  readonly tolerance?: number;
  readonly seed?: number;
}
/**
 * Classes by linear scores with a wide margin: |w|^2 / 2 + C sum max(0, 1 - y (w x + b)), each class against the rest.
 * Dual coordinate descent, the intercept as a weight of a constant feature 1. Hsieh et al. 2008; as liblinear.
 */
export class LinearSVC extends Classifier {
  readonly options: Required<LinearSVCOptions>;
  /** Weights, and last the intercept: a row per class, or one for the higher of two. */
  weights: Float64Array[] = [];
  constructor(options: LinearSVCOptions = {}) {
    super();
    this.options = { c: 1, steps: 1000, tolerance: 1e-4, seed: 0, ...options };
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const rows = x.map((row) => Float64Array.from([...row, 1]));
    const labels = this.classes.length === 2 ? [1] : [...this.classes.keys()];
    this.weights = labels.map((label) => this.#separate(rows, y, label));
  }
  #separate(rows: readonly Float64Array[], y: Int32Array, label: number): Float64Array {
    const { c, steps, tolerance, seed } = this.options, random = new RandomStream(seed);
    const w = new Float64Array(rows[0].length), alpha = new Float64Array(rows.length);
    const squares = rows.map((row) => dot(row, row));
    for (let step = 0; step < steps; step++) {
      let worst = 0;
      for (const i of random.permutation(rows.length)) {
        const sign = y[i] === label ? 1 : -1, slope = sign * dot(w, rows[i]) - 1;
        const free = alpha[i] === 0 ? Math.min(slope, 0) : alpha[i] === c ? Math.max(slope, 0) : slope;
        worst = Math.max(worst, Math.abs(free));
        const next = Math.min(Math.max(alpha[i] - slope / squares[i], 0), c), change = (next - alpha[i]) * sign;
        rows[i].forEach((v, j) => { w[j] += change * v; });
        alpha[i] = next;
      }
      if (worst < tolerance) break;
    }
    return w;
  }
  protected override scores(row: Float64Array): Float64Array {
    const made = Float64Array.from(this.weights, (w) => dot(row, w) + w[row.length]);
    return made.length === 1 ? Float64Array.of(-made[0], made[0]) : made;
  }
}

export interface SVCOptions {
  readonly c?: number;
  readonly kernel?: "rbf" | "linear" | "poly";
  /** Default: 1 / (features * variance of all numbers). */
  readonly gamma?: number;
  readonly degree?: number;
  readonly offset?: number;
  readonly tolerance?: number;
  readonly steps?: number;
}
interface Machine {
  readonly positive: number;
  readonly negative: number;
  readonly rows: readonly Float64Array[];
  /** Multiplier times sign of each row. */
  readonly weights: Float64Array;
  readonly intercept: number;
}
/**
 * A wide margin in the space of a kernel: "rbf" exp(-gamma |x - z|^2), "linear" x z, "poly" (gamma x z +
 * offset)^degree.
 * Sequential minimal optimization with the pair that violates most (Platt 1998; Fan et al. 2005, first order); more
 * than two classes by votes of all pairs, as libsvm.
 */
export class SVC extends Classifier {
  readonly options: Omit<Required<SVCOptions>, "gamma"> & { readonly gamma?: number };
  machines: readonly Machine[] = [];
  #gamma = 1;
  constructor(options: SVCOptions = {}) {
    super();
    this.options = { c: 1, kernel: "rbf", degree: 3, offset: 0, tolerance: 1e-3, steps: 100_000, ...options };
  }
  #kernel(a: Float64Array, b: Float64Array): number {
    const { kernel, degree, offset } = this.options;
    if (kernel === "rbf") return Math.exp(-this.#gamma * squaredDistance(a, b));
    return kernel === "linear" ? dot(a, b) : (this.#gamma * dot(a, b) + offset) ** degree;
  }
  protected override learnClasses(x: readonly Float64Array[], y: Int32Array): void {
    const all = x.flatMap((row) => [...row]), mean = all.reduce((a, b) => a + b, 0) / all.length;
    const variance = all.reduce((sum, v) => sum + (v - mean) ** 2, 0) / all.length;
    this.#gamma = this.options.gamma ?? 1 / (x[0].length * (variance || 1));
    this.machines = this.classes.flatMap((_, a) => this.classes.slice(a + 1).map((__, k) => {
      const b = a + 1 + k, own = [...x.keys()].filter((i) => y[i] === a || y[i] === b);
      return this.#separate(own.map((i) => x[i]), own.map((i) => (y[i] === a ? 1 : -1)), a, b);
    }));
  }
  #separate(rows: readonly Float64Array[], sign: readonly number[], positive: number, negative: number): Machine {
    const { c, tolerance, steps } = this.options, n = rows.length;
    const kernel = rows.map((a) => Float64Array.from(rows, (b) => this.#kernel(a, b)));
    // slope[i]: sign_i times the derivative of the dual, the distance of row i from its place less the intercept.
    const alpha = new Float64Array(n), slope = Float64Array.from(sign);
    const up = (i: number): boolean => (sign[i] > 0 ? alpha[i] < c : alpha[i] > 0);
    const down = (i: number): boolean => (sign[i] > 0 ? alpha[i] > 0 : alpha[i] < c);
    let [high, low] = [-Infinity, Infinity];
    for (let step = 0; step < steps; step++) {
      let [p, q] = [-1, -1];
      [high, low] = [-Infinity, Infinity];
      for (let i = 0; i < n; i++) {
        if (up(i) && slope[i] > high) [high, p] = [slope[i], i];
        if (down(i) && slope[i] < low) [low, q] = [slope[i], i];
      }
      if (p < 0 || q < 0 || high - low < tolerance) break;
      const curvature = Math.max(1e-12, kernel[p][p] + kernel[q][q] - 2 * kernel[p][q]);
      const room = Math.min(sign[p] > 0 ? c - alpha[p] : alpha[p], sign[q] > 0 ? alpha[q] : c - alpha[q]);
      const move = Math.min((high - low) / curvature, room);
      alpha[p] += sign[p] * move;
      alpha[q] -= sign[q] * move;
      for (let i = 0; i < n; i++) slope[i] -= move * (kernel[p][i] - kernel[q][i]);
    }
    const free = [...alpha.keys()].filter((i) => alpha[i] > 0 && alpha[i] < c);
    const intercept = free.length > 0 ? free.reduce((sum, i) => sum + slope[i], 0) / free.length : (high + low) / 2;
    const kept = [...alpha.keys()].filter((i) => alpha[i] > 0);
    return {
      positive, negative, intercept, rows: kept.map((i) => rows[i]),
      weights: Float64Array.from(kept, (i) => alpha[i] * sign[i]),
    };
  }
  /** The margin of each pair of classes, positive for the lower one. */
  margins(row: ArrayLike<number>): number[] {
    const x = Float64Array.from(row);
    return this.machines.map(({ rows, weights, intercept }) =>
      rows.reduce((sum, other, i) => sum + weights[i] * this.#kernel(x, other), intercept));
  }
  protected override scores(row: Float64Array): Float64Array {
    const votes = new Float64Array(this.classes.length);
    this.margins(row).forEach((margin, i) => {
      votes[margin > 0 ? this.machines[i].positive : this.machines[i].negative]++;
    });
    return votes;
  }
}
