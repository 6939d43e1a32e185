import type { Kernel } from "../../ir/kernel.ts";
import { DTYPES, type TypedArray } from "../../vocab/dtype.ts";
import { exportName, renderModule } from "./render.ts";

/** Where the argument block and the first buffer lie. */
const ARGS = 1024;
const HEAP = 65536;

/** The arguments of a call, and how the kernel is printed. */
export interface Call {
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
  readonly units?: number;
  readonly fused?: boolean;
}

/** Runs a kernel on copies of the buffers and returns them as it left them. */
export function run(kernel: Kernel, buffers: readonly TypedArray[], call: Call = {}): TypedArray[] {
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength + 128, 0);
  const memory = new WebAssembly.Memory({ initial: 2 + Math.ceil(bytes / 65536) });
  const view = new DataView(memory.buffer);
  let at = HEAP;
  const copies = kernel.buffers.map(({ dtype }, i): TypedArray => {
    const copy = new DTYPES[dtype].view(memory.buffer, at, buffers[i].length);
    copy.set(buffers[i]);
    view.setUint32(ARGS + 16 * i, at, true);
    at += Math.ceil(copy.byteLength / 64) * 64 + 64;
    return copy;
  });
  let word = ARGS + 16 * kernel.buffers.length;
  for (const value of call.ints ?? []) view.setInt32((word += 8) - 8, value, true);
  for (const value of call.floats ?? []) view.setFloat64((word += 8) - 8, value, true);
  const bytesOfModule = renderModule([kernel], { fused: call.fused ?? false, shared: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytesOfModule), { env: { memory } });
  (exports[exportName(kernel, 0)] as (...words: number[]) => void)(ARGS, 0, call.units ?? 1, 0);
  return copies;
}
