/** Tells the home page what the reader's log says; apart, so that the page does not wait for it. */
import { effect } from "@preact/signals";
import { progressStore } from "../../progress/store.ts";
import { waiting, whereNext, type Listed } from "./next.ts";
import type { Reader } from "./home.tsx";

export function start(lessons: readonly Listed[], reader: Reader): void {
  const { progress } = progressStore();
  effect(() => {
    reader.next.value = whereNext(lessons, progress.value);
    reader.waiting.value = waiting(lessons, progress.value, Date.now());
  });
}
