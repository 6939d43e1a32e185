import { expect, test } from "vitest";
import { faultOf, grade, readNumber, readShape, rightAnswer, shuffledSteps, type KeyedItem } from "./quiz-grade.ts";

const about = { id: "q", prompt: "?", explain: "" };
const choice: KeyedItem = { ...about, kind: "choice", options: [{ text: "a" }, { text: "b", right: true }] };
const multi: KeyedItem = {
  ...about, kind: "multi", options: [{ text: "a", right: true }, { text: "b" }, { text: "c", right: true }],
};
const order: KeyedItem = { ...about, kind: "order", steps: ["one", "two", "three", "four"] };
const numeric: KeyedItem = { ...about, kind: "numeric", code: "1 / 4", tolerance: 0.005, key: 0.25, unit: "nats" };
const trace: KeyedItem = { ...about, kind: "trace", code: "", key: "[ 5, 13 ]\ntrue" };
const shape: KeyedItem = { ...about, kind: "shape", code: "", key: [2, 3] };

test("one choice, and exactly it", () => {
  expect(grade(choice, [1]).right).toBe(true);
  expect(grade(choice, [0])).toMatchObject({ right: false, readable: true });
  expect(grade(choice, [])).toMatchObject({ right: false, readable: false });
  expect(grade(choice, [7]).readable).toBe(false);
});
test("several choices must agree in full, and the count of misses is told", () => {
  expect(grade(multi, [2, 0]).right).toBe(true);
  expect(grade(multi, [0]).text).toBe("1 not chosen that belong.");
  expect(grade(multi, [0, 1, 2]).text).toBe("1 chosen that do not.");
  expect(grade(multi, [1]).text).toBe("2 not chosen that belong, 1 chosen that do not.");
  expect(grade(multi, []).readable).toBe(false);
});
test("short answers ignore case, outer spaces, quotes and a final stop", () => {
  const short: KeyedItem = { ...about, kind: "short", answers: ["Bayes' theorem", "Bayes"] };
  for (const given of ["bayes", "  BAYES\u2019  Theorem. "]) expect(grade(short, given).right, given).toBe(true);
  expect(grade(short, "base").right).toBe(false);
  expect(grade(short, "  ").readable).toBe(false);
});
test("numbers are read as people write them", () => {
  const cases: Record<string, number> = {
    "0.25": 0.25, ".25": 0.25, "1/4": 0.25, "25 %": 0.25, "2,5": 2.5, "1,234.5": 1234.5, "1,234,567": 1234567,
    "\u22123e-2": -0.03, "+7": 7, "\u221e": Infinity, "-inf": -Infinity, "5.": 5,
  };
  for (const [text, value] of Object.entries(cases)) expect(readNumber(text), text).toBeCloseTo(value, 12);
  for (const text of ["", "one", "1.2.3", "0x10", "1 2x", "--1", "1/0x"]) expect(readNumber(text), text).toBeNaN();
  expect(readNumber("3 nats", "nats")).toBe(3);
});
test("a number counts within its tolerance, edge included", () => {
  for (const given of ["0.25", "0.255", "0.245", "0.25 nats"]) expect(grade(numeric, given).right, given).toBe(true);
  for (const given of ["0.256", "0.2449", "-0.25"]) expect(grade(numeric, given).right, given).toBe(false);
  expect(grade(numeric, "a quarter")).toMatchObject({ readable: false });
  const exact: KeyedItem = { ...about, kind: "numeric", code: "", tolerance: 0, key: Infinity };
  expect(grade(exact, "infinity").right).toBe(true);
  expect(grade({ ...exact, key: 0.1 + 0.2, tolerance: 1e-9 }, "0.3").right).toBe(true);
});
test("a trace ignores style and names the first line that differs", () => {
  for (const given of ["[ 5, 13 ]\ntrue", "[5,13]\r\ntrue\n"]) expect(grade(trace, given).right, given).toBe(true);
  expect(grade(trace, "[5, 13]\nfalse").text).toBe("Line 2 is the first that differs.");
  const joined: KeyedItem = { ...about, kind: "trace", code: "", key: "a b" };
  expect(grade(joined, "ab").right).toBe(false);
});
test("a shape may be written in every usual way", () => {
  for (const given of ["[2, 3]", "(2,3)", "2x3", "2 \u00d7 3", "2 3"]) {
    expect(grade(shape, given).right, given).toBe(true);
  }
  expect(grade(shape, "[3, 2]").text).toBe("Axis 0 differs.");
  expect(grade(shape, "[2]").text).toBe("You gave 1 axis; there are 2.");
  expect(grade(shape, "two")).toMatchObject({ readable: false });
  expect(readShape("[]")).toEqual([]);
  expect(readShape("(5,)")).toEqual([5]);
  expect(readShape("-1, 2")).toBeNull();
});
test("an order is right only in full; equal steps may change places", () => {
  expect(grade(order, [0, 1, 2, 3]).right).toBe(true);
  expect(grade(order, [1, 0, 2, 3]).text).toBe("2 of 4 steps stand elsewhere.");
  expect(grade(order, [0, 0, 1, 2]).readable).toBe(false);
  expect(grade({ ...about, kind: "order", steps: ["a", "a", "b"] }, [1, 0, 2]).right).toBe(true);
});
test("steps are shown shuffled, always alike, never in the right order", () => {
  for (let i = 0; i < 200; i++) {
    const item = { ...about, kind: "order" as const, id: `item-${i}`, steps: ["a", "b", "c"].slice(0, 2 + (i % 2)) };
    const shown = shuffledSteps(item);
    expect([...shown].sort()).toEqual(item.steps.map((_, place) => place));
    expect(grade(item, shown).right).toBe(false);
    expect(shuffledSteps(item)).toEqual(shown);
  }
});
test("the right answer of every kind is right", () => {
  expect(rightAnswer(choice)).toBe("b");
  expect(rightAnswer(multi)).toBe("a; c");
  expect(rightAnswer({ ...numeric, key: -0.2512, tolerance: 0.01 })).toBe("\u22120.25 nats");
  for (const item of [numeric, trace, shape]) expect(grade(item, rightAnswer(item)).right, item.kind).toBe(true);
  expect(rightAnswer(order)).toBe("1. one\n2. two\n3. three\n4. four");
});
test("faults of items are named", () => {
  for (const item of [choice, multi, order, numeric, trace, shape]) expect(faultOf(item)).toBeNull();
  expect(faultOf({ ...about, kind: "choice", options: [{ text: "a" }, { text: "b" }] })).toMatch(/0 options are right/);
  expect(faultOf({ ...about, kind: "shape", code: "x" })).toMatch(/not been computed/);
});
