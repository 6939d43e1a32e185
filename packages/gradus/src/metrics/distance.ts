import { UsageError } from "../vocab/errors.ts";

/** The fewest insertions, deletions and replacements that turn a into b. Levenshtein 1966. */
export function editDistance<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j] + (a[i] === b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[b.length];
}
/** Length of the longest common subsequence. */
export function longestCommon<T>(a: readonly T[], b: readonly T[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const item of a) {
    const next = [0];
    b.forEach((other, j) => { next.push(item === other ? row[j] + 1 : Math.max(row[j + 1], next[j])); });
    row = next;
  }
  return row[b.length];
}

const errorRate = (what: string, split: (text: string) => string[]) =>
  (references: readonly string[], hypotheses: readonly string[]): number => {
    paired(what, references.length, hypotheses.length);
    let [errors, length] = [0, 0];
    references.forEach((text, i) => {
      const wanted = split(text);
      errors += editDistance(wanted, split(hypotheses[i]));
      length += wanted.length;
    });
    return errors / length;
  };
export const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
/** Word error rate: word edits over words of the references. */
export const wordErrorRate = errorRate("wordErrorRate", words);
/** Character error rate: character edits over characters of the references. */
export const characterErrorRate = errorRate("characterErrorRate", (text) => [...text]);

/** As many references as hypotheses, or an error. */
export function paired(what: string, references: number, hypotheses: number): void {
  if (references === hypotheses && references > 0) return;
  throw new UsageError(`${what}: there are ${references} references and ${hypotheses} hypotheses; it needs as ` +
    "many of both, and at least one");
}
/** How often each sequence of n items occurs. */
export function ngrams(items: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    const key = items.slice(i, i + n).join("\0");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
/** How many sequences two counts share. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [key, count] of a) shared += Math.min(count, b.get(key) ?? 0);
  return shared;
}
