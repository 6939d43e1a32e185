import { Worker } from "node:worker_threads";

/** Seconds between two looks: far more than any file of a few kilobytes takes, on any machine. */
const PATIENCE = 30;
const WATCH = `
  const { workerData: { place, text, patience } } = require("node:worker_threads");
  const { writeSync } = require("node:fs");
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let before = 0;;) {
    Atomics.wait(never, 0, 0, patience * 1000);
    const [count, seed] = [Atomics.load(place, 0), Atomics.load(place, 1)];
    if (count > 0 && count === before) {
      const name = Buffer.from(text).toString("utf8").trimEnd();
      const which = "\\n" + name + ", seed " + seed;
      writeSync(2, which + ": no answer for " + patience + " s, perhaps a loop without end\\n");
      process.kill(process.pid, "SIGKILL");
    }
    before = count;
  }
`;

/**
 * Ends the process, and says which file was read, where a parser does not come back: an endless loop cannot be stopped
 * from inside. `watch` names the parser and the seed of the file that comes next, `rest` says that none does.
 */
export function startWatchdog(): { watch(name: string, seed: number): void; rest(): void } {
  const place = new Int32Array(new SharedArrayBuffer(8)), text = new Uint8Array(new SharedArrayBuffer(80));
  new Worker(WATCH, { eval: true, workerData: { place, text, patience: PATIENCE } }).unref();
  let count = 0, current = "";
  return {
    watch(name, seed) {
      if (name !== current) {
        current = name;
        text.set(new TextEncoder().encode(name.padEnd(text.length)).subarray(0, text.length));
      }
      place[1] = seed;
      count++;
      Atomics.store(place, 0, count);
    },
    rest: () => { Atomics.store(place, 0, 0); },
  };
}
