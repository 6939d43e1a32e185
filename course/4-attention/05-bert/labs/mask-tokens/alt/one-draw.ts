/** One number for each token says everything: below 0.8 · rate, below 0.9 · rate, below rate. */
export function maskTokens(
  ids: readonly number[], options: { vocabulary: number; mask: number; special: readonly number[]; rate: number },
  random: () => number,
): { inputs: number[]; labels: number[] } {
  const hidden = new Set(options.special), { mask, rate, vocabulary } = options;
  const made = ids.map((id) => {
    const u = hidden.has(id) ? 1 : random() / rate;
    const input = u < 0.8 ? mask : u < 0.9 ? Math.floor(vocabulary * random()) : id;
    return { input, label: u < 1 ? id : -100 };
  });
  return { inputs: made.map(({ input }) => input), labels: made.map(({ label }) => label) };
}
