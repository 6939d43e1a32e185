// fails: the ordinary mean of precision
/** Counts [[TN, FP], [FN, TP]] at a threshold. */
export function confusion(truth: number[], scores: number[], threshold: number): number[][] {
  const counts = [[0, 0], [0, 0]];
  truth.forEach((label, i) => {
    counts[label][scores[i] >= threshold ? 1 : 0] += 1;
  });
  return counts;
}

/** The harmonic mean of precision and recall at a threshold. */
export function f1(truth: number[], scores: number[], threshold: number): number {
  const [[, fp], [fn, tp]] = confusion(truth, scores, threshold);
  const divisor = 2 * tp + fp + fn;
  return divisor === 0 ? 0 : (tp / (tp + fp) + tp / (tp + fn)) / 2;
}

/** The share of pairs in which the positive scores higher; ties count one half. */
export function rocArea(truth: number[], scores: number[]): number {
  let won = 0, pairs = 0;
  for (const [i, score] of scores.entries()) {
    for (const [j, other] of scores.entries()) {
      if (truth[i] !== 1 || truth[j] !== 0) continue;
      pairs += 1;
      if (score > other) won += 1;
      else if (score === other) won += 0.5;
    }
  }
  return won / pairs;
}
