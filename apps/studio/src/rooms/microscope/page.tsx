import { mount } from "../../shell/page.tsx";
import "./microscope.css";
import { Room } from "./room.tsx";
import { createStore, type Start } from "./store.ts";
import type { FromWorker } from "./worker.ts";

const start: Start = (receive) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gradus-microscope" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  return { send: (message) => worker.postMessage(message), close: () => worker.terminate() };
};

const store = createStore(location.search, start);
store.look();
mount({ home: "../", room: "microscope", children: <Room store={store} /> });
