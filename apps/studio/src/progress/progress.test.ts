import { expect, test } from "vitest";
import { derive } from "./derive.ts";
import { newId, readEntry, type Entry, type Happening } from "./event.ts";
import { readFile, writeFile } from "./file.ts";
import { memoryLog } from "./log.ts";
import { createProgress } from "./store.ts";

const START = Date.UTC(2026, 0, 5, 9), DAY = 86_400_000;
const log = (...happenings: Happening[]): Entry[] =>
  happenings.map((happening, i) => ({ ...happening, id: `e${i}`, at: START + i * DAY }));

const ENTRIES = log(
  { kind: "path-chosen", path: "twenty-weeks" },
  { kind: "figure-touched", lesson: "1.4", figure: "chain" },
  { kind: "figure-touched", lesson: "1.4", figure: "chain" },
  { kind: "cell-run", lesson: "1.4", cell: "c1" },
  { kind: "lab-tried", lesson: "1.4", lab: "tanh", passed: 3, checks: 5 },
  { kind: "quiz-answered", lesson: "1.4", item: "q1", right: false },
  { kind: "quiz-answered", lesson: "1.4", item: "q1", right: true },
  { kind: "quiz-answered", lesson: "1.4", item: "q2", right: true },
  { kind: "lab-tried", lesson: "1.4", lab: "tanh", passed: 5, checks: 5 },
  { kind: "lesson-read", lesson: "1.4", title: "Backpropagation" },
  { kind: "essay-marked", lesson: "1.5", essay: "e1", met: 2, points: 4 },
);

test("what is done follows from the log", () => {
  const { lessons, path, passedLabs } = derive(ENTRIES);
  expect(path).toBe("twenty-weeks");
  expect(lessons.map(({ lesson }) => lesson)).toEqual(["1.4", "1.5"]);
  expect(lessons[0]).toMatchObject({
    title: "Backpropagation", first: START + DAY, read: START + 9 * DAY, figures: 1, cells: 1, labsTried: 1,
    labsPassed: 1, questions: 2, firstRight: 1, essays: 0,
  });
  expect(lessons[1]).toMatchObject({ title: "1.5", read: null, essays: 1 });
  expect([...passedLabs]).toEqual(["1.4/tanh"]);
});
test("a log only grows, and an entry counts once", async () => {
  const kept = memoryLog();
  expect(await kept.add(ENTRIES)).toBe(ENTRIES.length);
  expect(await kept.add([{ ...ENTRIES[0], at: 0 }, ...ENTRIES])).toBe(0);
  expect(await kept.all()).toEqual(ENTRIES);
});
test("a file brings every entry back, and two copies merge", async () => {
  const file = readFile(`\ufeff${writeFile([...ENTRIES].reverse())}`);
  expect(file).toEqual({ ok: true, entries: ENTRIES, skipped: 0 });
  const [here, there] = [ENTRIES.slice(0, 7), ENTRIES.slice(4)];
  const merged = memoryLog(here);
  expect(await merged.add(there)).toBe(4);
  expect(await merged.all()).toEqual(ENTRIES);
});
test("files that are none are refused with a reason", () => {
  const why = (text: string): string => {
    const found = readFile(text);
    return found.ok ? "taken" : found.why;
  };
  expect(why("")).toMatch(/not JSON/);
  expect(why("[1, 2")).toMatch(/not JSON/);
  for (const text of ["null", "[]", "7", '"x"', "{}", '{"format": "other"}']) expect(why(text)).toMatch(/no progress/);
  expect(why('{"format": "gradus-progress", "version": 9, "entries": []}')).toMatch(/version 9/);
  expect(why('{"format": "gradus-progress", "version": 1, "entries": {}}')).toMatch(/no entries/);
});
test("hostile entries are skipped, and nothing unknown is kept", () => {
  const good = ENTRIES[1];
  const bad = [
    null, 3, "x", [], {}, { ...good, id: "" }, { ...good, id: 4 }, { ...good, at: "now" }, { ...good, at: NaN },
    { ...good, at: 1e300 }, { ...good, kind: "toString" }, { ...good, kind: "__proto__" }, { ...good, figure: {} },
    { ...good, lesson: "x".repeat(10_000) }, { ...ENTRIES[4], passed: -1 }, { ...ENTRIES[5], right: "yes" },
    { kind: "card-reviewed", id: "z", at: START, card: "c", rating: "excellent" },
    { kind: "card-made", id: "z", at: START, card: "c", lesson: "1", front: "f", back: "x".repeat(20_001) },
  ];
  const text = JSON.stringify({ format: "gradus-progress", version: 1, entries: [...bad, { ...good, evil: "<img>" }] });
  expect(readFile(text)).toEqual({ ok: true, entries: [good], skipped: bad.length });
  const polluted = JSON.parse('{"kind":"path-chosen","id":"p","at":1767603600000,"path":"a","__proto__":{"x":1}}');
  expect(readEntry(polluted)).toEqual({ kind: "path-chosen", id: "p", at: 1767603600000, path: "a" });
});
test("names are never given twice", () => {
  const names = Array.from({ length: 1000 }, newId);
  expect(new Set(names).size).toBe(1000);
  expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
});
test("a page sees what it records; without a database it says so", async () => {
  const store = createProgress(Promise.resolve(memoryLog(ENTRIES.slice(0, 2))));
  await store.record({ kind: "cell-run", lesson: "1.4", cell: "c2" }, START + DAY / 2);
  expect(store.entries.value!.map(({ kind }) => kind)).toEqual(["path-chosen", "cell-run", "figure-touched"]);
  expect(store.progress.value.lessons[0].cells).toBe(1);
  expect(await store.merge(ENTRIES)).toBe(ENTRIES.length - 2);
  expect(store.kept.value).toBe(true);
  const without = createProgress(Promise.reject(new Error("no database")));
  await without.record({ kind: "path-chosen", path: "a" });
  expect(without.kept.value).toBe(false);
  expect(without.progress.value.path).toBe("a");
});
