import { UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { rowsOf, type Rows } from "../metrics/input.ts";
import { largestAt, squaredDistance } from "./estimator.ts";

export interface KMeansOptions {
  readonly clusters: number;
  /** The first centres: far apart by chance (Arthur and Vassilvitskii 2007), any rows, or these. */
  readonly start?: "k-means++" | "random" | readonly (readonly number[])[];
  /** Runs from different starts, of which the best is kept. */
  readonly runs?: number;
  readonly steps?: number;
  readonly seed?: number;
}
interface Run {
  readonly centres: Float64Array[];
  readonly labels: Int32Array;
  readonly inertia: number;
}

/** Centres such that the squared distances of rows to their nearest one are small. Lloyd 1957. */
export class KMeans {
  readonly options: Required<KMeansOptions>;
  centres: readonly Float64Array[] = [];
  /** The cluster of each row that was learned from. */
  labels = new Int32Array();
  /** The sum of squared distances to the nearest centre. */
  inertia = Infinity;

  constructor(options: KMeansOptions) {
    this.options = { start: "k-means++", runs: 10, steps: 300, seed: 0, ...options };
  }
  fit(x: Rows): this {
    const rows = rowsOf(x), { clusters, runs, seed, start } = this.options;
    if (!(clusters >= 1 && clusters <= rows.length)) {
      throw new UsageError(`KMeans: ${clusters} clusters of ${rows.length} rows; choose between 1 and ${rows.length}`);
    }
    const random = new RandomStream(seed), given = typeof start !== "string";
    for (let i = 0; i < (given ? 1 : runs); i++) {
      const first = given ? start.map((row) => Float64Array.from(row)) : this.#first(rows, random);
      const run = this.#run(rows, first);
      if (run.inertia < this.inertia || i === 0) {
        ({ centres: this.centres, inertia: this.inertia } = run);
        this.labels = Int32Array.from(run.labels);
      }
    }
    return this;
  }
  predict(x: Rows): Int32Array {
    return Int32Array.from(rowsOf(x), (row) => nearestCentre(this.centres, row));
  }
  /** Minus the sum of squared distances: higher is better. */
  score(x: Rows): number {
    return -distances(this.centres, rowsOf(x)).reduce((a, b) => a + b, 0);
  }
  #first(rows: readonly Float64Array[], random: RandomStream): Float64Array[] {
    const { clusters, start } = this.options;
    if (start === "random") return [...random.permutation(rows.length).subarray(0, clusters)].map((i) => rows[i]);
    const centres = [rows[random.integer(rows.length)]];
    while (centres.length < clusters) {
      const far = distances(centres, rows);
      let at = random.uniform() * far.reduce((a, b) => a + b, 0), i = 0;
      while (i < rows.length - 1 && (at -= far[i]) > 0) i++;
      centres.push(rows[i]);
    }
    return centres;
  }
  #run(rows: readonly Float64Array[], first: readonly Float64Array[]): Run {
    let centres = [...first], labels = new Int32Array();
    for (let step = 0; step < this.options.steps; step++) {
      const next = Int32Array.from(rows, (row) => nearestCentre(centres, row));
      if (next.length === labels.length && next.every((label, i) => label === labels[i])) break;
      labels = next;
      const far = distances(centres, rows);
      centres = centres.map((_, c) => {
        const own = rows.filter((__, i) => labels[i] === c);
        // A centre that lost its rows goes to the row that is farthest from all.
        if (own.length === 0) return rows[largestAt(far)];
        return own[0].map((__, j) => own.reduce((sum, row) => sum + row[j], 0) / own.length);
      });
    }
    return { centres, labels, inertia: distances(centres, rows).reduce((a, b) => a + b, 0) };
  }
}
const nearestCentre = (centres: readonly Float64Array[], row: Float64Array): number =>
  largestAt(centres.map((centre) => -squaredDistance(centre, row)));
const distances = (centres: readonly Float64Array[], rows: readonly Float64Array[]): number[] =>
  rows.map((row) => Math.min(...centres.map((centre) => squaredDistance(centre, row))));
