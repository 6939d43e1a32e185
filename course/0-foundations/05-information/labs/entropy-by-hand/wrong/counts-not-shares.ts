// fails: The entropy is
/** Surprise in bits. */
export function surprise(p: number): number {
  return -Math.log2(p);
}

/** Mean surprise of a distribution, in bits. */
export function entropy(p: number[]): number {
  return p.reduce((sum, share) => (share === 0 ? sum : sum + share * surprise(share)), 0);
}

/** The entropy of the shares of these counts. */
export function fromCounts(counts: number[]): number {
  return entropy(counts);
}

/** What rows and columns of a joint table tell about each other, in bits. */
export function mutualInformation(joint: number[][]): number {
  const rows = joint.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = joint[0].map((_, c) => joint.reduce((sum, row) => sum + row[c], 0));
  return entropy(rows) + entropy(columns) - entropy(joint.flat());
}
