import { computed, signal } from "@preact/signals";
import { dueAt, previews } from "../../cards/schedule.ts";
import type { Rating } from "../../progress/event.ts";
import type { ProgressStore } from "../../progress/store.ts";

/** What a review goes back to: every card of some lessons, due or not, each once and the most forgotten first. */
export interface LookBack { readonly lessons: readonly string[] }

/** A sitting with the cards that are due, or with a look back; `clock` gives the time in milliseconds. */
export function createReview(store: ProgressStore, clock: () => number = Date.now, back?: LookBack) {
  const now = signal(clock()), turned = signal(false), done = signal(0);
  const seen = signal<ReadonlySet<string>>(new Set());
  const due = computed(() => {
    const { cards } = store.progress.value;
    if (back === undefined) return dueAt(cards, now.value);
    return cards.filter(({ card, lesson }) => back.lessons.includes(lesson) && !seen.value.has(card))
      .sort((a, b) => b.lapses - a.lapses);
  });
  const card = computed(() => due.value.at(0) ?? null);
  return {
    now, turned, done, due, card, back,
    /** How long the card would stay away after each rating. */
    waits: computed(() => (card.value === null ? null
      : previews(store.entries.value ?? [], card.value.card, now.value))),
    turn(): void {
      turned.value = true;
    },
    async rate(rating: Rating): Promise<void> {
      const current = card.peek();
      if (current === null || !turned.peek()) return;
      turned.value = false;
      done.value++;
      const at = clock();
      seen.value = new Set([...seen.peek(), current.card]);
      await store.record({ kind: "card-reviewed", card: current.card, rating }, at);
      now.value = at;
    },
    async drop(): Promise<void> {
      const current = card.peek();
      if (current === null) return;
      turned.value = false;
      await store.record({ kind: "card-dropped", card: current.card }, clock());
    },
    /** Looks at the clock again: cards come due while the page is open. */
    tick(): void {
      now.value = clock();
    },
  };
}
export type Review = ReturnType<typeof createReview>;
