import { listen } from "../../progress/tell.ts";

/** Writes the reader's log: what parts of the page say, and that a lesson was read when its end has come into view. */
export function startReading(main: HTMLElement): void {
  listen(main, (happening) => {
    void import("../../progress/store.ts").then(({ progressStore }) => progressStore().record(happening));
  });
  const end = main.querySelector(".doubt"), { lesson, title } = main.dataset;
  if (end === null || lesson === undefined || title === undefined) return;
  const seen = new IntersectionObserver(([entry]) => {
    if (entry?.isIntersecting !== true) return;
    seen.disconnect();
    void note(lesson, title).then(() => { main.dataset.read = ""; });
  });
  seen.observe(end);
}

async function note(lesson: string, title: string): Promise<void> {
  const { progressStore } = await import("../../progress/store.ts");
  const store = progressStore();
  await store.ready;
  const known = store.progress.value.lessons.some((state) => state.lesson === lesson && state.read !== null);
  if (!known) await store.record({ kind: "lesson-read", lesson, title });
}
