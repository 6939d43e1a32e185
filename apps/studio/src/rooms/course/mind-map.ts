/** The map of concepts, drawn by markmap; the list below it says the same. */
import { Markmap } from "markmap-view";
import { progressStore } from "../../progress/store.ts";
import { treeOf, type MapData } from "./tree.ts";

/** Levels that are open at first: the parts, and the first step of each. */
const OPEN_LEVEL = 2;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export function start(): void {
  const holder = document.getElementById("mind-map"), data = document.getElementById("concepts-of-map")?.textContent;
  if (holder === null || data == null) return;
  void draw(holder, JSON.parse(data) as MapData);
}

async function draw(holder: HTMLElement, data: MapData): Promise<void> {
  const store = progressStore();
  await store.ready;
  const read = new Set(store.progress.value.lessons.filter((state) => state.read !== null).map(({ lesson }) => lesson));
  const known = new Set(data.nodes.flatMap(({ id, lesson }) => lesson !== undefined && read.has(lesson) ? [id] : []));
  holder.hidden = false;
  holder.innerHTML = `<div class="plate gridded"><svg role="group" aria-label="Concepts as a tree; the list ` +
    `below says the ` +
    `same"></svg></div><div class="strip ui"><button type="button" data-act="in">Closer</button>` +
    `<button type="button" data-act="out">Farther</button><button type="button" data-act="fit">Show all</button>` +
    `<a class="say" href="#list">Skip to the list</a></div>`;
  const svg = holder.querySelector("svg")!, narrow = svg.clientWidth < 560;
  const map = Markmap.create(svg, {
    duration: STILL.matches ? 0 : 250, initialExpandLevel: OPEN_LEVEL, spacingVertical: 7,
    // A narrow map would be shrunk until nobody can read it: its labels break instead.
    ...(narrow ? { maxWidth: 148, paddingX: 6, spacingHorizontal: 22 }
      : { maxWidth: 260, paddingX: 10, spacingHorizontal: 60 }),
    color: () => "var(--control)", lineWidth: () => 1.2, autoFit: false, pan: true, zoom: true,
    scrollForPan: false,
  }, treeOf(data, known) as never);
  holder.querySelector(".strip")?.addEventListener("click", (event) => {
    const act = (event.target as HTMLElement).dataset.act;
    if (act === "in") void map.rescale(1.3);
    if (act === "out") void map.rescale(1 / 1.3);
    if (act === "fit") void map.fit();
  });
}
