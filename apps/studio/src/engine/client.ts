import type { FromWorker, ToWorker } from "./protocol.ts";

/** The engine as a page sees it: one worker, messages in and out. */
export interface Engine {
  send(message: ToWorker): void;
  close(): void;
}

export function startEngine(receive: (message: FromWorker) => void): Engine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gradus" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  worker.onerror = (event) => {
    receive({ type: "failed", message: event.message === "" ? "the engine could not be loaded" : event.message });
  };
  return { send: (message) => worker.postMessage(message), close: () => worker.terminate() };
}
