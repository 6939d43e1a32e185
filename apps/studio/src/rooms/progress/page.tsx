import { progressStore } from "../../progress/store.ts";
import { mount } from "../../shell/page.tsx";
import "./progress.css";
import { Room } from "./room.tsx";

mount({ home: "../", room: "progress", children: <Room store={progressStore()} /> });
