// fails: farthest away
const squared = (a: number[], b: number[]): number => a.reduce((sum, v, j) => sum + (v - b[j]) ** 2, 0);

/** For each point the place of its nearest centre. */
export function assign(points: number[][], centres: number[][]): number[] {
  return points.map((point) => {
    const far = centres.map((centre) => squared(point, centre));
    return far.indexOf(Math.max(...far));
  });
}

/** Each centre at the mean of its points; without points it stays. */
export function move(points: number[][], labels: number[], centres: number[][]): number[][] {
  return centres.map((centre, k) => {
    const own = points.filter((_, i) => labels[i] === k);
    return own.length === 0 ? centre : centre.map((_, j) => own.reduce((sum, point) => sum + point[j], 0) / own.length);
  });
}

/** Both in turn, until nothing changes. */
export function kMeans(points: number[][], centres: number[][]): {
  centres: number[][]; labels: number[]; error: number;
} {
  let labels: number[] = [];
  for (;;) {
    const next = assign(points, centres);
    if (next.every((label, i) => label === labels[i])) break;
    labels = next;
    centres = move(points, labels, centres);
  }
  return { centres, labels, error: points.reduce((sum, point, i) => sum + squared(point, centres[labels[i]]), 0) };
}
