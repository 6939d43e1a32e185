import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { CharacterVocabulary, characterCorpus, randomWindows, scoringWindows } from "./text.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("CharacterVocabulary", () => {
  it("numbers characters in code point order and goes both ways", () => {
    const vocabulary = CharacterVocabulary.of("hello 😀");
    expect(vocabulary.characters).toEqual([" ", "e", "h", "l", "o", "😀"]);
    expect(vocabulary.decode(vocabulary.encode("😀 hole"))).toBe("😀 hole");
  });
  it("names a character it does not know", () => {
    expect(() => CharacterVocabulary.of("ab").encode("abz")).toThrow(/"z" is not among the 2/);
  });
});

describe("a corpus", () => {
  const corpus = characterCorpus("abcdefghij".repeat(20));
  it("is cut at 90 %", () => {
    expect([corpus.train.length, corpus.heldOut.length]).toEqual([180, 20]);
    expect(() => characterCorpus("", "x.txt")).toThrow(/x\.txt is empty/);
  });
  it("gives windows and, one later, targets", async () => {
    const [inputs, targets] = randomWindows(corpus.train, { length: 4, count: 3, seed: 1, step: 0 });
    expect(inputs.shape).toEqual([3, 4]);
    const x = await inputs.data(), y = await targets.data();
    for (let i = 0; i < 12; i++) expect(y[i]).toBe((x[i] + 1) % 10);
  });
  it("draws windows by seed and step", async () => {
    const draw = async (seed: number, step: number): Promise<number[]> =>
      [...await randomWindows(corpus.train, { length: 4, count: 8, seed, step })[0].data()];
    expect(await draw(1, 5)).toEqual(await draw(1, 5));
    expect(await draw(1, 5)).not.toEqual(await draw(1, 6));
    expect(await draw(1, 5)).not.toEqual(await draw(2, 5));
  });
  it("scores windows that do not overlap", async () => {
    const batches = [...scoringWindows(corpus.heldOut, 6, 2)];
    expect(batches.map(([x]) => x.shape)).toEqual([[2, 6], [1, 6]]);
    expect(await batches[0][0].array()).toEqual([[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 0, 1]]);
    expect(await batches[1][1].array()).toEqual([[3, 4, 5, 6, 7, 8]]);
  });
  it("says when a text is too short", () => {
    expect(() => randomWindows(corpus.heldOut, { length: 20, count: 1, seed: 0, step: 0 }))
      .toThrow(/needs at least 21/);
  });
});
