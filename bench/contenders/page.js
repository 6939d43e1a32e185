/** The inside of a page's worker: the same workloads as in Node, run when the contender's process says so. */
import { openWorkload } from "../numbers.js";
import { setLibrary, WORKLOADS } from "./workloads.js";

let prepare = null, job = null;
const handlers = {
  async load({ name, threads }) {
    const g = await import("/library.js");
    const backend = await g.useBackend("wasm", { threads });
    setLibrary({ g, models: g.models, backend, compiled: true });
    const about = await (await fetch(`/${name}.json`)).json();
    prepare = await WORKLOADS[name](openWorkload(about, await (await fetch(`/${about.data}`)).arrayBuffer()));
    return { threads: backend.target.threads };
  },
  async prepare({ variant }) {
    job = await prepare(variant);
    return { form: job.form };
  },
  check: () => job.check(),
  run: async ({ count }) => {
    await job.run(count);
    return {};
  },
};

globalThis.addEventListener("message", async ({ data: { id, request, ...rest } }) => {
  try {
    globalThis.postMessage({ id, value: await handlers[request](rest) });
  } catch (error) {
    globalThis.postMessage({ id, error: String(error?.stack ?? error) });
  }
});
