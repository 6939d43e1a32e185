import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, test } from "vitest";
import { NgramModel, type NgramOptions, type Smoothing } from "./ngram.ts";

interface Fixtures {
  readonly corpus: readonly string[];
  readonly probes: readonly (readonly string[])[];
  readonly models: readonly {
    readonly order: 1 | 2 | 3; readonly name: string; readonly vocabulary: number; readonly scores: readonly number[];
  }[];
  readonly wikitext2: Readonly<Record<string, number>>;
}
const fixtures = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/text-ngrams.json", import.meta.url), "utf8")) as Fixtures;
const toy = fixtures.corpus.map((sentence) => sentence.split(" "));
/** The names of the fixtures: nltk's Kneser-Ney has no floor below single words. */
function smoothingOf(name: string, floor: boolean): Smoothing {
  const [kind, value] = name.split(" ");
  if (kind === "mle") return { kind };
  if (kind === "addK") return { kind, k: Number(value) };
  if (kind === "stupid") return { kind, factor: Number(value) };
  if (kind === "katz") return { kind };
  return { kind: "kneserNey", floor, ...(value === undefined ? {} : { discount: Number(value) }) };
}

describe("as nltk on a toy corpus", () => {
  it.each(fixtures.models.map((one) => [`${one.name}, order ${one.order}`, one] as const))("%s", (_, one) => {
    const model = new NgramModel(toy, { order: one.order, smoothing: smoothingOf(one.name, false) });
    expect(model.words).toHaveLength(one.vocabulary);
    fixtures.probes.forEach((probe, i) => {
      expect(model.probability(probe[probe.length - 1], probe.slice(0, -1)), probe.join(" "))
        .toBeCloseTo(one.scores[i], 12);
    });
  });
});

describe("probabilities", () => {
  const kinds: readonly Smoothing[] = [{ kind: "addK", k: 0.3 }, { kind: "katz" }, { kind: "kneserNey" }];
  it.each(kinds.flatMap((smoothing) => ([1, 2, 3, 4, 5] as const).map((order) => [smoothing.kind, order,
    smoothing] as const)))(
    "%s of order %i sum to 1 after any history", (_, order, smoothing) => {
      const model = new NgramModel(toy, { order, smoothing });
      for (const history of [[], ["the"], ["the", "cat"], ["zebra"], ["a", "b", "c", "d"], ["cat", "sat", "on",
        "the"]]) {
        const all = model.distribution(history);
        expect(all.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 10);
        expect(all.every(({ probability }) => probability > 0)).toBe(true);
      }
    });
  it("have the perplexity of a fair die", () => {
    const die = [Array.from({ length: 600 }, (_, i) => String(i % 6))];
    const model = new NgramModel(die, { order: 1, smoothing: { kind: "mle" }, pad: false });
    expect(model.perplexity(die)).toBeCloseTo(6, 10);
  });
  it("are infinite surprise where nothing was seen and nothing is smoothed", () => {
    const model = new NgramModel(toy, { order: 2, smoothing: { kind: "mle" } });
    expect(model.perplexity([["dog", "dog"]])).toBe(Infinity);
  });
});

describe("sampling", () => {
  const options: NgramOptions = { order: 3, smoothing: { kind: "mle" } };
  it("repeats itself for a seed and only says what was seen", () => {
    const model = new NgramModel(toy, options);
    const drawn = Array.from({ length: 50 }, (_, seed) => model.sample({ length: 20, seed }));
    expect(model.sample({ length: 20, seed: 3 })).toEqual(drawn[3]);
    expect(new Set(drawn.map((words) => words.join(" "))).size).toBeGreaterThan(3);
    for (const words of drawn) expect(model.logProbability([words]).sum).toBeGreaterThan(-Infinity);
  });
  it("goes on from a start", () => {
    const words = new NgramModel(toy, options).sample({ length: 3, seed: 1, start: ["the", "dog"] });
    expect(words.slice(0, 2)).toEqual(["the", "dog"]);
    expect(words.length).toBeGreaterThan(2);
  });
  it("says what is not possible", () => {
    expect(() => new NgramModel([], options)).toThrow(/at least one word/);
    expect(() => new NgramModel(toy, { order: 2, smoothing: { kind: "addK", k: 0 } })).toThrow(/above 0/);
    expect(() => new NgramModel(toy, { ...options, order: 6 as 5 })).toThrow(/order 6/);
  });
});

const folder = join(process.env["GRADUS_DATA"] ?? resolve(import.meta.dirname, "../../../../../shared/data"),
  "wikitext2");
const absent = existsSync(join(folder, "test.txt")) ? null : "no data: wikitext2 (set GRADUS_DATA)";
if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);
describe.skipIf(absent !== null)("WikiText-2, learned from valid, scored on test", () => {
  const stream = (name: string): string[] => readFileSync(join(folder, name), "utf8").split("\n")
    .filter((line) => line.trim() !== "").flatMap((line) => [...line.split(/\s+/).filter((word) => word !== ""),
      "</s>"]);
  const [train, heldOut] = absent === null ? [stream("valid.txt"), stream("test.txt")] : [[], []];
  const names = Object.keys(fixtures.wikitext2).filter((name) => name.includes(" "));
  it.each(names)("perplexity of %s is that of the second implementation", (name) => {
    const [kind, order, value] = name.split(" ");
    const model = new NgramModel([train], {
      order: Number(order) as 2, pad: false, smoothing: smoothingOf(value === undefined ? kind : `${kind} ${value}`,
        true),
    });
    expect([train.length, heldOut.length, model.words.length])
      .toEqual([fixtures.wikitext2["train"], fixtures.wikitext2["test"], fixtures.wikitext2["vocabulary"]]);
    expect(model.perplexity([heldOut]) / fixtures.wikitext2[name]).toBeCloseTo(1, 9);
  });
});
