/** The share of places with the same letter. */
export function identity(a: string, b: string): number {
  return 0;
}

/** The number of its group for each chain. */
export function clusters(chains: string[], limit: number): number[] {
  return chains.map((_, i) => i);
}

/** Whole groups on one side. */
export function split(groups: number[], share: number): { train: number[]; test: number[] } {
  return { train: [], test: [] };
}

/** The share right, and of each class the share found. */
export function q3(said: number[], truth: number[]): { all: number; recall: number[] } {
  return { all: 0, recall: [0, 0, 0] };
}
