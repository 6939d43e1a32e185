export type Pair = [left: string, right: string];

/** The most frequent pair of neighbours; the first of equals; null where there is none. */
export function mostFrequent(words: string[][]): Pair | null {
  return null;
}

/** Every occurrence of the pair joined, from left to right. */
export function merge(word: string[], pair: Pair): string[] {
  return word;
}

/** At most so many merges, in the order in which they are made. */
export function learn(words: string[][], merges: number): Pair[] {
  return [];
}

/** A word as tokens. */
export function encode(word: string, merges: Pair[]): string[] {
  return [word];
}
