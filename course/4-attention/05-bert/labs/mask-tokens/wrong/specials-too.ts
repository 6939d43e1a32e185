// fails: The special token
export interface MaskOptions {
  readonly vocabulary: number;
  readonly mask: number;
  readonly special: readonly number[];
  readonly rate: number;
}

/** What the model reads, and what it is asked for. */
export function maskTokens(
  ids: readonly number[], options: MaskOptions, random: () => number,
): { inputs: number[]; labels: number[] } {
  const { vocabulary, mask, rate } = options;
  const inputs = [...ids], labels = ids.map(() => -100);
  ids.forEach((id, t) => {
    if (random() >= rate) return;
    labels[t] = id;
    const fate = random();
    if (fate < 0.8) inputs[t] = mask;
    else if (fate < 0.9) inputs[t] = Math.floor(random() * vocabulary);
  });
  return { inputs, labels };
}
