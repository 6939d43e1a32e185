import { UsageError } from "../vocab/errors.ts";
import type { Backend } from "./backend.ts";

/** The backend that new tensors live on. */
let current: Backend | null = null;
let fallback: (() => Backend) | null = null;

/** How to make a backend when none was chosen; set once by the entry point. */
export function setFallbackBackend(create: () => Backend): void {
  fallback = create;
}
/** Chooses the backend for tensors made from now on. */
export function setBackend(backend: Backend): void {
  current = backend;
}
/** The backend in use. */
export function currentBackend(): Backend {
  if (current === null) {
    if (fallback === null) throw new UsageError('no backend is set up; import from "gradus"');
    current = fallback();
  }
  return current;
}
