export function confusion(truth: number[], scores: number[], threshold: number): number[][] {
  const count = (label: number, said: boolean): number =>
    truth.filter((value, i) => value === label && scores[i] >= threshold === said).length;
  return [[count(0, false), count(0, true)], [count(1, false), count(1, true)]];
}

export function f1(truth: number[], scores: number[], threshold: number): number {
  const tp = confusion(truth, scores, threshold)[1][1];
  const said = scores.filter((score) => score >= threshold).length, there = truth.filter((label) => label === 1).length;
  return tp === 0 ? 0 : 2 / (said / tp + there / tp);
}

/** By the sum of the ranks of the positives, as Mann and Whitney count it. */
export function rocArea(truth: number[], scores: number[]): number {
  const rank = (score: number): number =>
    scores.filter((other) => other < score).length + (scores.filter((other) => other === score).length + 1) / 2;
  const positives = scores.filter((_, i) => truth[i] === 1), m = positives.length, n = scores.length - m;
  return (positives.reduce((sum, score) => sum + rank(score), 0) - m * (m + 1) / 2) / (m * n);
}
