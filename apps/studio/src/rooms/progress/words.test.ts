import { expect, test } from "vitest";
import type { Entry } from "../../progress/event.ts";
import { inWords } from "./words.ts";

const about = { id: "e", at: Date.UTC(2026, 0, 5) };
test("every kind of entry can be read", () => {
  const said = (entry: Omit<Entry, "id" | "at">): string => {
    const { what, where } = inWords({ ...about, ...entry } as Entry);
    return `${where}, ${what}`;
  };
  expect(said({ kind: "lesson-read", lesson: "backprop", title: "Backpropagation" } as Entry))
    .toBe("Backpropagation, read to the end");
  expect(said({ kind: "lab-tried", lesson: "1.4", lab: "tanh", passed: 3, checks: 5 } as Entry))
    .toBe("1.4, lab tanh: 3 of 5 checks pass");
  expect(said({ kind: "lab-tried", lesson: "1.4", lab: "tanh", passed: 5, checks: 5 } as Entry))
    .toBe("1.4, lab tanh: all 5 checks pass");
  expect(said({ kind: "quiz-answered", lesson: "1.4", item: "q1", right: false } as Entry))
    .toBe("1.4, question q1: missed");
  expect(said({ kind: "card-made", card: "c", lesson: "1.4", front: "One\ntwo", back: "" } as Entry))
    .toBe("1.4, card made: One…");
});
