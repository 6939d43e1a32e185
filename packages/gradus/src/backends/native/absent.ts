import type { KernelBackend } from "../../runtime/backend.ts";
import { BackendError } from "../../vocab/errors.ts";
import type { NativeOptions } from "./options.ts";

export type { NativeOptions };

/** Stands in for the native backend where there is no Node. */
export function createNativeBackend(_options: NativeOptions = {}): Promise<KernelBackend> {
  return Promise.reject(new BackendError("native: this backend needs Node and a C compiler; use wasm or webgpu here"));
}
