// fails: Divide the column by its sum
export function posterior(prior: number, hitRate: number, falseAlarms: number): number {
  const ill = prior * hitRate, healthy = (1 - prior) * falseAlarms;
  return ill / (ill + healthy);
}

export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  return results.reduce((belief, positive) =>
    (positive ? posterior(belief, hitRate, falseAlarms) : posterior(belief, 1 - hitRate, 1 - falseAlarms)), prior);
}

export function given(joint: number[][], column: number): number[] {

  return joint.map((row) => row[column]);
}
