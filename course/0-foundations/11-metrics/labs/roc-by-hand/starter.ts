/** Counts [[TN, FP], [FN, TP]] at a threshold. */
export function confusion(truth: number[], scores: number[], threshold: number): number[][] {
  return [[0, 0], [0, 0]];
}

/** The harmonic mean of precision and recall at a threshold. */
export function f1(truth: number[], scores: number[], threshold: number): number {
  return 0;
}

/** The share of pairs in which the positive scores higher; ties count one half. */
export function rocArea(truth: number[], scores: number[]): number {
  return 0;
}
