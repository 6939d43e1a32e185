export const surprise = (p: number): number => Math.log(1 / p) / Math.LN2;

export const entropy = (p: number[]): number =>
  p.filter((share) => share > 0).map((share) => share * surprise(share)).reduce((a, b) => a + b, 0);

/** log of the total minus the mean log of the counts. */
export function fromCounts(counts: number[]): number {
  const seen = counts.filter((count) => count > 0), total = seen.reduce((a, b) => a + b, 0);
  return Math.log2(total) - seen.reduce((sum, count) => sum + count * Math.log2(count), 0) / total;
}

/** The mean of log p(x, y) / (p(x) p(y)). */
export function mutualInformation(joint: number[][]): number {
  let sum = 0;
  joint.forEach((row, r) => row.forEach((p, c) => {
    if (p === 0) return;
    const px = joint[r].reduce((a, b) => a + b), py = joint.reduce((total, other) => total + other[c], 0);
    sum += p * Math.log2(p / (px * py));
  }));
  return sum;
}
