import { describe, expect, test } from "vitest";
import { CAPTION_VOCABULARY, captionedShapes, LONGEST_CAPTION } from "./captions.ts";
import { taggedSentences } from "./tagged-sentences.ts";

describe("tagged sentences", () => {
  test("depend on seed and row alone, and end with a sign", () => {
    const some = taggedSentences({ size: 30, seed: 4 });
    expect(taggedSentences({ size: 10, seed: 4 })).toEqual(some.slice(0, 10));
    expect(taggedSentences({ size: 10, seed: 5 })).not.toEqual(some.slice(0, 10));
    for (const sentence of some) expect(sentence.at(-1)).toEqual([".", "PUNCT"]);
  });
  test("words have several parts of speech, and endings tell those of words that are made up", () => {
    const all = taggedSentences({ size: 800, seed: 1 }).flat();
    const tagsOf = (word: string): string[] =>
      [...new Set(all.filter(([w]) => w === word).map(([, tag]) => tag))].sort();
    expect(tagsOf("light")).toEqual(["ADJ", "NOUN", "VERB"]);
    expect(tagsOf("that")).toEqual(["DET", "PRON", "SCONJ"]);
    expect(tagsOf("can")).toEqual(["AUX", "NOUN"]);
    const known = taggedSentences({ size: 800, seed: 1, invented: 0 }).flat();
    const words = new Set(known.map(([word]) => word));
    const made = all.filter(([word]) => !words.has(word) && word.endsWith("ness"));
    expect(made.length).toBeGreaterThan(20);
    expect(new Set(made.map(([, tag]) => tag))).toEqual(new Set(["NOUN"]));
    expect(all.some(([word]) => word.endsWith("ized"))).toBe(true);
  });
});

describe("captioned shapes", () => {
  test("a caption names every shape that can be seen, from left to right, with words of the vocabulary", () => {
    const items = captionedShapes({ size: 60, seed: 2 });
    for (const { drawn, caption } of items) {
      expect(caption.filter((word) => word === "a")).toHaveLength(drawn.shapes.length);
      expect(caption.length).toBeLessThanOrEqual(LONGEST_CAPTION);
      for (const word of caption) expect(CAPTION_VOCABULARY).toContain(word);
      const sides = caption.filter((word) => word === "left" || word === "right");
      expect(sides).toEqual([...sides].sort());
    }
    expect(Math.max(...items.map(({ caption }) => caption.length))).toBe(LONGEST_CAPTION);
    expect(captionedShapes({ size: 5, seed: 2 }).map(({ caption }) => caption))
      .toEqual(items.slice(0, 5).map(({ caption }) => caption));
  });
});
