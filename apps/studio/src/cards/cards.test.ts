import { expect, test } from "vitest";
import type { Entry, Happening, Rating } from "../progress/event.ts";
import { cardsAsTsv } from "./export.ts";
import { cardOfItem, cardOfTerm } from "./make.ts";
import { dueAt, dueSentence, inWords, previews, schedule } from "./schedule.ts";

const START = Date.UTC(2026, 0, 5, 9), DAY = 86_400_000, MINUTE = 60_000;
let made = 0;
const entry = (happening: Happening, at: number): Entry => ({ ...happening, id: `e${made++}`, at });
const card = (name: string, at = START): Entry =>
  entry({ kind: "card-made", card: name, lesson: "1.4", front: `front ${name}`, back: "back" }, at);
const review = (name: string, rating: Rating, at: number): Entry =>
  entry({ kind: "card-reviewed", card: name, rating }, at);

test("a new card is due at once", () => {
  const cards = schedule([card("a")]);
  expect(cards).toMatchObject([{ card: "a", due: START, reviews: 0, stability: 0 }]);
  expect(dueAt(cards, START)).toHaveLength(1);
});
test("good answers put a card further away each time, a miss brings it back within minutes", () => {
  const entries = [card("a")];
  const waits: number[] = [];
  let now = START;
  for (let i = 0; i < 6; i++) {
    entries.push(review("a", "good", now));
    const [{ due }] = schedule(entries);
    waits.push(due - now);
    now = due;
  }
  // The first good answer leads to the second step of learning, ten minutes later.
  expect(waits[0]).toBe(10 * MINUTE);
  for (let i = 1; i < waits.length; i++) expect(waits[i]).toBeGreaterThan(waits[i - 1]);
  expect(waits[5]).toBeGreaterThan(60 * DAY);
  entries.push(review("a", "again", now));
  const [missed] = schedule(entries);
  expect(missed).toMatchObject({ reviews: 7, lapses: 1 });
  expect(missed.due - now).toBeLessThan(DAY);
});
test("what the buttons promise is what happens", () => {
  const entries = [card("a"), review("a", "good", START), review("a", "good", START + 10 * MINUTE)];
  const now = START + 5 * DAY;
  const promised = previews(entries, "a", now);
  for (const rating of ["again", "hard", "good", "easy"] as const) {
    expect(schedule([...entries, review("a", rating, now)])[0].due - now, rating).toBe(promised[rating]);
  }
  expect(promised.again).toBeLessThan(promised.hard);
  expect(promised.hard).toBeLessThan(promised.good);
  expect(promised.good).toBeLessThan(promised.easy);
});
test("a card made again keeps its reviews; a dropped one is gone; reviews of unknown cards do nothing", () => {
  const entries = [
    card("a"), review("a", "good", START), review("ghost", "good", START), card("b"),
    entry({ kind: "card-made", card: "a", lesson: "1.5", front: "new", back: "newer" }, START + DAY),
    entry({ kind: "card-dropped", card: "b" }, START + DAY),
  ];
  expect(schedule(entries)).toMatchObject([{ card: "a", front: "new", reviews: 1 }]);
});
test("what is due is said in words", () => {
  expect(dueSentence([], START)).toMatch(/^No cards yet/);
  const cards = schedule([card("a"), card("b", START + 3 * DAY)]);
  expect(dueSentence(cards, START)).toBe("1 card of 2 is due.");
  expect(dueSentence(cards, START + 4 * DAY)).toBe("2 cards of 2 are due.");
  const later = (wait: number): string => dueSentence(schedule([card("b", START + wait)]), START);
  expect(later(3 * DAY)).toBe("No cards today. The next comes back in 3 days.");
  expect(later(DAY / 2)).toBe("No cards now. 1 comes back within 1 day.");
  expect([30_000, 600_000, 7_200_000, DAY, 60 * DAY, 800 * DAY].map(inWords))
    .toEqual(["1 minute", "10 minutes", "2 hours", "1 day", "2 months", "2 years"]);
});
test("cards leave as a table that flashcard programs read", () => {
  const text = "Blame\tcarried\nback, a < b & c.";
  const term = cardOfTerm("1.4", { id: "vjp", term: "vector-Jacobian product", text });
  const question = cardOfItem("1.4", {
    id: "q1", kind: "shape", prompt: "Which shape?", explain: "Rows by columns.", code: "zeros([2, 3])",
    key: [2, 3],
  });
  expect(question).toMatchObject({ card: "quiz/1.4/q1", front: "Which shape?\n\nzeros([2, 3])" });
  const lines = cardsAsTsv(schedule([entry(term, START), entry(question, START + 1)])).trimEnd().split("\n");
  expect(lines.slice(0, 3)).toEqual(["#separator:tab", "#html:true", "#tags column:3"]);
  expect(lines.slice(3).map((line) => line.split("\t"))).toEqual([
    ["vector-Jacobian product", "Blame    carried<br>back, a &lt; b &amp; c.", "gradus::1.4"],
    ["Which shape?<br><br>zeros([2, 3])", "[2, 3]<br><br>Rows by columns.", "gradus::1.4"],
  ]);
});
