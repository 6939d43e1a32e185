/** The worker of this page's figures; it starts with the first of them. */
import type { FromFigures, ToFigures } from "./protocol.ts";

type Listener = (message: FromFigures) => void;
const listeners = new Map<string, Listener>();
let worker: Worker | null = null;

function start(): Worker {
  const made = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "figures" });
  made.onmessage = ({ data }: MessageEvent<FromFigures>) => listeners.get(data.key)?.(data);
  made.onerror = (event) => {
    for (const [key, listener] of listeners) {
      listener({ key, type: "failed", message: event.message || "The figures could not be loaded." });
    }
  };
  return made;
}
/** Joins the worker under a key; returns how to speak to it. */
export function joinFigures(key: string, listener: Listener): (message: ToFigures) => void {
  listeners.set(key, listener);
  return (message) => (worker ??= start()).postMessage(message);
}
