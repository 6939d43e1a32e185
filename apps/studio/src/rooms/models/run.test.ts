import { expect, test } from "vitest";
import { createWasmBackend, memoryReport, setBackend } from "gradus";
import { MODELS } from "gradus/models";
import { fitted, resized, textData } from "./data.ts";
import { PASSAGE } from "./passage.ts";
import { ModelRun } from "./run.ts";
import { activationShape, fullScale, matrixOf, thumbnail } from "./thumbnail.ts";

setBackend(createWasmBackend({ threads: 1 }));
const settings = (model: string, preset: string) => ({ model, preset, seed: 7, rate: 0.01, batch: 4 });

test("a classifier learns, and every part of it can be looked at", async () => {
  const run = await ModelRun.open({ ...settings("mlp", "digits"), batch: 32 }, null);
  expect(run.anatomy).toMatchObject({ task: "classification", guessing: Math.log(10) });
  expect(run.anatomy.root).toMatchObject({ path: "", kind: "MLP", parameters: 2410, multiplyAdds: 64 * 32 + 32 * 10 });
  expect(run.anatomy.root.parts.map(({ path }) => path)).toEqual(["layers.0", "layers.1"]);
  await run.measure();
  await run.train(Infinity, 60);
  await run.measure();
  const { history, looks, activations, step } = await run.snapshot(false);
  expect(step).toBe(60);
  expect(history.map((m) => m.step)).toEqual([0, 60]);
  expect(history[0].heldOut).toBeGreaterThan(2);
  expect(history[1].heldOut).toBeLessThan(1);
  expect(Object.keys(looks)).toEqual(["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"]);
  expect(looks["layers.0.weight"].weights).toMatchObject({ rows: 32, columns: 40 });
  expect(Math.abs(looks["layers.1.weight"].largestGradient)).toBeGreaterThan(0);
  expect(Object.keys(activations)).toEqual(["", "layers.0", "layers.1"]);
  run.dispose();
});
test("a language model learns, writes, and says what may come next", async () => {
  const run = await ModelRun.open(settings("lstm-lm", "small"), null);
  expect(run.anatomy.task).toBe("language");
  await run.train(Infinity, 40);
  await run.measure();
  const { history, samples } = await run.snapshot(false);
  expect(history[0].heldOut).toBeLessThan(3.4);
  expect(samples).toHaveLength(1);
  expect(Array.from(samples[0].text)).toHaveLength(44);
  const { text, odds } = await run.write("The step", 3, 0.8);
  expect(text).toMatch(/^The step.{3}$/su);
  expect(odds).toHaveLength(5);
  expect(odds[0][1]).toBeGreaterThanOrEqual(odds[1][1]);
  run.dispose();
});
test("a residual model shows its stream, and closing it frees its memory", async () => {
  const before = memoryReport().bytes;
  const run = await ModelRun.open({ ...settings("gpt", "small"), batch: 1 }, null);
  const blocks = run.anatomy.root.parts.filter(({ kind }) => kind === "Block");
  expect(blocks.map(({ additions }) => additions)).toEqual([2, 2, 2, 2]);
  expect(run.anatomy.parameters.find(({ name }) => name === "h.0.attn.c_attn.weight")?.part).toBe("h.0.attn.c_attn");
  await run.train(Infinity, 1);
  await run.snapshot(false);
  run.dispose();
  expect(memoryReport().bytes - before).toBeLessThan(2_000_000);
});
test("every model of the registry opens with its smallest preset", async () => {
  for (const row of MODELS) {
    const [preset, parameters] = Object.entries(row.parameters).sort((a, b) => a[1] - b[1])[0];
    if (parameters > 3_000_000) continue;
    const run = await ModelRun.open(settings(row.name, preset), null);
    expect(run.anatomy.root.parameters, row.name).toBe(parameters);
    run.dispose();
  }
});
test("texts are fitted to a vocabulary; short ones are refused kindly", () => {
  expect(fitted("aaabbc", 2)).toBe("aaa□□□");
  expect(new Set(fitted(PASSAGE, 20)).size).toBe(20);
  expect(() => textData("too short", 65, 64)).toThrow(/9 characters; with 400 or more/);
  const { characters, corpus } = textData(PASSAGE, 65, 64);
  expect(characters).toHaveLength(65);
  expect(corpus!.heldOut.length).toBeGreaterThan(150);
});
test("pictures grow smoothly", () => {
  const flat = resized(new Float32Array(64).fill(16), 28, 28, 3);
  expect(flat).toHaveLength(3 * 28 * 28);
  for (const value of flat) expect(value).toBeCloseTo(1, 6);
  const ramp = resized(Float32Array.from({ length: 64 }, (_, i) => 2 * (i % 8)), 8, 8, 1);
  expect([...ramp.subarray(0, 8)].map((v) => Math.round(v * 16))).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
});
test("thumbnails keep the layout of their numbers", () => {
  expect(matrixOf([6, 1, 5, 5])).toEqual([6, 25]);
  expect(matrixOf([])).toEqual([1, 1]);
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect(thumbnail(values, 2, 3)).toEqual({ rows: 2, columns: 3, values });
  const large = thumbnail(Float32Array.from({ length: 10_000 }, (_, i) => i), 100, 100, 10);
  expect([large.values[0], large.values[1], large.values[10]]).toEqual([0, 10, 1000]);
  expect(activationShape([1, 32, 128])).toEqual([32, 128]);
  expect(activationShape([1, 6, 14, 14])).toEqual([84, 14]);
  expect(activationShape([1, 120])).toEqual([10, 12]);
  expect(fullScale([0, -2, 1])).toBeGreaterThan(0);
  expect(fullScale([0, 0])).toBe(1);
});
