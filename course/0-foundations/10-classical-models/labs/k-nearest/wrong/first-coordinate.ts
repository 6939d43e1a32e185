// fails: only the first coordinate was compared
/** Places of the k points nearest to x, the nearest first. */
export function neighbours(points: number[][], x: number[], k: number): number[] {
  const far = points.map((point) => (point[0] - x[0]) ** 2);
  return [...far.keys()].sort((a, b) => far[a] - far[b] || a - b).slice(0, k);
}

/** The most frequent label; of several, the smallest. */
export function vote(labels: number[]): number {
  const counts: number[] = [];
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  let best = -1;
  counts.forEach((count, label) => {
    if (best < 0 || count > counts[best]) best = label;
  });
  return best;
}

/** The label that the k nearest points vote for. */
export function predict(points: number[][], labels: number[], x: number[], k: number): number {
  return vote(neighbours(points, x, k).map((i) => labels[i]));
}
