import { MODELS } from "gradus/models";
import { mount } from "../../shell/page.tsx";
import "./models.css";
import type { FromWorker } from "./protocol.ts";
import { Room } from "./room.tsx";
import { createStore, type Start } from "./store.ts";

const start: Start = (receive) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gradus-models" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  worker.onerror = (event) => receive({
    type: "failed", message: event.message === "" ? "the engine could not be loaded" : event.message,
    settings: store.settings.peek(),
  });
  return { send: (message) => worker.postMessage(message) };
};

const store = createStore(location.search, MODELS);
store.start(start);
document.addEventListener("visibilitychange", () => store.visible(document.visibilityState === "visible"));
mount({ home: "../", room: "models", children: <Room store={store} /> });
