import { longestCommon, ngrams, overlap, paired, words } from "./distance.ts";
import { average, valuesOf, type Values } from "./input.ts";

export interface Overlap {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}
const overlapOf = (shared: number, wanted: number, got: number): Overlap => {
  const precision = got === 0 ? 0 : shared / got, recall = wanted === 0 ? 0 : shared / wanted;
  return { precision, recall, f1: precision + recall === 0 ? 0 : 2 * precision * recall / (precision + recall) };
};
const plainWords = (text: string): string[] => words(text.toLowerCase().replace(/[^a-z0-9]+/g, " "));

/** Shared n-grams of words of a reference and a summary. Lin 2004; as rouge-score without stemming. */
export function rougeN(reference: string, summary: string, n: number): Overlap {
  const [a, b] = [plainWords(reference), plainWords(summary)];
  const size = (items: readonly string[]): number => Math.max(0, items.length - n + 1);
  return overlapOf(overlap(ngrams(a, n), ngrams(b, n)), size(a), size(b));
}
/** The longest common subsequence of words. Lin 2004. */
export function rougeL(reference: string, summary: string): Overlap {
  const [a, b] = [plainWords(reference), plainWords(summary)];
  return overlapOf(longestCommon(a, b), a.length, b.length);
}
/** ROUGE-1, ROUGE-2 and ROUGE-L, each the mean over the pairs. */
export function rouge(references: readonly string[], summaries: readonly string[]):
{ readonly rouge1: Overlap; readonly rouge2: Overlap; readonly rougeL: Overlap } {
  paired("rouge", references.length, summaries.length);
  const mean = (of: (a: string, b: string) => Overlap): Overlap => {
    const all = references.map((text, i) => of(text, summaries[i]));
    return {
      precision: average(all.map((s) => s.precision)), recall: average(all.map((s) => s.recall)),
      f1: average(all.map((s) => s.f1)),
    };
  };
  return { rouge1: mean((a, b) => rougeN(a, b, 1)), rouge2: mean((a, b) => rougeN(a, b, 2)), rougeL: mean(rougeL) };
}

/** e^(mean negative log-likelihood): log-probabilities (natural) of the tokens that came. */
export const perplexity = (logProbabilities: Values): number => Math.exp(-average(valuesOf(logProbabilities)));

const PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** Lower case, no punctuation, no articles, single spaces: how SQuAD compares answers. */
export const normalizedAnswer = (text: string): string =>
  words(text.toLowerCase().replace(PUNCTUATION, "").replace(/\b(a|an|the)\b/g, " ")).join(" ");
/**
 * Exact match and word F1 of answers, each the best over the accepted answers, as shares of 1. Rajpurkar et al. 2016.
 */
export function squad(predictions: readonly string[], answers: readonly (readonly string[])[]):
{ readonly exactMatch: number; readonly f1: number } {
  paired("squad", answers.length, predictions.length);
  const best = (of: (answer: string, prediction: string) => number): number =>
    average(predictions.map((p, i) =>
      Math.max(...answers[i].map((a) => of(normalizedAnswer(a), normalizedAnswer(p))))));
  return {
    exactMatch: best((a, p) => (a === p ? 1 : 0)),
    f1: best((a, p) => {
      const [x, y] = [words(a), words(p)];
      if (x.length === 0 || y.length === 0) return x.length === y.length ? 1 : 0;
      return overlapOf(overlap(ngrams(x, 1), ngrams(y, 1)), x.length, y.length).f1;
    }),
  };
}
