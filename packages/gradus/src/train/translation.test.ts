import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { END, type SentencePair } from "../data/pairs.ts";
import type { EncoderDecoder } from "../models/encoder-decoder.ts";
import { Seq2Seq } from "../models/seq2seq.ts";
import { TranslationTransformer } from "../models/transformer.ts";
import { setBackend } from "../runtime/registry.ts";
import { manualSeed } from "../tensor/random.ts";
import { DataError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { pieceTokenizer, restoreTokenizer, wordTokenizer, type LineTokenizer } from "./line-tokenizer.ts";
import { train } from "./trainer.ts";
import { bleuByLength, readTranslationCorpus, scoreOf, translationTask } from "./translation.ts";
import { Translator } from "./translator.ts";

const wasm = createWasmBackend({ threads: 1 });
beforeAll(() => setBackend(wasm));
afterAll(() => {
  setBackend(createReferenceBackend());
  wasm.dispose();
});

const LINES = ["ein mann im hut", "eine frau im hut", "ein mann und eine frau", "der mann lacht"];
describe("vocabularies of lines", () => {
  const made: readonly (readonly [string, LineTokenizer])[] =
    [["words", wordTokenizer(LINES)], ["pieces", pieceTokenizer(LINES, { size: 30 })]];
  it.each(made)("%s: lines to numbers and back, and what is kept", (_, tokenizer) => {
    const kept = restoreTokenizer(JSON.parse(JSON.stringify(tokenizer.kept)));
    for (const line of ["ein mann im hut", "eine frau", ""]) {
      const ids = [...tokenizer.encode(line)];
      expect(ids.every((id) => id > 3 && id < tokenizer.size)).toBe(true);
      expect(tokenizer.decode([...ids, END, 5, 5])).toBe(line);
      expect([...kept.encode(line)]).toEqual(ids);
      expect(ids.map((id) => kept.tokenOf(id))).toEqual(ids.map((id) => tokenizer.tokenOf(id)));
    }
    expect([kept.size, kept.kept]).toEqual([tokenizer.size, tokenizer.kept]);
  });
  it("words that are rare, and characters that were not seen, are unknown", () => {
    const [[, words], [, pieces]] = made;
    expect([...words.encode("der mann")]).toEqual([1, words.encode("mann")[0]]);
    expect(words.decode(words.encode("der mann"))).toBe("<unk> mann");
    expect(pieces.encode("qq")).toContain(1);
  });
  it("damage is said", () => {
    expect(() => restoreTokenizer({ kind: "words", words: [1] })).toThrow(DataError);
    expect(() => restoreTokenizer(null)).toThrow(/is damaged/);
  });
});

/** Strings of 2 to 5 digits and the same backwards. */
function reversals(count: number, seed: number): SentencePair[] {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, () => {
    const digits = Array.from({ length: 2 + Math.floor(4 * random.uniform()) },
      () => String(Math.floor(10 * random.uniform())));
    return { source: digits.join(" "), target: [...digits].reverse().join(" ") };
  });
}
const corpus = { train: reversals(2000, 1), test: reversals(200, 2) };
const digits = wordTokenizer(corpus.train.map(({ source }) => source));
async function learn(model: EncoderDecoder, steps: number, lr: number): Promise<number> {
  const task = translationTask({ warmup: 0.1, weightDecay: 0, pieces: 0, create: () => Promise.resolve(model) }, model,
    digits, corpus, { steps, lr, batch: 32, seed: 1 });
  const { evaluation } = await train(task);
  expect(evaluation!["bleu"]).toBeGreaterThan(90);
  const translated = await new Translator(model, digits, digits).translate(corpus.test.map(({ source }) => source));
  const found = await new Translator(model, digits, digits).search(corpus.test[0].source);
  expect(found).toBe(corpus.test[0].target);
  return translated.filter((line, i) => line === corpus.test[i].target).length / translated.length;
}
test("a network with attention learns to reverse digits, and shows where it looks", async () => {
  manualSeed(1);
  const model = new Seq2Seq({ vocabulary: digits.size, embedding: 16, hidden: 32, attention: "luong-general" });
  expect(await learn(model, 300, 0.01)).toBeGreaterThan(0.95);
  const seen = await new Translator(model, digits, digits).align("4 7 1 9");
  expect([seen.text, seen.source, seen.target])
    .toEqual(["9 1 7 4", ["4", "7", "1", "9", "</s>"], ["9", "1", "7", "4", "</s>"]]);
  for (const row of seen.weights!) {
    expect(row).toHaveLength(5);
    expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  }
});
test("a Transformer learns to reverse digits", async () => {
  manualSeed(1);
  const model = new TranslationTransformer({
    vocabulary: digits.size, block: 12, width: 32, heads: 2, layers: 1, inner: 64, normFirst: true, dropout: 0,
  });
  expect(await learn(model, 400, 0.005)).toBeGreaterThan(0.95);
});

describe("measures", () => {
  it("a model that knows nothing has a perplexity of about its vocabulary", async () => {
    manualSeed(1);
    const model = new Seq2Seq({ vocabulary: digits.size, embedding: 4, hidden: 4, attention: "none" }).eval();
    const { bleu, perplexity } = await scoreOf(model, digits, corpus.test.slice(0, 20))();
    expect(bleu).toBeLessThan(20);
    expect(perplexity / digits.size).toBeGreaterThan(0.5);
    expect(perplexity / digits.size).toBeLessThan(2);
  });
  it("BLEU by length", () => {
    const pairs = ["a b c d", "a b c d e f g h i j", "a b c d e"].map((line) => ({ source: line, target: line }));
    const found = bleuByLength(pairs, ["a b c d", "a b c x x x x h i j", "a b c d e"], [5, 7, Infinity]);
    expect(found.map(({ from, to, sentences }) => [from, to, sentences])).toEqual([[1, 5, 2], [8, Infinity, 1]]);
    expect(found[0].bleu).toBeCloseTo(100, 9);
    expect(found[1].bleu).toBeLessThan(50);
  });
  it("files that are missing are named", async () => {
    const files: Record<string, string> = { "train.en": "a\n", "train.de": "b\n", "test_2016_flickr.en": "c\n" };
    const source = { name: "here", read: (file?: string): Promise<Uint8Array> => {
      const text = files[file ?? ""];
      return text === undefined ? Promise.reject(new DataError(`cannot read here/${file}: there is no such file`))
        : Promise.resolve(new TextEncoder().encode(text));
    } };
    await expect(readTranslationCorpus(source)).rejects.toThrow(/test_2016_flickr\.de: there is no such file/);
  });
});
