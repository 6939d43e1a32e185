import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { DataError } from "../vocab/errors.ts";
import type { Dataset } from "./dataset.ts";

export interface WorkerOptions {
  /** A JavaScript module whose default export, given `settings`, is a data set of plain values or typed arrays. */
  readonly module: string | URL;
  /** Rows of that data set. */
  readonly size: number;
  /** Handed to the module's function; must be clonable. */
  readonly settings?: unknown;
  /** Threads (default: one less than the machine runs at once, at least 1). */
  readonly workers?: number;
}
interface Waiting {
  readonly resolve: (batch: never) => void;
  readonly reject: (error: Error) => void;
}
interface Answer {
  readonly id: number;
  readonly batch?: unknown;
  readonly error?: string;
}

/** Runs in the thread: loads the module once, then answers requests in order. */
const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const made = import(workerData.module).then((loaded) => loaded.default(workerData.settings));
made.catch(() => {});
const buffers = (value, found = new Set()) => {
  if (ArrayBuffer.isView(value)) {
    const { buffer } = value;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === value.byteLength) found.add(buffer);
  } else if (value !== null && typeof value === "object") Object.values(value).forEach((part) => buffers(part, found));
  return found;
};
parentPort.on("message", ({ id, rows }) => {
  made.then((dataset) => dataset.batch(rows)).then(
    (batch) => parentPort.postMessage({ id, batch }, [...buffers(batch)]),
    (error) => parentPort.postMessage({ id, error: String(error && error.message || error) }));
});`;

/**
 * A data set whose batches are made in other threads, for work such as decoding photographs. A batch is a promise; read
 * it by `for await` with a DataLoader whose `prefetch` is about twice the number of threads. Call `close` at the end.
 */
export class WorkerDataset<Batch> implements Dataset<Promise<Batch>> {
  readonly size: number;
  readonly #workers: readonly Worker[];
  readonly #waiting: readonly Map<number, Waiting>[];
  #next = 0;

  constructor(options: WorkerOptions) {
    const count = options.workers ?? Math.max(1, availableParallelism() - 1);
    const module = options.module instanceof URL ? options.module.href : pathToFileURL(options.module).href;
    this.size = options.size;
    this.#waiting = Array.from({ length: count }, () => new Map<number, Waiting>());
    this.#workers = this.#waiting.map((waiting) => {
      const worker = new Worker(PROGRAM, {
        eval: true, workerData: { module, settings: options.settings }, execArgv: [], name: "gradus-data",
      });
      // The process may end while nobody waits.
      worker.unref();
      worker.on("message", ({ id, batch, error }: Answer) => {
        const asked = waiting.get(id);
        waiting.delete(id);
        if (waiting.size === 0) worker.unref();
        if (error === undefined) asked?.resolve(batch as never);
        else asked?.reject(new DataError(`a batch could not be made: ${error}`));
      });
      const end = (why: string): void => {
        for (const { reject } of waiting.values()) reject(new DataError(`a data thread ended: ${why}`));
        waiting.clear();
      };
      worker.on("error", (error: unknown) => end(error instanceof Error ? error.message : String(error)));
      worker.on("exit", () => end("it was closed"));
      return worker;
    });
  }
  batch(rows: ArrayLike<number>): Promise<Batch> {
    const id = this.#next++;
    const least = this.#waiting.reduce((best, { size }, i) => (size < this.#waiting[best].size ? i : best), 0);
    return new Promise<Batch>((resolve, reject) => {
      this.#waiting[least].set(id, { resolve, reject });
      this.#workers[least].ref();
      this.#workers[least].postMessage({ id, rows: Int32Array.from(rows) });
    });
  }
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
