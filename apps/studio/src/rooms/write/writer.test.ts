import { beforeAll, expect, test } from "vitest";
import { loadCourseModel, type CourseModel } from "gradus/pretrained";
import type { Choice, Written } from "./protocol.ts";
import { factsOf, write } from "./writer.ts";

const FREE: Choice = { temperature: 1, topK: 1024, topP: 1, repetitionPenalty: 1 };
let loaded: CourseModel;
beforeAll(async () => { loaded = await loadCourseModel(); });

async function all(choice: Choice, seed = 1, length = 6): Promise<Written[]> {
  const found: Written[] = [];
  for await (const one of write(loaded, { prompt: "The gradient", length, seed, choice })) found.push(one);
  return found;
}
const textOf = (written: readonly Written[]): string => written.map(({ text }) => text).join("");

test("the same seed writes the same, and another something else", async () => {
  const [first, again, other] = [await all(FREE), await all(FREE), await all(FREE, 2)];
  expect(first).toHaveLength(6);
  expect(textOf(again)).toBe(textOf(first));
  expect(textOf(other)).not.toBe(textOf(first));
});
test("without controls nothing is cut, and shares are those of the model", async () => {
  for (const { candidates, open, share } of await all(FREE)) {
    expect(open).toBe(loaded.card.sizes.vocabulary);
    for (const candidate of candidates) expect(candidate.kept).toBeCloseTo(candidate.share, 5);
    expect(candidates.some((candidate) => candidate.share === share)).toBe(true);
    expect(candidates.reduce((sum, candidate) => sum + candidate.share, 0)).toBeLessThanOrEqual(1 + 1e-9);
  }
});
test("top k leaves k tokens, and what is left sums to 1", async () => {
  for (const { candidates, open } of await all({ ...FREE, topK: 5 })) {
    expect(open).toBe(5);
    expect(candidates.reduce((sum, { kept }) => sum + kept, 0)).toBeCloseTo(1, 9);
  }
});
test("at temperature 0 the likeliest comes", async () => {
  for (const { candidates, share } of await all({ ...FREE, temperature: 0 })) {
    expect(share).toBe(Math.max(...candidates.map((candidate) => candidate.share)));
    expect(candidates.filter(({ kept }) => kept > 0)).toHaveLength(1);
  }
});
test("the facts are those of the card", () => {
  expect(factsOf(loaded).parameters).toBe(loaded.model.parameterCount());
});
