import { DataError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Dataset } from "./dataset.ts";
import { batchCount, checkBatchSize, cut, type Sampler } from "./sampler.ts";

export interface LoaderOptions<Raw = Tensor[], Batch = Raw> {
  /** Rows of a batch; not with a sampler, which has its own. */
  readonly batchSize?: number;
  /** Draw a new order for every epoch (default: the data set's own order). */
  readonly shuffle?: boolean;
  readonly seed?: number;
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean;
  /** Another choice of rows: weighted, stratified, by length (`sampler.ts`). */
  readonly sampler?: Sampler;
  /** What becomes of the batch of the data set, such as `stackSamples` or `padSamples` of its items. */
  readonly collate?: (raw: Raw) => Batch;
  /** Batches that `for await` asks for ahead of time (default 2): of use where they arrive later. */
  readonly prefetch?: number;
}
/** Where a loader stands: all that a resumed run needs. */
export interface LoaderState {
  readonly epoch: number;
  /** Batches of this epoch already handed out. */
  readonly position: number;
}

/**
 * Batches of a data set. The order of an epoch depends on (seed, epoch) alone, so a run that was stopped goes on with
 * exactly the batches it would have seen. `for (const batch of loader)` runs to the end of the present epoch, and
 * `for await` does so for batches that are promises.
 */
export class DataLoader<Raw = Tensor[], Batch = Raw> implements Iterable<Batch> {
  readonly dataset: Dataset<Raw>;
  /** Batches of one epoch. */
  readonly length: number;
  readonly #sampler: Sampler;
  readonly #collate: (raw: Raw) => Batch;
  readonly #prefetch: number;
  #epoch = 0;
  #position = 0;
  #order: { readonly epoch: number; readonly batches: readonly Int32Array[] } | null = null;

  constructor(dataset: Dataset<Raw>, options: LoaderOptions<Raw, Batch>) {
    const { collate, prefetch = 2 } = options;
    if (!(Number.isInteger(prefetch) && prefetch >= 0)) {
      throw new UsageError(`DataLoader: prefetch ${prefetch} is not a whole number of batches`);
    }
    this.dataset = dataset;
    this.#sampler = options.sampler ?? inOrder(dataset.size, options);
    // Without a collate function Batch is Raw.
    this.#collate = collate ?? ((raw) => raw as unknown as Batch);
    this.#prefetch = prefetch;
    this.length = this.#sampler.length;
    if (this.length === 0) {
      throw new DataError(`DataLoader: ${dataset.size} rows do not fill one batch` +
        `${options.batchSize === undefined ? "" : ` of ${options.batchSize}`}; ` +
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
    this.#advance();
    return batch;
  }
  /** Batch number `step`, counted over all epochs. */
  at(step: number): Batch {
    return this.#collate(this.dataset.batch(this.rows(step)));
  }
  /** The rows of batch number `step`. */
  rows(step: number): Int32Array {
    return this.#batchesOf(Math.floor(step / this.length))[step % this.length];
  }
  *[Symbol.iterator](): Generator<Batch> {
    const { epoch } = this.state;
    while (this.#epoch === epoch) yield this.next();
  }
  /**
   * The rest of the epoch, `prefetch` batches ahead. `state` counts what was handed out, not what was asked for, so a
   * run that is resumed misses nothing.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Awaited<Batch>> {
    const { epoch } = this.state;
    const last = (epoch + 1) * this.length;
    const waiting: Promise<Awaited<Batch>>[] = [];
    let ahead = epoch * this.length + this.#position;
    while (this.#epoch === epoch) {
      while (ahead < last && waiting.length <= this.#prefetch) {
        const asked = this.#ask(ahead++);
        // A failure is thrown when its turn comes; until then it must not count as unhandled.
        asked.catch(() => {});
        waiting.push(asked);
      }
      const batch = await waiting.shift()!;
      this.#advance();
      yield batch;
    }
  }

  async #ask(step: number): Promise<Awaited<Batch>> {
    return await this.at(step);
  }
  #advance(): void {
    this.#position++;
    if (this.#position === this.length) {
      this.#epoch++;
      this.#position = 0;
    }
  }
  #batchesOf(epoch: number): readonly Int32Array[] {
    if (this.#order?.epoch !== epoch) this.#order = { epoch, batches: this.#sampler.batches(epoch) };
    return this.#order.batches;
  }
}

/** Every row once, in the data set's order or a shuffled one. */
function inOrder(
  size: number, { batchSize, shuffle = false, seed = 0, dropLast = false }: LoaderOptions<never, unknown>,
): Sampler {
  if (batchSize === undefined) throw new UsageError("DataLoader: give batchSize, or a sampler");
  checkBatchSize(batchSize, "DataLoader");
  const options = { batchSize, dropLast };
  return {
    length: batchCount(size, options),
    batches: (epoch) => cut(shuffle
      ? new RandomStream(seed, epoch + 1).permutation(size)
      : Int32Array.from({ length: size }, (_, row) => row), options),
  };
}
