// fails: the one that is met first
export type Pair = [left: string, right: string];

/** How often each pair of neighbours occurs, in the order in which they are met. */
function counts(words: string[][]): Map<string, { pair: Pair; times: number }> {
  const found = new Map<string, { pair: Pair; times: number }>();
  for (const word of words) {
    for (let i = 0; i + 1 < word.length; i++) {
      const key = JSON.stringify([word[i], word[i + 1]]), known = found.get(key);
      if (known === undefined) found.set(key, { pair: [word[i], word[i + 1]], times: 1 });
      else known.times++;
    }
  }
  return found;
}
/** The most frequent pair of neighbours; the first of equals; null where there is none. */
export function mostFrequent(words: string[][]): Pair | null {
  let best: { pair: Pair; times: number } | null = null;
  for (const entry of counts(words).values()) if (best === null || entry.times >= best.times) best = entry;
  return best === null ? null : best.pair;
}

/** Every occurrence of the pair joined, from left to right. */
export function merge(word: string[], pair: Pair): string[] {
  const out: string[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] === pair[0] && word[i + 1] === pair[1]) {
      out.push(pair[0] + pair[1]);
      i++;
    } else out.push(word[i]);
  }
  return out;
}

/** At most so many merges, in the order in which they are made. */
export function learn(words: string[][], merges: number): Pair[] {
  const learned: Pair[] = [];
  let now = words;
  while (learned.length < merges) {
    const pair = mostFrequent(now);
    if (pair === null || counts(now).get(JSON.stringify(pair))!.times < 2) break;
    now = now.map((word) => merge(word, pair));
    learned.push(pair);
  }
  return learned;
}

/** A word as tokens. */
export function encode(word: string, merges: Pair[]): string[] {
  return merges.reduce((tokens, pair) => merge(tokens, pair), [...word]);
}
