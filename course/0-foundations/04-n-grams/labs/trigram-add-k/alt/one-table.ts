function table(ids: number[]): Map<string, Map<number, number>> {
  const all = new Map<string, Map<number, number>>();
  ids.forEach((word, i) => {
    if (i < 2) return;
    const key = `${ids[i - 2]} ${ids[i - 1]}`, row = all.get(key) ?? new Map<number, number>();
    all.set(key, row.set(word, (row.get(word) ?? 0) + 1));
  });
  return all;
}

export function trigram(ids: number[], size: number, k: number, a: number, b: number): number[] {
  const row = table(ids).get(`${a} ${b}`) ?? new Map<number, number>();
  let total = k * size;
  for (const count of row.values()) total += count;
  return Array.from({ length: size }, (_, word) => (total > 0 ? ((row.get(word) ?? 0) + k) / total : 0));
}

export function mostLikely(ids: number[], size: number, k: number, a: number, b: number): number {
  return trigram(ids, size, k, a, b).reduce((best, share, word, all) => (share > all[best] ? word : best), 0);
}

export function stolen(ids: number[], size: number, k: number, a: number, b: number): number {
  const row = table(ids).get(`${a} ${b}`) ?? new Map<number, number>();
  const all = trigram(ids, size, k, a, b);
  return 1 - [...row.keys()].reduce((sum, word) => sum + all[word], 0);
}
