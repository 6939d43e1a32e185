import { expect, test } from "vitest";
import { formatSpan, schedule } from "./schedule.ts";

const stages = [{ id: "a", minutes: 240 }, { id: "b", minutes: 480 }];

test("hours a week and depth move every date", () => {
  const spans = (hours: number, depth: number): readonly string[] =>
    schedule(stages, { start: "2026-01-05", hours, depth }).map(formatSpan);
  expect(spans(4, 1)).toEqual(["5 January to 11 January 2026", "12 January to 25 January 2026"]);
  expect(spans(8, 1)).toEqual(["5 January to 8 January 2026", "9 January to 15 January 2026"]);
  expect(spans(4, 0.5)).toEqual(["5 January to 8 January 2026", "9 January to 15 January 2026"]);
});
test("a short stage takes a day, and a year's end is told", () => {
  expect(schedule([{ id: "a", minutes: 1 }], { start: "2026-12-31", hours: 40, depth: 1 }).map(formatSpan))
    .toEqual(["31 December 2026"]);
  expect(schedule(stages, { start: "2026-12-30", hours: 4, depth: 1 }).map(formatSpan)[0])
    .toBe("30 December 2026 to 5 January 2027");
});
test("without a day or an hour there is no plan", () => {
  expect(schedule(stages, { start: "", hours: 4, depth: 1 })).toEqual([]);
  expect(schedule(stages, { start: "2026-01-05", hours: 0, depth: 1 })).toEqual([]);
});
