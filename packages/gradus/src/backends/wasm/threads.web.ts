/** A helper thread. */
export interface Thread {
  end(): void;
}

/** Threads that this machine runs at once. */
export const hardwareThreads = (): number => navigator.hardwareConcurrency;

/** Whether threads may share memory: only in a page that is cross-origin isolated, though elsewhere it can be made. */
export const mayShare = (): boolean => globalThis.crossOriginIsolated;

/** Whether this thread may sleep in Atomics.wait: a worker may, the main thread of a page may not. */
export function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Browsers have no flags; those with relaxed SIMD have it. */
export function enableRelaxedSimd(): void {}

/**
 * Starts a thread that runs `program`, the text of a function of `data`. Its source is a blob, so that no file has to
 * be found. `onEnd` is called once if it fails to start or ends with an error.
 */
export function startThread(program: string, data: unknown, onEnd: () => void): Thread {
  const source = `onmessage = event => (${program})(event.data);`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "gradus" });
  worker.onerror = event => {
    event.preventDefault();
    worker.terminate();
    onEnd();
  };
  worker.postMessage(data);
  return {
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
