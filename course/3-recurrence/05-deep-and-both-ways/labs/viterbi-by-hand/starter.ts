/** The score of one sequence of tags. */
export function pathScore(emissions: number[][], transitions: number[][], tags: number[]): number {
  return 0;
}

/** The tags with the highest score. */
export function viterbi(emissions: number[][], transitions: number[][]): number[] {
  // For each word and each tag: the best score of a path that ends there, and the tag before it.
  return emissions.map(() => 0);
}

/** ln of the sum of e^score over all sequences. */
export function logPartition(emissions: number[][], transitions: number[][]): number {
  return 0;
}
