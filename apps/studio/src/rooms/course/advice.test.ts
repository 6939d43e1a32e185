import { expect, test } from "vitest";
import { advice } from "./advice.ts";

const [a, b, c] = ["a", "b", "c"].map((lesson) => ({ lesson, name: lesson.toUpperCase() }));
const beyond = { lesson: "d", name: "D" };

test("nothing answered says nothing; the first miss is where to begin", () => {
  expect(advice([a, b, c], [null, null, null], 0, beyond).places).toEqual([]);
  expect(advice([a, b, c], [true, null, null], 1, beyond).places).toEqual([]);
  expect(advice([a, b, c], [true, false, null], 2, beyond).places).toEqual([b]);
});

test("skipped is missed; at the end all that was missed is named", () => {
  expect(advice([a, b, c], [null, true, null], 2, beyond).places).toEqual([a]);
  expect(advice([a, b, c], [null, true, false], 2, beyond)).toMatchObject({ places: [a, c] });
  expect(advice([a, b, c], [true, true, true], 2, beyond).places).toEqual([beyond]);
  expect(advice([a, b, c], [true, true, true], 2, null).places).toEqual([c]);
});
