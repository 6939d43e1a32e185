import { ContenderProcess } from "./process.js";
import { fileURLToPath } from "node:url";

/**
 * GFLOP/s of a loop of multiply-adds on registers alone, for each backend with all threads and with one: what no kernel
 * can exceed. A backend that does not start is left out and named in the notes.
 */
export async function measurePeak(threads, notes, environment) {
  const found = {};
  for (const backend of ["native", "wasm"]) {
    for (const count of new Set([threads, 1])) {
      const script = fileURLToPath(new URL("peak-kernel.js", import.meta.url));
      const child = new ContenderProcess(process.execPath, [script, backend, String(count)], environment);
      const answer = await child.ready();
      await child.stop();
      if (answer.error === undefined) found[`${backend} ${count}t`] = answer.gflops;
      else notes.push(`peak, ${backend}: ${answer.error.split("\n")[0]}`);
    }
  }
  return found;
}
