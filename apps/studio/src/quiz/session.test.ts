import { expect, test } from "vitest";
import type { KeyedItem } from "@gradus/lessons";
import { createSession, moved } from "./session.ts";

const ITEMS: readonly KeyedItem[] = [
  { id: "a", kind: "choice", prompt: "?", explain: "", options: [{ text: "x" }, { text: "y", right: true }] },
  { id: "b", kind: "numeric", prompt: "?", explain: "", code: "2 + 2", tolerance: 0, key: 4 },
  { id: "c", kind: "order", prompt: "?", explain: "", steps: ["one", "two", "three"] },
];
function open() {
  const heard: string[] = [];
  const session = createSession(ITEMS, {
    answered: ({ id }, right) => heard.push(`${id} ${right}`),
    missed: ({ id }) => heard.push(`${id} card`),
  });
  return { session, heard };
}

test("a miss makes a card once; later attempts are only told", () => {
  const { session, heard } = open();
  session.current.value.change([0]);
  session.submit();
  expect(session.current.value.missed.value).toBe(true);
  session.submit();
  session.current.value.change([1]);
  expect(session.current.value.verdict.value).toBeNull();
  session.submit();
  session.current.value.again();
  session.current.value.change([0]);
  session.submit();
  expect(heard).toEqual(["a false", "a card", "a true", "a false"]);
});
test("what cannot be read is no attempt", () => {
  const { session, heard } = open();
  session.go(1);
  session.submit();
  session.current.value.change("four");
  session.submit();
  expect(session.current.value.verdict.value).toMatchObject({ readable: false });
  expect(session.current.value.attempts.value).toBe(0);
  session.current.value.change("4");
  session.submit();
  expect(heard).toEqual(["b true"]);
  expect(session.done.value).toBe(1);
});
test("an order starts shuffled and is put right step by step", () => {
  const { session, heard } = open();
  session.go(99);
  const question = session.current.value;
  while (heard.length === 0) {
    const order = question.answer.value as readonly number[];
    const place = order.findIndex((step, i) => step > (order[i + 1] ?? Infinity));
    if (place < 0) session.submit();
    else question.change(moved(order, place, 1));
  }
  expect(heard).toEqual(["c true"]);
  expect(moved([0, 1], 0, -1)).toEqual([0, 1]);
  expect(moved([0, 1], 1, 1)).toEqual([0, 1]);
});
