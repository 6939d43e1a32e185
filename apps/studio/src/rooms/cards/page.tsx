import { progressStore } from "../../progress/store.ts";
import { mount } from "../../shell/page.tsx";
import "./cards.css";
import { createReview, type LookBack } from "./review.ts";
import { Room } from "./room.tsx";

const store = progressStore();
/** `?review=probability,markov`: a look back at these lessons, as the paths ask for after some of their stages. */
const asked = new URLSearchParams(location.search).get("review");
const back: LookBack | undefined = asked === null ? undefined : { lessons: asked.split(",") };
mount({ home: "../", room: "cards", children: <Room store={store} review={createReview(store, Date.now, back)} /> });
