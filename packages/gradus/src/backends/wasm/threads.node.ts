import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";

/** A helper thread. */
export interface Thread {
  end(): void;
}

/** Threads that this machine runs at once. */
export const hardwareThreads = (): number => availableParallelism();

/** Whether threads may share memory. */
export const mayShare = (): boolean => true;

/** Whether this thread may sleep in Atomics.wait. */
export const mayWait = (): boolean => true;

/** Node 20 has relaxed SIMD behind a flag that may be set while it runs. */
export function enableRelaxedSimd(): void {
  setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/**
 * Starts a thread that runs `program`, the text of a function of `data`. It does not keep the process alive.
 * `onEnd` is called once when it ended.
 */
export function startThread(program: string, data: unknown, onEnd: () => void): Thread {
  const source = `(${program})(require("node:worker_threads").workerData);`;
  // Flags of the parent, such as loaders, are not for this thread.
  const worker = new Worker(source, { eval: true, workerData: data, execArgv: [], name: "gradus" });
  worker.unref();
  // An error ends the thread, and an end is all that matters here.
  worker.on("error", () => {});
  worker.on("exit", onEnd);
  return { end: () => void worker.terminate() };
}
