interface Sizes { V: number; n: number; m: number; h: number }

/** Every word that has n - 1 words before it, with these. */
export function windows(ids: number[], n: number): { contexts: number[][]; targets: number[] } {
  return { contexts: [], targets: [] };
}

/** How many numbers the network learns. */
export function parameterCount({ V, n, m, h }: Sizes): number {
  return 0;
}
