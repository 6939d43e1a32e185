import { loadCourseModel } from "gradus/pretrained";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { factsOf, write } from "./writer.ts";

/** The part of a worker's global scope used here. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}
const page = globalThis as unknown as Scope;
const loading = loadCourseModel();
let latest = 0;

page.onmessage = ({ data }) => {
  latest = data.id;
  if (data.length > 0) void answer(data);
};
async function answer({ id, ...request }: ToWorker): Promise<void> {
  try {
    for await (const written of write(await loading, request)) {
      // A later request has taken over. A turn of the event loop lets it be heard.
      if (id !== latest) return;
      page.postMessage({ type: "written", id, written });
      await new Promise((turn) => { setTimeout(turn, 0); });
    }
    page.postMessage({ type: "done", id });
  } catch (error) {
    page.postMessage({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
  }
}
loading.then(
  (loaded) => { page.postMessage({ type: "ready", facts: factsOf(loaded) }); },
  (error: unknown) => { page.postMessage({ type: "failed", id: 0, message: String(error) }); });
