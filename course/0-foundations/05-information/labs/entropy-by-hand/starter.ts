/** Surprise in bits. */
export function surprise(p: number): number {
  return 1 - p;
}

/** Mean surprise of a distribution, in bits. */
export function entropy(p: number[]): number {
  return 0;
}

/** The entropy of the shares of these counts. */
export function fromCounts(counts: number[]): number {
  return 0;
}

/** What rows and columns of a joint table tell about each other, in bits. */
export function mutualInformation(joint: number[][]): number {
  return 0;
}
