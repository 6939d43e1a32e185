/** Places of the k points nearest to x, the nearest first. */
export function neighbours(points: number[][], x: number[], k: number): number[] {
  return [];
}

/** The most frequent label; of several, the smallest. */
export function vote(labels: number[]): number {
  return labels[0];
}

/** The label that the k nearest points vote for. */
export function predict(points: number[][], labels: number[], x: number[], k: number): number {
  return 0;
}
