import { expect, test } from "vitest";
import { memoryReport } from "gradus";
import { DEFAULTS } from "../rooms/digits/settings.ts";
import { dataOf, DigitsRun, loadParts, softmax } from "./digits-run.ts";
import { RUN_LENGTH } from "./pace.ts";

const SETTINGS = { ...DEFAULTS, rate: 0.01 };

test("every fifth digit is held out, and no image of theirs is learned from", async () => {
  const digits = await loadParts();
  const { total, trained, images, labels } = dataOf(digits);
  expect([total, trained, labels.length]).toEqual([1797, 1438, 359]);
  expect(images).toHaveLength(359 * 64);
  expect(Math.max(...images)).toBe(16);
  const image = (part: Uint8Array, i: number): string => part.subarray(i * 64, (i + 1) * 64).join();
  const learned = new Set(Array.from(digits.train.labels, (_, i) => image(digits.train.images, i)));
  for (let i = 0; i < labels.length; i++) expect(learned.has(image(images, i))).toBe(false);
});

test("a run learns, is the same for the same seed and another for another", async () => {
  const digits = await loadParts();
  const losses: number[] = [];
  for (const seed of [7, 7, 8]) {
    const run = new DigitsRun({ ...SETTINGS, seed }, digits);
    await run.measure();
    run.train(150);
    await run.measure();
    const { history, step, named, weights, votes, parameters } = await run.snapshot(false);
    expect(step).toBe(150);
    expect(history.map((m) => m.step)).toEqual([0, 150]);
    expect(history[0].heldOutAccuracy).toBeLessThan(0.35);
    expect(history[1].heldOutAccuracy).toBeGreaterThan(0.9);
    expect(named).toHaveLength(359);
    expect([weights.length, votes.length, parameters]).toEqual([32 * 64, 320, 32 * 65 + 10 * 33]);
    losses.push(history[1].heldOutLoss);
  }
  expect(losses[1]).toBe(losses[0]);
  expect(losses[2]).not.toBe(losses[0]);
});

test("an optimizer takes the name it was given, and each of them learns", async () => {
  const digits = await loadParts();
  for (const [optimizer, rate] of [["sgd", 0.3], ["momentum", 0.1], ["adam", 0.01]] as const) {
    const run = new DigitsRun({ ...SETTINGS, optimizer, rate }, digits);
    run.train(200);
    await run.measure();
    expect((await run.snapshot(false)).history[0].trainAccuracy, optimizer).toBeGreaterThan(0.85);
  }
});

test("reading gives ten probabilities, and nothing for an empty image", async () => {
  const digits = await loadParts();
  const run = new DigitsRun(SETTINGS, digits);
  expect((await run.read(new Uint8Array(64))).probabilities).toBeNull();
  const { probabilities } = await run.read(digits.heldOut.images.slice(0, 64));
  expect(probabilities!.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
  expect(softmax(Float32Array.from([1000, 1000]))).toEqual(Float32Array.from([0.5, 0.5]));
});

test("a run that steps past its end gets a new end", async () => {
  const run = new DigitsRun({ ...SETTINGS, hidden: 2, batch: 4 }, await loadParts());
  run.train(RUN_LENGTH);
  expect(run.goal).toBe(RUN_LENGTH);
  run.train(1);
  expect(run.goal).toBe(2 * RUN_LENGTH);
});

test("a run that is over leaves no weights behind", async () => {
  const digits = await loadParts();
  const before = memoryReport().bytes;
  const run = new DigitsRun(SETTINGS, digits);
  run.train(3);
  await run.measure();
  await run.snapshot(false);
  expect(memoryReport().bytes - before).toBeGreaterThan(20_000);
  run.dispose();
  expect(memoryReport().bytes - before).toBeLessThan(1_000);
});
