import { expect, test } from "vitest";
import { memoryLog } from "../../progress/log.ts";
import { createProgress } from "../../progress/store.ts";
import { createReview } from "./review.ts";

const START = Date.UTC(2026, 0, 5, 9), MINUTE = 60_000;

test("a sitting goes through what is due; misses come back in it", async () => {
  let time = START;
  const store = createProgress(Promise.resolve(memoryLog()));
  for (const [i, card] of ["a", "b", "c"].entries()) {
    await store.record({ kind: "card-made", card, lesson: "1", front: card, back: card }, START - 1000 + i);
  }
  const review = createReview(store, () => time);
  expect(review.due.value.map(({ card }) => card)).toEqual(["a", "b", "c"]);
  await review.rate("good");
  expect(review.done.value).toBe(0);
  review.turn();
  await review.rate("again");
  expect(review.card.value?.card).toBe("b");
  review.turn();
  await review.rate("easy");
  await review.drop();
  expect(review.card.value).toBeNull();
  time += 2 * MINUTE;
  review.tick();
  expect(review.card.value?.card).toBe("a");
  expect(review.waits.value!.again).toBeLessThan(review.waits.value!.easy);
  expect(store.progress.value.cards.map(({ card }) => card).sort()).toEqual(["a", "b"]);
});

test("a look back takes every card of its lessons once, the most forgotten first", async () => {
  const store = createProgress(Promise.resolve(memoryLog()));
  for (const [i, card] of ["a", "b", "c"].entries()) {
    const lesson = card === "c" ? "later" : "first";
    await store.record({ kind: "card-made", card, lesson, front: card, back: card }, START + i);
  }
  for (const [day, rating] of (["easy", "again"] as const).entries()) {
    await store.record({ kind: "card-reviewed", card: "b", rating }, START + (1 + 20 * day) * 24 * 60 * MINUTE);
  }
  const review = createReview(store, () => START + 30 * 24 * 60 * MINUTE, { lessons: ["first"] });
  expect(review.due.value.map(({ card, lapses }) => `${card} ${lapses}`)).toEqual(["b 1", "a 0"]);
  while (review.card.value !== null) {
    review.turn();
    await review.rate("good");
  }
  expect(review.done.value).toBe(2);
});
