/** Hand-written kernels for measurements: calls placed in a backend's memory as a program (see runtime/program.ts). */
// Not public: what users need of kernels is what `compile` makes of their functions.
import { KernelBuilder } from "../packages/gradus/dist/compiler/build.js";
import { WORDS } from "../packages/gradus/dist/runtime/program.js";

export { KernelBuilder };

/**
 * Places calls `{kernel, buffers, floats?, units}` one after another, each shared by all threads; `buffers` are byte
 * offsets. Returns what `backend.submit` takes.
 */
export function placeProgram(backend, calls) {
  const numbers = backend.prepare(calls.map(({ kernel }) => kernel));
  const parallel = backend.target.threads > 1;
  const length = calls.length * (parallel ? 8 : 7) + 1;
  const argumentWords = calls.reduce((sum, { buffers, floats = [] }) => sum + 2 * buffers.length + floats.length, 0);
  const memory = backend.allocate(8 * (length + argumentWords));
  const words = new BigInt64Array(length + argumentWords);
  const doubles = new Float64Array(words.buffer);
  let at = 0;
  let free = length;
  const put = (value) => { words[at++] = BigInt(value); };
  calls.forEach(({ buffers, floats = [], units }, i) => {
    if (parallel && i > 0) put(WORDS.BARRIER);
    const total = parallel ? units : 0;
    for (const value of [WORDS.CALL, numbers[i], memory.offset + 8 * free, units, 0, total, total]) put(value);
    for (const offset of buffers) {
      words[free] = BigInt(offset);
      free += 2;
    }
    for (const value of floats) doubles[free++] = value;
  });
  put(WORDS.STOP);
  backend.write(memory.offset, new Int32Array(words.buffer));
  return { offset: memory.offset, parallel, kernels: [...new Set(numbers)] };
}

/** The fastest of some runs of a program, in milliseconds. */
export async function best(backend, image, runs = 20) {
  let least = Infinity;
  for (let i = 0; i < runs; i++) {
    // Helper threads of the WebAssembly backend join between turns of the event loop.
    await new Promise((resolve) => { setTimeout(resolve, 2); });
    const start = performance.now();
    backend.submit(image);
    await backend.idle();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
