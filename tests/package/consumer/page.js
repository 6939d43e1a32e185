// The same training in a page, and in a module worker of that page.
import { trainTenSteps } from "./training.js";

const inWorker = () => new Promise((done, failed) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => done(data);
  worker.onerror = ({ message }) => failed(new Error(message));
});
globalThis.report = Promise.all([trainTenSteps(), inWorker()]);
