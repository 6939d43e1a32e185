// fails: k times V
function followers(ids: number[], size: number, a: number, b: number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (let i = 2; i < ids.length; i++) {
    if (ids[i - 2] === a && ids[i - 1] === b) counts[ids[i]]++;
  }
  return counts;
}

/** The distribution of the next word after a, b. */
export function trigram(ids: number[], size: number, k: number, a: number, b: number): number[] {
  const counts = followers(ids, size, a, b);
  const below = counts.reduce((sum, count) => sum + count, 0) + k * counts.filter((count) => count > 0).length;
  return counts.map((count) => (below === 0 ? 0 : (count + k) / below));
}

/** The likeliest next word. */
export function mostLikely(ids: number[], size: number, k: number, a: number, b: number): number {
  const all = trigram(ids, size, k, a, b);
  return all.indexOf(Math.max(...all));
}

/** The share of words that never followed a, b. */
export function stolen(ids: number[], size: number, k: number, a: number, b: number): number {
  const counts = followers(ids, size, a, b), all = trigram(ids, size, k, a, b);
  return all.reduce((sum, share, word) => (counts[word] === 0 ? sum + share : sum), 0);
}
