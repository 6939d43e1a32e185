import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { byteAlphabet, countWords, trainBpe, trainWordPiece } from "./train-bpe.ts";
import { digamma, trainUnigram } from "./train-unigram.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { Normalizer } from "./normalize.ts";
import type { PreTokenizer } from "./pretokenize.ts";
import { UnigramModel } from "./unigram.ts";

interface Fixtures {
  readonly trainBpe: {
    readonly lines: number; readonly size: number; readonly sha256: string; readonly vocab: string;
    readonly first: readonly (readonly string[])[]; readonly last: readonly (readonly string[])[];
  };
  readonly trainWordPiece: { readonly lines: number; readonly size: number; readonly common: readonly string[] };
  readonly trainUnigram: {
    readonly lines: number; readonly size: number; readonly heldOut: number; readonly tokens: number;
    readonly logLikelihood: number;
  };
}
const [fixtures] = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/text-tokenizers.json", import.meta.url), "utf8")) as readonly Fixtures[];
const file = join(process.env["GRADUS_DATA"] ?? resolve(import.meta.dirname, "../../../../../shared/data"),
  "wikitext2/valid.txt");
const absent = existsSync(file) ? null : "no data: wikitext2 (set GRADUS_DATA)";
const lines = absent !== null ? [] : readFileSync(file, "utf8").split("\n").map((line) => line.trim())
  .filter((line) => line !== "");
const digest = (parts: readonly string[]): string => createHash("sha256").update(parts.join("\n")).digest("hex");
const BYTE_LEVEL: PreTokenizer = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
const BERT: Normalizer = {
  type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true,
};

if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);
describe.skipIf(absent !== null)("learned on WikiText-2", () => {
  it("BPE: the merges and the vocabulary of tokenizers' trainer", () => {
    const wanted = fixtures.trainBpe;
    const words = countWords(lines.slice(0, wanted.lines), { preTokenizer: BYTE_LEVEL });
    const model = trainBpe(words, { size: wanted.size, specialTokens: ["<s>", "</s>"], alphabet: byteAlphabet() });
    const { merges } = model.options;
    expect(merges.slice(0, 20)).toEqual(wanted.first);
    expect(merges.slice(-5)).toEqual(wanted.last);
    expect(digest(merges.map((pair) => pair.join(" ")))).toBe(wanted.sha256);
    expect(digest([...model.ids].sort(([, a], [, b]) => a - b).map(([token]) => token))).toBe(wanted.vocab);
  });
  it("WordPiece: nearly every piece on which three runs of tokenizers' trainer agree", () => {
    const wanted = fixtures.trainWordPiece;
    const words = countWords(lines.slice(0, wanted.lines), { normalizer: BERT,
      preTokenizer: { type: "BertPreTokenizer" } });
    const model = trainWordPiece(words, {
      size: wanted.size, specialTokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    });
    expect(model.size).toBe(wanted.size);
    // Equal counts are decided by numbers of pieces, which differ from run to run there.
    expect(wanted.common.filter((piece) => model.idOf(piece) === undefined).length).toBeLessThanOrEqual(6);
  });
  it("Unigram: held-out lines as likely and as short as with tokenizers' trainer", () => {
    const wanted = fixtures.trainUnigram;
    const preTokenizer: PreTokenizer =
      { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
    const model = trainUnigram(countWords(lines.slice(0, wanted.lines), { preTokenizer }), { size: wanted.size });
    expect(model.size).toBe(wanted.size);
    const tokenizer = new Tokenizer({ model, preTokenizer });
    let sum = 0, tokens = 0;
    for (const line of lines.slice(wanted.lines, wanted.lines + wanted.heldOut)) {
      const { ids } = tokenizer.encode(line);
      tokens += ids.length;
      for (const id of ids) if (id > 0) sum += model.options.pieces[id][1];
    }
    expect(tokens).toBeLessThan(1.02 * wanted.tokens);
    expect(sum).toBeGreaterThan(1.02 * wanted.logLikelihood);
  });
});

describe("small corpora", () => {
  const words = new Map([["low", 5], ["lower", 2], ["newest", 6], ["widest", 3]]);
  it("learns the merges of the paper's example", () => {
    const { options } = trainBpe(words, { size: 16 });
    expect(options.merges.slice(0, 3)).toEqual([["e", "s"], ["es", "t"], ["l", "o"]]);
  });
  it("stops when pairs become rare, and keeps the most frequent characters", () => {
    expect(trainBpe(words, { size: 1000, minFrequency: 6 }).options.merges.every(([a, b]) => a + b !== "wi")).toBe(
      true);
    const few = trainBpe(words, { size: 4, limitAlphabet: 4 });
    expect([...few.ids.keys()]).toEqual(["e", "s", "t", "w"]);
  });
  it("handles runs of one letter", () => {
    const model = trainBpe(new Map([["aaaa", 2], ["aaa", 1]]), { size: 3 });
    expect(model.options.merges).toEqual([["a", "a"], ["aa", "aa"]]);
    expect(model.tokenize("aaaaa").map(({ id }) => model.tokenOf(id))).toEqual(["aaaa", "a"]);
  });
  it("EM never lowers the likelihood while the pieces stay", () => {
    const text = "the cat sat on the mat and the rat sat on that hat at the gate of the state".split(" ");
    const seen: [number, number][] = [];
    trainUnigram(countWords(text), { size: 40, steps: 6, onStep: (value, pieces) => seen.push([value, pieces]) });
    expect(seen.length).toBeGreaterThan(5);
    const last = seen.slice(-6);
    for (let i = 1; i < last.length; i++) {
      if (last[i][1] === last[i - 1][1]) expect(last[i][0]).toBeGreaterThanOrEqual(last[i - 1][0] - 0.05);
    }
  });
  it("keeps every character, and says what has no room", () => {
    const model = trainUnigram(countWords(["abc", "abd", "xyz"]), { size: 9 });
    for (const character of "abcdxyz") expect(model.idOf(character)).toBeDefined();
    expect(() => trainUnigram(countWords(["abc"]), { size: 3 })).toThrow(/no room/);
    expect(() => trainBpe(new Map(), { size: 3 })).toThrow(/no words/);
    expect(() => trainWordPiece(words, { size: 30, specialTokens: [] })).toThrow(/not among the special tokens/);
  });
  it("digamma(1) = -gamma, digamma(1/2) = -gamma - 2 ln 2", () => {
    const gamma = 0.5772156649015329;
    expect(digamma(1)).toBeCloseTo(-gamma, 9);
    expect(digamma(0.5)).toBeCloseTo(-gamma - 2 * Math.LN2, 9);
  });
  it("Viterbi finds the likeliest of all cuts", () => {
    const pieces: [string, number][] = [["<unk>", 0], ["a", -3], ["b", -3.5], ["ab", -5], ["ba", -4], ["aba", -9],
      ["bab", -7.2]];
    const model = new UnigramModel({ pieces, unknownId: 0 });
    const scores = new Map(pieces);
    const best = (word: string): number => (word === "" ? 0 : Math.max(...Array.from(word, (_, i) =>
      (scores.get(word.slice(0, i + 1)) ?? -Infinity) + best(word.slice(i + 1)))));
    for (let n = 0; n < 128; n++) {
      const word = n.toString(2).replaceAll("0", "a").replaceAll("1", "b");
      const sum = model.tokenize(word).reduce((total, { id }) => total + pieces[id][1], 0);
      expect(sum, word).toBeCloseTo(best(word), 10);
    }
  });
});
