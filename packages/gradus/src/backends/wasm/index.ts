import type { KernelBackend } from "../../runtime/backend.ts";
import { WasmBackend, type WasmOptions } from "./device.ts";

export type { WasmOptions };

/** A backend that runs kernels as WebAssembly, in Node and in browsers. Ready at once; helper threads join later. */
export const createWasmBackend = (options?: WasmOptions): KernelBackend => new WasmBackend(options);
