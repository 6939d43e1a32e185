import { DataError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Dataset } from "./dataset.ts";

export interface LoaderOptions {
  readonly batchSize: number;
  /** Draw a new order for every epoch (default: the data set's own order). */
  readonly shuffle?: boolean;
  readonly seed?: number;
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean;
}
/** Where a loader stands: all that a resumed run needs. */
export interface LoaderState {
  readonly epoch: number;
  /** Batches of this epoch already handed out. */
  readonly position: number;
}

/**
 * Batches of a data set. The order of an epoch depends on (seed, epoch) alone, so a run that was stopped goes on with
 * exactly the batches it would have seen. `for (const batch of loader)` runs to the end of the present epoch.
 */
export class DataLoader<Batch = Tensor[]> implements Iterable<Batch> {
  readonly dataset: Dataset<Batch>;
  readonly batchSize: number;
  /** Batches of one epoch. */
  readonly length: number;
  readonly #shuffle: boolean;
  readonly #seed: number;
  #epoch = 0;
  #position = 0;
  #order: { readonly epoch: number; readonly rows: Int32Array } | null = null;

  constructor(dataset: Dataset<Batch>, options: LoaderOptions) {
    const { batchSize, shuffle = false, seed = 0, dropLast = false } = options;
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new UsageError(`DataLoader: batchSize ${batchSize} is not a positive whole number`);
    }
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.#shuffle = shuffle;
    this.#seed = seed;
    this.length = dropLast ? Math.floor(dataset.size / batchSize) : Math.ceil(dataset.size / batchSize);
    if (this.length === 0) {
      throw new DataError(`DataLoader: ${dataset.size} rows do not fill one batch of ${batchSize}; ` +
        "take a smaller batch or dropLast: false");
    }
  }

  get state(): LoaderState {
    return { epoch: this.#epoch, position: this.#position };
  }
  restore(state: LoaderState): void {
    if (!(Number.isInteger(state.epoch) && state.epoch >= 0 && Number.isInteger(state.position) &&
      state.position >= 0 && state.position < this.length)) {
      throw new DataError(`DataLoader: epoch ${state.epoch}, batch ${state.position} is no place in epochs of ` +
        `${this.length} batches; the data or the batch size changed`);
    }
    this.#epoch = state.epoch;
    this.#position = state.position;
  }

  /** The next batch, for ever: after the last one of an epoch comes the first of the next. */
  next(): Batch {
    const batch = this.at(this.#epoch * this.length + this.#position);
    this.#position++;
    if (this.#position === this.length) {
      this.#epoch++;
      this.#position = 0;
    }
    return batch;
  }
  /** Batch number `step`, counted over all epochs. */
  at(step: number): Batch {
    const rows = this.#rowsOf(Math.floor(step / this.length));
    const first = (step % this.length) * this.batchSize;
    return this.dataset.batch(rows.subarray(first, Math.min(first + this.batchSize, rows.length)));
  }
  *[Symbol.iterator](): Generator<Batch> {
    const { epoch } = this.state;
    while (this.#epoch === epoch) yield this.next();
  }

  #rowsOf(epoch: number): Int32Array {
    if (this.#order?.epoch !== epoch) {
      const { size } = this.dataset;
      const rows = this.#shuffle
        ? new RandomStream(this.#seed, epoch + 1).permutation(size)
        : Int32Array.from({ length: size }, (_, row) => row);
      this.#order = { epoch, rows };
    }
    return this.#order.rows;
  }
}
