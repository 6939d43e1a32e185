import { mount } from "../../shell/page.tsx";
import type { FromWorker } from "./protocol.ts";
import { Room } from "./room.tsx";
import { createStore } from "./store.ts";
import "./write.css";

const store = createStore(location.search, (receive) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gradus-write" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data);
  return (message) => worker.postMessage(message);
});
mount({ home: "../", room: "write", children: <Room store={store} /> });
