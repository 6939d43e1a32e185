import { mount } from "../../shell/page.tsx";
import "./digits.css";
import { Room } from "./room.tsx";
import { createStore } from "./store.ts";

const store = createStore(location.search);
store.open();
document.addEventListener("visibilitychange", () => store.visible(document.visibilityState === "visible"));
mount({ home: "../", room: "digits", children: <Room store={store} /> });
