import { expect, test } from "vitest";
import { attemptText, keep, recall, type Shelf } from "./memory.ts";
import { isInOrder, moved, puzzleOf, rightFromTop } from "./puzzle.ts";

function shelf(): Shelf {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}
test("code, attempts and hints come back; nonsense does not", () => {
  const place = shelf();
  expect(recall(place, "a/b", "start")).toEqual({ code: "start", attempts: 0, hints: 0, passed: false });
  keep(place, "a/b", { code: "mine", attempts: 3, hints: 1, passed: true });
  expect(recall(place, "a/b", "start")).toEqual({ code: "mine", attempts: 3, hints: 1, passed: true });
  place.setItem("gradus-lab:c", "{not json");
  place.setItem("gradus-lab:d", '{"code":5,"attempts":-1,"passed":"yes"}');
  expect(recall(place, "c", "start").code).toBe("start");
  expect(recall(place, "d", "start")).toEqual({ code: "start", attempts: 0, hints: 0, passed: false });
  expect(recall(null, "a/b", "start").code).toBe("start");
});
test("attempts in words", () => {
  expect(attemptText(0, null, 5)).toBe("not tried yet");
  expect(attemptText(3, 3, 5)).toBe("third attempt, 3 of 5 checks pass");
  expect(attemptText(14, 5, 5)).toBe("14th attempt, 5 of 5 checks pass");
});
test("a puzzle is the longest function, shuffled and solvable", () => {
  const { lines, shuffled } = puzzleOf(
    "const a = 1;\n/** Adds. */\n" +
      "export function f(x: number): number {\n  // why\n  const y = x + a;\n\n  return y;\n}\n",
  );
  expect(lines).toEqual(["export function f(x: number): number {", "  const y = x + a;", "  return y;", "}"]);
  expect([...shuffled].sort()).toEqual([0, 1, 2, 3]);
  expect(isInOrder(lines, shuffled)).toBe(false);
  expect(rightFromTop(lines, [0, 1, 3, 2])).toBe(2);
  let order: readonly number[] = shuffled;
  for (let i = 0; i < lines.length; i++) order = moved(order, order.indexOf(i), i);
  expect(isInOrder(lines, order)).toBe(true);
});
test("equal lines may stand for each other", () => {
  expect(isInOrder(["a {", "  }", "}", "}"], [0, 3, 1, 2])).toBe(true);
});
