import { DataError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";

/** Which rows the batches of an epoch hold. It depends on the number of the epoch alone, so runs can be resumed. */
export interface Sampler {
  /** Batches of one epoch, the same for all epochs. */
  readonly length: number;
  batches(epoch: number): readonly Int32Array[];
}
export interface BatchOptions {
  readonly batchSize: number;
  readonly seed?: number;
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean;
}

export function checkBatchSize(batchSize: number, who: string): void {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new UsageError(`${who}: batchSize ${batchSize} is not a positive whole number`);
  }
}
/** Rows cut into batches. */
export function cut(rows: Int32Array, { batchSize, dropLast = false }: BatchOptions): Int32Array[] {
  const count = batchCount(rows.length, { batchSize, dropLast });
  return Array.from({ length: count }, (_, i) => rows.subarray(i * batchSize, (i + 1) * batchSize));
}
export const batchCount = (size: number, { batchSize, dropLast = false }: BatchOptions): number =>
  (dropLast ? Math.floor(size / batchSize) : Math.ceil(size / batchSize));

/**
 * Rows drawn in proportion to a weight: row i with probability w_i / sum(w), `count` of them an epoch (default: as many
 * as there are weights). Without replacement each row comes at most once (Efraimidis and Spirakis 2006: the rows with
 * the largest u^(1/w)).
 */
export function weightedSampler(
  weights: ArrayLike<number>,
  options: BatchOptions & { readonly count?: number; readonly replacement?: boolean },
): Sampler {
  const { seed = 0, count = weights.length, replacement = true } = options;
  checkBatchSize(options.batchSize, "weightedSampler");
  const cumulative = new Float64Array(weights.length);
  let total = 0, positive = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i] >= 0 && weights[i] < Infinity)) {
      throw new DataError(`weightedSampler: weight ${weights[i]} of row ${i} is not a finite number of 0 or more`);
    }
    total += weights[i];
    positive += Number(weights[i] > 0);
    cumulative[i] = total;
  }
  if (total === 0) throw new DataError("weightedSampler: all weights are 0");
  if (!replacement && count > positive) {
    throw new DataError(`weightedSampler: ${count} rows without replacement, but only ${positive} have a weight`);
  }
  const withReplacement = (random: RandomStream): Int32Array =>
    Int32Array.from({ length: count }, () => firstAbove(cumulative, random.uniform() * total));
  const withoutReplacement = (random: RandomStream): Int32Array => {
    const keys = Float64Array.from({ length: weights.length }, (_, i) => Math.log(1 - random.uniform()) / weights[i]);
    const rows = Int32Array.from(keys, (_, i) => i).filter((i) => weights[i] > 0);
    return rows.sort((a, b) => keys[b] - keys[a] || a - b).slice(0, count);
  };
  return {
    length: batchCount(count, options),
    batches: (epoch) => {
      const random = new RandomStream(seed, epoch + 1);
      return cut(replacement ? withReplacement(random) : withoutReplacement(random), options);
    },
  };
}
/** The first position whose running sum exceeds x. */
function firstAbove(cumulative: Float64Array, x: number): number {
  let low = 0, high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Every row once an epoch, with the classes spread as evenly over the batches as their numbers allow. */
export function stratifiedSampler(labels: ArrayLike<number>, options: BatchOptions): Sampler {
  checkBatchSize(options.batchSize, "stratifiedSampler");
  const { seed = 0 } = options;
  const groups = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const group = groups.get(labels[row]);
    if (group === undefined) groups.set(labels[row], [row]);
    else group.push(row);
  }
  const classes = [...groups.keys()].sort((a, b) => a - b);
  return {
    length: batchCount(labels.length, options),
    batches: (epoch) => {
      const random = new RandomStream(seed, epoch + 1);
      // The k-th of n rows of a class belongs at the place (k + u) / n of the epoch.
      const places = new Float64Array(labels.length);
      for (const label of classes) {
        const rows = groups.get(label)!;
        const start = random.uniform();
        random.permutation(rows.length).forEach((row, k) => { places[rows[row]] = (k + start) / rows.length; });
      }
      return cut(Int32Array.from(places, (_, row) => row).sort((a, b) => places[a] - places[b] || a - b), options);
    },
  };
}

/**
 * Batches of rows of similar length, so that little is padding: rows are shuffled, sorted by length inside pools of
 * `poolBatches` batches (default 50), cut, and the batches are shuffled.
 */
export function bucketSampler(
  lengths: ArrayLike<number>, options: BatchOptions & { readonly poolBatches?: number },
): Sampler {
  checkBatchSize(options.batchSize, "bucketSampler");
  const { batchSize, seed = 0, poolBatches = 50 } = options;
  const pool = batchSize * poolBatches;
  return {
    length: batchCount(lengths.length, options),
    batches: (epoch) => {
      const random = new RandomStream(seed, epoch + 1);
      const rows = random.permutation(lengths.length);
      for (let start = 0; start < rows.length; start += pool) {
        rows.subarray(start, start + pool).sort((a, b) => lengths[a] - lengths[b] || a - b);
      }
      const batches = cut(rows, options);
      return Array.from(random.permutation(batches.length), (i) => batches[i]);
    },
  };
}
