import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { UsageError } from "../vocab/errors.ts";
import type { Backend } from "./backend.ts";

/** The backend that new tensors live on. */
let current: Backend | null = null;
/** Told when the backend changes: State kept by modules of the library belongs to the old one. */
const listeners: (() => void)[] = [];

export type BackendName = "wasm" | "native" | "reference";
export interface BackendOptions {
  /** Threads to use; default: all processors, at most 8. */
  readonly threads?: number;
}

/** Chooses the backend for tensors made from now on; tensors of another backend cannot be mixed with them. */
export function setBackend(backend: Backend): void {
  current = backend;
  for (const listener of listeners) listener();
}
export const onBackendChange = (listener: () => void): void => {
  listeners.push(listener);
};
/** The backend in use: WebAssembly unless another was chosen. */
export function currentBackend(): Backend {
  return current ??= createWasmBackend();
}
/**
 * Makes a backend by name and chooses it. "native" needs Node and a C compiler and throws a BackendError that says what
 * is missing where it cannot run.
 */
export async function useBackend(name: BackendName, options: BackendOptions = {}): Promise<Backend> {
  const backend = await createBackend(name, options);
  setBackend(backend);
  return backend;
}
async function createBackend(name: BackendName, options: BackendOptions): Promise<Backend> {
  switch (name) {
    case "wasm": return createWasmBackend(options);
    case "reference": return createReferenceBackend();
    case "native": return (await import("#native")).createNativeBackend(options);
    default: throw new UsageError(`there is no backend "${String(name)}"; use wasm, native or reference`);
  }
}
