// fails: The belief after the tests is
export function posterior(prior: number, hitRate: number, falseAlarms: number): number {
  const ill = prior * hitRate, healthy = (1 - prior) * falseAlarms;
  return ill / (ill + healthy);
}

export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  return results.reduce((_belief, positive) =>
    (positive ? posterior(prior, hitRate, falseAlarms) : posterior(prior, 1 - hitRate, 1 - falseAlarms)), prior);
}

export function given(joint: number[][], column: number): number[] {
  const sum = joint.reduce((total, row) => total + row[column], 0);
  return joint.map((row) => row[column] / sum);
}
