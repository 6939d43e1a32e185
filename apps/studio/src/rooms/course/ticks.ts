/** Fills the ticks of lessons from the reader's log: read, begun, or neither. */
import { effect } from "@preact/signals";
import { progressStore } from "../../progress/store.ts";

export function start(): void {
  const { progress } = progressStore();
  effect(() => {
    const { lessons } = progress.value;
    const last = lessons.reduce((newest, state) => Math.max(newest, state.last), 0);
    for (const tick of document.querySelectorAll<HTMLElement>("[data-lesson-tick]")) {
      const state = lessons.find(({ lesson }) => lesson === tick.dataset.lessonTick);
      tick.classList.toggle("read", state?.read != null);
      tick.classList.toggle("begun", state !== undefined && state.read === null && state.last === last);
    }
    for (const row of document.querySelectorAll<HTMLElement>(".ticks[data-count]")) {
      const read = row.querySelectorAll(".read").length;
      row.setAttribute("aria-label", `${read} of ${row.dataset.count ?? ""} lessons read`);
    }
  });
}
