/** Gradus in Node as a contender: arguments are the backend, compiled or eager, and the number of threads. */
import { serve } from "../child.js";
import { setLibrary, WORKLOADS } from "./workloads.js";

const [backendName, mode, threads] = process.argv.slice(2);
let imported = false;

async function importLibrary() {
  const g = await import("gradus"), models = await import("gradus/models");
  const backend = await g.useBackend(backendName, { threads: Number(threads) });
  setLibrary({ g, models, backend, compiled: mode === "compiled" });
  imported = true;
}

serve({
  async load(workload) {
    if (!imported) await importLibrary();
    return WORKLOADS[workload.name](workload);
  },
  version: () => `gradus, ${backendName}, ${threads} threads`,
});
