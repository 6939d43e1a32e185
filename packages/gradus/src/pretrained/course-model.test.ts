import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import "../exec/setup.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { scoringWindows } from "../data/text.ts";
import { beamSearch, generate, streamText } from "../models/index.ts";
import { crossEntropy } from "../nn/functional/cross-entropy.ts";
import { setBackend } from "../runtime/registry.ts";
import { memoryReport } from "../runtime/storage.ts";
import { noGrad, scope } from "../tensor/gradient.ts";
import { loadCourseModel, type CourseModel } from "./index.ts";

const backend = createWasmBackend({ threads: 1 });
let course: CourseModel;
beforeAll(async () => {
  setBackend(backend);
  course = await loadCourseModel();
});
afterAll(() => backend.dispose());
const beside = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

test("its surprise on the text held out is what its card says", async () => {
  const { model, tokenizer, card } = course, text = beside("held-out.fixture.txt");
  const ids = Int32Array.from(text.split(/(?<=\n)/).flatMap((line) => [...tokenizer.encode(line).ids]));
  let total = 0, count = 0;
  for (const [x, y] of scoringWindows(ids, model.context, 8)) {
    const sum = scope(() => noGrad(() => crossEntropy(
      model.forward(x).reshape([-1, model.vocabulary]), y.reshape([-1]), { reduction: "sum" })));
    total += await sum.item();
    count += y.numel;
    for (const done of [x, y, sum]) done.dispose();
  }
  expect(text).toHaveLength(card.heldOut);
  expect(Math.abs(total / count - card.natsPerToken)).toBeLessThan(1e-3);
  expect(Math.abs(total / count * ids.length / text.length - card.natsPerCharacter)).toBeLessThan(1e-3);
  // Far below what the best constant guess would give, ln 1024 = 6.9 at most.
  expect(card.natsPerToken).toBeLessThan(4.2);
});
test("its README gives the figures of the card", () => {
  const { card } = course, text = beside("README.md").replace(/\s+/g, " ");
  const thousands = (value: number): string => value.toLocaleString("en");
  for (const figure of [
    `${thousands(card.parameters)} parameters`, `seed ${card.seed}`, `${thousands(card.steps)} steps`,
    `${card.batch} windows of ${card.sizes.block} tokens`, `${thousands(card.learnt)} characters`,
    `${thousands(card.heldOut)} characters`, `${card.natsPerToken} nats a token`,
    `${card.natsPerCharacter} nats a character`,
  ]) expect(text).toContain(figure);
  expect(course.model.parameters().reduce((sum, p) => sum + p.numel, 0)).toBe(card.parameters);
});
test("it writes words of the course, and searches", async () => {
  const { model, tokenizer, paragraphEnd } = course, prompt = tokenizer.encode("The gradient of").ids;
  expect(tokenizer.decode([paragraphEnd])).toBe("\n");
  let text = "";
  const steps = generate(model, prompt, { length: 60, temperature: 0.6, seed: 3 });
  for await (const piece of streamText(steps, (tokens) => tokenizer.decode(tokens), { prompt })) text += piece;
  const known = new Set(beside("held-out.fixture.txt").toLowerCase().match(/[a-z]+/g));
  const words = text.toLowerCase().match(/[a-z]+/g)!;
  expect(words.length).toBeGreaterThan(15);
  expect(words.filter((word) => known.has(word)).length / words.length).toBeGreaterThan(0.5);
  const { sequences } = await beamSearch(model, prompt, { length: 10, beams: 4, sequences: 4 });
  const totals = sequences.map(({ total }) => total);
  expect(totals).toEqual(totals.toSorted((a, b) => b - a));
});
test("it fits into two megabytes, and loading leaves nothing but its weights", async () => {
  const before = memoryReport().bytes;
  const { model } = await loadCourseModel();
  expect(memoryReport().bytes - before).toBeLessThan(4 * 1.1 * course.card.parameters);
  for (const p of model.parameters()) p.dispose();
  expect(beside("course-model.data.ts").length).toBeLessThan(2e6);
});
