// fails: labels are names, not amounts
/** Places of the k points nearest to x, the nearest first. */
export function neighbours(points: number[][], x: number[], k: number): number[] {
  const far = points.map((point) => point.reduce((sum, v, j) => sum + (v - x[j]) ** 2, 0));
  return [...far.keys()].sort((a, b) => far[a] - far[b] || a - b).slice(0, k);
}

/** The most frequent label; of several, the smallest. */
export function vote(labels: number[]): number {
  const counts: number[] = [];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return labels.reduce((a, b) => a + b, 0) / labels.length;
}

/** The label that the k nearest points vote for. */
export function predict(points: number[][], labels: number[], x: number[], k: number): number {
  return vote(neighbours(points, x, k).map((i) => labels[i]));
}
