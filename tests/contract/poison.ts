import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";

/**
 * The backend with all memory it hands out filled with ones: NaN in floating point, -1 in integers, no truth value.
 * What an operation forgets to write then shows, and does not pass as a zero of fresh memory.
 */
export function poisoned<B extends Backend>(backend: B): B {
  if (backend.kind === "graph") return backend;
  const allocate = backend.allocate.bind(backend);
  backend.allocate = (bytes) => {
    const made = allocate(bytes);
    backend.write(made.offset, new Uint8Array(bytes).fill(0xff));
    return made;
  };
  return backend;
}
