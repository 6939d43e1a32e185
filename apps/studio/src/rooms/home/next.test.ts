import { expect, test } from "vitest";
import { derive } from "../../progress/derive.ts";
import type { Entry, Happening } from "../../progress/event.ts";
import { waiting, whereNext } from "./next.ts";

const LESSONS = [{ id: "a", name: "0.1 A" }, { id: "b", name: "0.2 B" }, { id: "c", name: "0.3 C" }];
const START = Date.UTC(2026, 0, 5), MINUTE = 60_000;
const log = (...happenings: Happening[]) => derive(happenings.map((happening, i): Entry =>
  ({ ...happening, id: String(i), at: START + i * MINUTE })));

test("nothing was done: nothing to go on with", () => {
  expect(whereNext(LESSONS, log())).toBeNull();
  expect(waiting(LESSONS, log(), START)).toBeNull();
});

test("a lesson that was begun goes on; behind one that was read comes the next unread", () => {
  const run: Happening = { kind: "cell-run", lesson: "b", cell: "1" };
  expect(whereNext(LESSONS, log(run))).toEqual({ lesson: LESSONS[1], begun: true });
  expect(whereNext(LESSONS, log(run, { kind: "lesson-read", lesson: "b" })))
    .toEqual({ lesson: LESSONS[2], begun: false });
  expect(whereNext(LESSONS, log({ kind: "lesson-read", lesson: "c" }))).toEqual({ lesson: LESSONS[0], begun: false });
  const all = LESSONS.map(({ id }) => ({ kind: "lesson-read", lesson: id }) as const);
  expect(whereNext(LESSONS, log(...all))).toBeNull();
});

test("cards that are due are counted, and labs of the last lesson", () => {
  const progress = log({ kind: "card-made", card: "x", lesson: "a", front: "?", back: "!" },
    { kind: "lab-tried", lesson: "b", lab: "one", passed: 2, checks: 5 });
  expect(waiting(LESSONS, progress, START + MINUTE)).toMatchObject({ due: 1, cards: 1, soonest: null,
    last: { name: "0.2 B", labsTried: 1, labsPassed: 0 } });
  expect(waiting(LESSONS, progress, START - MINUTE)).toMatchObject({ due: 0, soonest: START });
});
