// fails: The posterior is 0.0909091; it should be 0.0917431
export function posterior(prior: number, hitRate: number, falseAlarms: number): number {
  const ill = prior * hitRate, healthy = falseAlarms;
  return ill / (ill + healthy);
}

export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  return results.reduce((belief, positive) =>
    (positive ? posterior(belief, hitRate, falseAlarms) : posterior(belief, 1 - hitRate, 1 - falseAlarms)), prior);
}

export function given(joint: number[][], column: number): number[] {
  const sum = joint.reduce((total, row) => total + row[column], 0);
  return joint.map((row) => row[column] / sum);
}
