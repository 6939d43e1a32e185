import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { Tokenizer } from "./tokenizer.ts";
import { bagOfWords, CharacterModel, oneHotRows, STOP_WORDS, TfIdf, Vocabulary, wordsOf } from "./vocabulary.ts";

beforeAll(() => setBackend(createReferenceBackend()));
const texts = ["the cat sat", "the cat and the dog", "a dog"].map((text) => text.split(" "));

describe("Vocabulary", () => {
  it("numbers the most frequent words first", () => {
    const vocabulary = Vocabulary.of(texts, { special: ["<unk>", "<pad>"], minCount: 2 });
    expect(vocabulary.words).toEqual(["<unk>", "<pad>", "the", "cat", "dog"]);
    expect([...vocabulary.encode(["the", "bird", "dog"])]).toEqual([2, 0, 4]);
    expect(vocabulary.decode([2, 0, 4, 99])).toEqual(["the", "<unk>", "dog", "<unk>"]);
    expect(Vocabulary.of(texts, { maxSize: 3 }).words).toEqual(["<unk>", "the", "cat"]);
    expect(() => new Vocabulary(["a", "a"])).toThrow(/twice/);
  });
  it("finds words", () => {
    expect(wordsOf("Don't stop — it's a well-known naïve 3D-film!")).toEqual(
      ["don't", "stop", "it's", "a", "well-known", "naïve", "3d-film"]);
    expect([STOP_WORDS.has("the"), STOP_WORDS.has("network")]).toEqual([true, false]);
  });
  it("cuts into characters", () => {
    const tokenizer = new Tokenizer({ model: new CharacterModel("abc😀") });
    const { ids, offsets } = tokenizer.encode("a😀z");
    expect([ids, offsets]).toEqual([[1, 4, 0], [[0, 1], [1, 3], [3, 4]]]);
  });
});

describe("counts", () => {
  it("of words", () => {
    const vocabulary = new Vocabulary(["<unk>", "the", "cat", "dog"]);
    expect(bagOfWords(texts, vocabulary).arraySync()).toEqual([[0, 1, 1, 0], [0, 2, 1, 1], [0, 0, 0, 1]]);
    expect(bagOfWords(texts, vocabulary, { binary: true }).arraySync()).toEqual([[0, 1, 1, 0], [0, 1, 1, 1], [0, 0, 0,
      1]]);
  });
  it("weighed: ln((1 + 3) / (1 + 2)) + 1 for words of two of three texts, rows of length 1", () => {
    const vocabulary = new Vocabulary(["<unk>", "the", "cat", "sat"]);
    const model = new TfIdf(texts, vocabulary);
    const common = Math.log(4 / 3) + 1, rare = Math.log(4 / 2) + 1;
    expect(model.weights[1]).toBeCloseTo(common, 12);
    const rows = model.transform(texts).arraySync() as number[][];
    const length = Math.hypot(common, common, rare);
    [0, common, common, rare].forEach((weight, i) => expect(rows[0][i]).toBeCloseTo(weight / length, 6));
    expect(rows[2]).toEqual([0, 0, 0, 0]);
  });
  it("one-hot rows", () => {
    expect(oneHotRows([1, 0], 3).arraySync()).toEqual([[0, 1, 0], [1, 0, 0]]);
    expect(() => oneHotRows([3], 3)).toThrow(/outside a vocabulary of 3/);
  });
});
