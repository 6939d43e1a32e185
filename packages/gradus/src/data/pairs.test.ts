import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { BEGIN, END, PADDING, pairBatch, pairLoader, plainLine, readPairs, tokenPair } from "./pairs.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("plain lines", () => {
  it.each([
    ["He paid 3,50.", "he paid 3,50 ."],
    ["a woman &apos;s hat &quot; &amp; shoes &quot; .", "a woman 's hat \" & shoes \" ."],
    ["A woman's hat, red; blue (green)!", "a woman 's hat , red ; blue ( green ) !"],
    ["At 10:30  Mr. Smith, 40, smiled", "at 10:30 mr. smith , 40 , smiled"],
    ["Gru\u0308ße", "grüße"],
    ["", ""],
  ])("%s", (line, plain) => {
    expect(plainLine(line)).toBe(plain);
    expect(plainLine(plain)).toBe(plain);
  });
});
describe("pairs", () => {
  it("are lines that belong together", () => {
    expect(readPairs("A dog.\n\nTwo men\n", "Ein Hund.\nnichts\nZwei Männer\n")).toEqual([
      { source: "a dog .", target: "ein hund ." }, { source: "two men", target: "zwei männer" },
    ]);
    expect(() => readPairs("a\nb\n", "c\n", "train")).toThrow(/train: 2 lines on one side and 1 on the other/);
    expect(() => readPairs("\n", "\n", "train")).toThrow(/train is empty/);
  });
  it("become sources, what is read and what is said, filled up to a multiple of 4", () => {
    const [source, input, output] = pairBatch([tokenPair([7, 8], [9]), tokenPair([4, 5, 6, 7], [8, 9, 4])]);
    expect(source.arraySync()).toEqual([[7, 8, END, ...Array<number>(5).fill(PADDING)], [4, 5, 6, 7, END, 0, 0, 0]]);
    expect(input.arraySync()).toEqual([[BEGIN, 9, PADDING, PADDING], [BEGIN, 8, 9, 4]]);
    expect(output.arraySync()).toEqual([[9, END, PADDING, PADDING], [8, 9, 4, END]]);
  });
  it("of similar length come together, each once an epoch, in an order that depends on the seed alone", () => {
    const pairs = Array.from({ length: 48 }, (_, i) => {
      const line = Array<number>(1 + 5 * i % 12).fill(4 + i);
      return tokenPair(line, line);
    });
    const loader = pairLoader(pairs, { batchSize: 8, seed: 2 });
    const batches = Array.from({ length: loader.length }, (_, step) => loader.at(step)[0].arraySync() as number[][]);
    expect(batches.flat().map(([first]) => first).sort((a, b) => a - b)).toEqual(pairs.map((_, i) => 4 + i));
    const lengths = batches.map((rows) => rows.map((row) => row.filter((id) => id !== PADDING).length));
    for (const batch of lengths) expect(Math.max(...batch) - Math.min(...batch)).toBeLessThanOrEqual(2);
    expect(pairLoader(pairs, { batchSize: 8, seed: 2 }).at(9)[0].arraySync()).toEqual(loader.at(9)[0].arraySync());
    expect(pairLoader(pairs, { batchSize: 8, seed: 3 }).rows(0)).not.toEqual(loader.rows(0));
    expect(pairLoader(pairs.slice(0, 3), { batchSize: 8 }).length).toBe(1);
  });
});
