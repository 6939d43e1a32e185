import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { RandomStream } from "../vocab/random.ts";
import { GradusError } from "../vocab/errors.ts";
import { BpeModel } from "./bpe.ts";
import { gpt2Tokenizer } from "./gpt2.ts";
import { compilePattern } from "./pattern.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { readTokenizer, writeTokenizer } from "./tokenizer-json.ts";

interface Expected {
  readonly texts: readonly [string] | readonly [string, string];
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  readonly offsets: readonly (readonly [number, number])[];
  readonly typeIds: readonly number[];
  readonly special: readonly number[];
  readonly decoded: string;
}
interface Written {
  readonly json: string;
  readonly cases: readonly Expected[];
}
interface Fixtures {
  readonly gpt2: {
    readonly wikitext2: {
      readonly count: number; readonly sha256: string; readonly offsets: string; readonly first: readonly number[];
      readonly at100000: readonly number[]; readonly last: readonly number[];
    };
    readonly cases: readonly Expected[];
  };
  readonly bert: readonly Written[];
  readonly t5: Written;
  readonly llama2: Written;
  readonly llama3: Written;
  readonly parts: readonly { readonly name: string; readonly json: string; readonly offsets: readonly unknown[] }[];
}
const [fixtures] = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/text-tokenizers.json", import.meta.url), "utf8")) as readonly Fixtures[];
const folder = process.env["GRADUS_DATA"] ?? resolve(import.meta.dirname, "../../../../../shared/data");
const missing = ["gpt2-bpe/vocab.bpe", "gpt2-bpe/encoder.json", "wikitext2/test.txt"]
  .filter((name) => !existsSync(join(folder, name)));
const absent = missing.length === 0 ? null : `no data: ${missing.join(", ")} (set GRADUS_DATA)`;
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

function check(tokenizer: Tokenizer, { texts, tokens, ...rest }: Expected): void {
  const [first, pair] = texts;
  // tokenizers shows a Unigram's unknown piece, and the spaces that an added token takes, by the text they stand for.
  const shown = tokens.map((token, i) => {
    const own = tokenizer.tokenOf(rest.ids[i])!;
    return own === "<unk>" || token.trim() === own ? own : token;
  });
  const wanted = { ...rest, tokens: shown };
  const got = tokenizer.encode(first, pair === undefined ? {} : { pair });
  expect({
    ids: got.ids, tokens: got.tokens, offsets: got.offsets, typeIds: got.typeIds, special: got.special,
    decoded: tokenizer.decode(got.ids),
  }).toEqual(wanted);
}
const digest = (numbers: readonly number[]): string =>
  createHash("sha256").update(Uint32Array.from(numbers)).digest("hex");

if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);
describe.skipIf(absent !== null)("GPT-2", () => {
  const tokenizer = absent === null ? gpt2Tokenizer(text("gpt2-bpe/vocab.bpe"), text("gpt2-bpe/encoder.json")) : null;
  it("gives the numbers and offsets of tiktoken and tokenizers for all of WikiText-2's test file", () => {
    const wanted = fixtures.gpt2.wikitext2, wiki = text("wikitext2/test.txt");
    const { ids, offsets } = tokenizer!.encode(wiki);
    expect(ids).toHaveLength(wanted.count);
    expect([ids.slice(0, 40), ids.slice(100_000, 100_040), ids.slice(-40)])
      .toEqual([wanted.first, wanted.at100000, wanted.last]);
    expect(digest(ids)).toBe(wanted.sha256);
    expect(digest(offsets.flat())).toBe(wanted.offsets);
    expect(tokenizer!.decode(ids)).toBe(wiki);
  });
  it.each(fixtures.gpt2.cases.map((one) => [JSON.stringify(one.texts), one] as const))("%s", (_, one) => {
    check(tokenizer!, one);
  });
  it("is the same after being written and read", () => {
    const again = readTokenizer(writeTokenizer(tokenizer!));
    for (const one of fixtures.gpt2.cases) check(again, one);
  });
});

describe.each([
  ["BERT", fixtures.bert[0]], ["BERT, cut and padded", fixtures.bert[1]], ["T5", fixtures.t5],
  ["Llama 2", fixtures.llama2], ["Llama 3", fixtures.llama3],
])("tokenizer.json of %s", (_, { json, cases }) => {
  const tokenizer = readTokenizer(json);
  it.each(cases.map((one) => [JSON.stringify(one.texts), one] as const))("%s", (__, one) => check(tokenizer, one));
  it("is the same after being written and read", () => {
    const written = writeTokenizer(tokenizer), again = readTokenizer(written);
    expect(writeTokenizer(again)).toBe(written);
    for (const one of cases) check(again, one);
  });
});

describe("parts", () => {
  const texts = fixtures.gpt2.cases.map((one) => one.texts[0]);
  it.each(fixtures.parts.map((one) => [one.name, one] as const))("%s", (_, { json, offsets }) => {
    const tokenizer = readTokenizer(json);
    expect(texts.map((one) => tokenizer.encode(one).offsets)).toEqual(offsets);
  });
});

describe("what is not known", () => {
  const base = JSON.parse(fixtures.bert[0].json) as Record<string, unknown>;
  const changed = (change: Record<string, unknown>): string => JSON.stringify({ ...base, ...change });
  it("is refused by name", () => {
    expect(() => readTokenizer(changed({ normalizer: { type: "Nmt" } }), "t.json"))
      .toThrow(/t\.json: normalizer is of type "Nmt"/);
    expect(() => readTokenizer(changed({ pre_tokenizer: { type: "UnicodeScripts" } }))).toThrow(/"UnicodeScripts"/);
    expect(() => readTokenizer(changed({ model: { type: "Neural", vocab: {} } }))).toThrow(/model is of type "Neural"/);
    expect(() => readTokenizer(changed({ decoder: { type: "CTC" } }))).toThrow(/"CTC"/);
    expect(() => readTokenizer(changed({ post_processor: { type: "X" } }))).toThrow(/"X"/);
    expect(() => readTokenizer("{}")).toThrow(/model is missing/);
    expect(() => new BpeModel({ vocab: new Map([["a", 0]]), merges: [["a", "b"]] })).toThrow(/"b" is not in/);
  });
  it.each(["\\Ga", "a\\b", "(?>a)", "a++", "(?m:a)", "[a&&b]", "(", "\\h"])("pattern %s", (source) => {
    expect(() => compilePattern({ Regex: source })).toThrow(/has no equal here/);
  });
  it("survives mutations: a tokenizer or a typed error", () => {
    const random = new RandomStream(11);
    const source = fixtures.bert[0].json;
    const start = source.indexOf('"normalizer"');
    for (let i = 0; i < 300; i++) {
      const at = i % 2 === 0 ? random.integer(source.length) : start + random.integer(900);
      const end = at + random.integer(20);
      const insert = String.fromCharCode(32 + random.integer(95)).repeat(random.integer(3));
      try {
        readTokenizer(source.slice(0, at) + insert + source.slice(end)).encode("a test of 1 ünit");
      } catch (error) {
        expect(error, `mutation ${i}`).toBeInstanceOf(GradusError);
      }
    }
  });
});

describe("windows and lengths", () => {
  const bert = readTokenizer(fixtures.bert[0].json);
  const passage = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");
  it("cover a text, share a stride, and keep the question in each", () => {
    const windows = bert.encodeWindows("who ?", {
      pair: passage, truncation: { maxLength: 40, stride: 8 }, padding: { length: "longest" },
    });
    expect(windows.length).toBeGreaterThan(2);
    const starts = windows.map(({ offsets, sequences }) => offsets[sequences.indexOf(1)][0]);
    const ends = windows.map(({ offsets, sequences }) => offsets[sequences.lastIndexOf(1)][1]);
    expect(new Set(windows.map(({ ids }) => ids.length))).toEqual(new Set([40]));
    for (let i = 1; i < windows.length; i++) expect(starts[i]).toBeLessThan(ends[i - 1]);
    expect(ends[ends.length - 1]).toBe(passage.length);
    expect(windows.every((window) => bert.decode(window.ids).startsWith("who"))).toBe(true);
  });
  it("pads left, and to multiples", () => {
    const [a, b] = bert.encodeBatch(["one", "one two three four five"], { padding: { direction: "left",
      multipleOf: 8 } });
    expect(a.ids).toHaveLength(b.ids.length);
    expect(a.ids.length % 8).toBe(0);
    expect([a.attention[0], a.attention[a.ids.length - 1]]).toEqual([0, 1]);
  });
  it("offsets cut the text that a token stands for", () => {
    const source = "Emoji 😀 and naïve words";
    const { offsets, special, tokens } = bert.encode(source);
    const pieces = offsets.filter((_, i) => special[i] === 0).map(([a, b]) => source.slice(a, b));
    expect(pieces.join("")).toBe(source.replaceAll(" ", ""));
    expect(tokens.length).toBe(offsets.length);
  });
  it("cuts a long word in little time", () => {
    const letters = new BpeModel({
      vocab: new Map(["a", "b", "ab", "abab"].map((token, id) => [token, id])), merges: [["a", "b"], ["ab", "ab"]],
    });
    expect(letters.tokenize("ab".repeat(100_000))).toHaveLength(50_000);
  });
});
