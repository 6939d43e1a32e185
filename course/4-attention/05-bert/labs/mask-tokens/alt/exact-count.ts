/** As Google's code did: a fixed number of places for each text, the places shuffled. */
export function maskTokens(
  ids: readonly number[], options: { vocabulary: number; mask: number; special: readonly number[]; rate: number },
  random: () => number,
): { inputs: number[]; labels: number[] } {
  const { vocabulary, mask, special, rate } = options;
  const places = ids.map((_, t) => t).filter((t) => !special.includes(ids[t]));
  for (let i = places.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [places[i], places[j]] = [places[j], places[i]];
  }
  const wanted = places.length * rate, chosen = places.slice(0, Math.floor(wanted) + (random() < wanted % 1 ? 1 : 0));
  const inputs = ids.slice(), labels = new Array<number>(ids.length).fill(-100);
  for (const t of chosen) {
    labels[t] = ids[t];
    const u = random();
    inputs[t] = u < 0.1 ? ids[t] : u < 0.2 ? Math.floor(random() * vocabulary) : mask;
  }
  return { inputs, labels };
}
