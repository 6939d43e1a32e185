// fails: A negative result should make illness less likely
export function posterior(prior: number, hitRate: number, falseAlarms: number): number {
  const ill = prior * hitRate, healthy = (1 - prior) * falseAlarms;
  return ill / (ill + healthy);
}

export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  return results.reduce((belief, positive) =>
    (positive ? posterior(belief, hitRate, falseAlarms) : belief), prior);
}

export function given(joint: number[][], column: number): number[] {
  const sum = joint.reduce((total, row) => total + row[column], 0);
  return joint.map((row) => row[column] / sum);
}
