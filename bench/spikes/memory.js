/**
 * node --expose-gc bench/spikes/memory.js [backend]: how much memory eager results keep when nobody frees them by
 * hand, for
 * several ways to write the same loop; megabytes held afterwards, and the most at any time.
 */
import { memoryReport, rand, scope, useBackend } from "gradus";

const STEPS = 2000;
const SIZE = 64 * 1024;
await useBackend(process.argv[2] ?? "wasm", { threads: 1 });
const x = rand([SIZE]);
const megabytes = () => memoryReport().bytes / 1e6;

/** Three operations whose results are dropped. */
const work = () => { x.mul(2).add(1).exp(); };
/** Memory that the collector counts, unlike that of a backend; never touched, so it costs no pages. */
const press = () => new ArrayBuffer(3 * SIZE * 4);
const turn = () => new Promise((resolve) => { setImmediate(resolve); });

const LOOPS = {
  "synchronous, nothing freed": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); note(); }
  },
  "synchronous, scope": async (note) => {
    for (let i = 0; i < STEPS; i++) { scope(work); note(); }
  },
  "await of a settled promise": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); note(); await Promise.resolve(); }
  },
  "await of a read": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); note(); await x.narrow(0, 0, 1).data(); }
  },
  "synchronous, an empty ArrayBuffer of the same size each": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); press(); note(); }
  },
  "await of setImmediate, an empty ArrayBuffer of the same size each": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); press(); note(); await turn(); }
  },
  "await of setImmediate": async (note) => {
    for (let i = 0; i < STEPS; i++) { work(); note(); await turn(); }
  },
};

console.log(`each step makes ${3 * SIZE * 4 / 1e6} MB; ${STEPS} steps`);
for (const [name, loop] of Object.entries(LOOPS)) {
  await turn();
  globalThis.gc?.();
  await turn();
  const before = megabytes();
  let most = 0;
  let failure = "";
  const start = performance.now();
  try {
    await loop(() => { most = Math.max(most, megabytes()); });
  } catch (error) {
    failure = `, stopped: ${error.message.split(";")[0]}`;
  }
  const time = (performance.now() - start) / STEPS;
  console.log(`  ${name}: ${(megabytes() - before).toFixed(1)} MB held, at most ${most.toFixed(1)}, ` +
    `${(1000 * time).toFixed(1)} us a step${failure}`);
}
