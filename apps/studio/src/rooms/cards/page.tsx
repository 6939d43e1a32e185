import { progressStore } from "../../progress/store.ts";
import { mount } from "../../shell/page.tsx";
import "./cards.css";
import { createReview } from "./review.ts";
import { Room } from "./room.tsx";

const store = progressStore();
mount({ home: "../", room: "cards", children: <Room store={store} review={createReview(store)} /> });
