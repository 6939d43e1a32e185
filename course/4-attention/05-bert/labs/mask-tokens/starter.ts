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
  return { inputs: [...ids], labels: ids.map(() => -100) };
}
