import { UsageError } from "../vocab/errors.ts";
import { ngrams, overlap, paired, words } from "./distance.ts";

/** The words of a sentence as mteval-v13a cuts them: punctuation alone, except between digits. */
export function tokenize13a(line: string): string[] {
  const plain = line.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ")
    .replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return words(` ${plain} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 "));
}

export interface BleuOptions {
  readonly maxOrder?: number;
  /** A precision of 0 counts as 1/2, 1/4, ... of one match (Chen and Cherry 2014, method 3), or as 0. */
  readonly smoothing?: "exp" | "none";
  /** Leave out orders that no hypothesis is long enough for: for single sentences. */
  readonly effectiveOrder?: boolean;
  readonly lowercase?: boolean;
  readonly tokenize?: (line: string) => string[];
}
export interface Bleu {
  /** 0 to 100. */
  readonly score: number;
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
}
/**
 * BLEU of a corpus: brevity penalty times the geometric mean of the n-gram precisions, n = 1..4. `references[i]` are
 * the translations that hypothesis i may match. Papineni et al. 2002; as sacrebleu (Post 2018).
 */
export function bleu(
  hypotheses: readonly string[], references: readonly (readonly string[])[], options: BleuOptions = {},
): Bleu {
  paired("bleu", references.length, hypotheses.length);
  const { maxOrder = 4, smoothing = "exp", effectiveOrder = false, lowercase = false } = options;
  const tokenize = options.tokenize ?? tokenize13a;
  const cut = (line: string): string[] => tokenize(lowercase ? line.toLowerCase() : line);
  const correct = new Array<number>(maxOrder).fill(0), all = new Array<number>(maxOrder).fill(0);
  let [length, wanted] = [0, 0];
  hypotheses.forEach((line, i) => {
    if (references[i].length === 0) throw new UsageError(`bleu: hypothesis ${i} has no reference; give at least one`);
    const own = cut(line), others = references[i].map(cut);
    length += own.length;
    // The length that lies nearest; of two, the shorter.
    wanted += others.map((o) => o.length)
      .reduce((a, b) => {
        const nearer = Math.abs(b - own.length) - Math.abs(a - own.length);
        return nearer < 0 || (nearer === 0 && b < a) ? b : a;
      });
    for (let n = 1; n <= maxOrder; n++) {
      const most = new Map<string, number>();
      for (const other of others) {
        for (const [key, count] of ngrams(other, n)) most.set(key, Math.max(count, most.get(key) ?? 0));
      }
      correct[n - 1] += overlap(ngrams(own, n), most);
      all[n - 1] += Math.max(0, own.length - n + 1);
    }
  });
  const brevityPenalty = length >= wanted ? 1 : length > 0 ? Math.exp(1 - wanted / length) : 0;
  if (correct.every((n) => n === 0)) return { score: 0, precisions: correct, brevityPenalty };
  let smooth = 1;
  const precisions = correct.map((n, k) => {
    if (all[k] === 0) return 0;
    if (n > 0) return 100 * n / all[k];
    smooth *= 2;
    return smoothing === "exp" ? 100 / (smooth * all[k]) : 0;
  });
  const orders = effectiveOrder ? precisions.filter((_, k) => all[k] > 0) : precisions;
  const score = orders.includes(0)
    ? 0 : brevityPenalty * Math.exp(orders.reduce((sum, p) => sum + Math.log(p), 0) / orders.length);
  return { score, precisions, brevityPenalty };
}

/**
 * chrF of a corpus, 0 to 100: the F-score (recall counts `beta` times) of character n-grams, spaces left out. Popovic
 * 2015; as sacrebleu with character order 6 and word order 0.
 */
export function chrF(
  hypotheses: readonly string[], references: readonly (readonly string[])[],
  options: { readonly order?: number; readonly beta?: number } = {},
): number {
  paired("chrF", references.length, hypotheses.length);
  const { order = 6, beta = 2 } = options;
  type Counts = readonly { readonly own: number; readonly other: number; readonly shared: number }[];
  const score = (counts: Counts): number => {
    const used = counts.filter(({ own, other }) => own > 0 && other > 0);
    const mean = (of: (c: Counts[number]) => number): number =>
      used.reduce((sum, c) => sum + of(c), 0) / Math.max(1, used.length);
    const p = mean((c) => c.shared / c.own), r = mean((c) => c.shared / c.other);
    return p + r === 0 ? 0 : 100 * (1 + beta * beta) * p * r / (beta * beta * p + r);
  };
  let sums: Counts = Array.from({ length: order }, () => ({ own: 0, other: 0, shared: 0 }));
  hypotheses.forEach((line, i) => {
    const characters = (text: string): string[] => [...text.replace(/\s/g, "")];
    const own = characters(line);
    const candidates = references[i].map((text) => {
      const other = characters(text);
      return sums.map((_, k): Counts[number] => {
        const a = ngrams(own, k + 1), b = ngrams(other, k + 1);
        const sized = Math.max(0, other.length - k);
        return { own: sized > 0 ? Math.max(0, own.length - k) : 0, other: sized, shared: overlap(a, b) };
      });
    });
    // The reference that fits this sentence best.
    const best = candidates.reduce((a, b) => (score(b) > score(a) ? b : a));
    sums = sums.map((c, k) => ({
      own: c.own + best[k].own, other: c.other + best[k].other, shared: c.shared + best[k].shared,
    }));
  });
  return score(sums);
}
