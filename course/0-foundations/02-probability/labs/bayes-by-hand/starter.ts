/** The probability of being ill after one positive test. */
export function posterior(prior: number, hitRate: number, falseAlarms: number): number {
  return hitRate;
}

/** The probability of being ill after several tests. */
export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  return prior;
}

/** The distribution over rows, given the column. */
export function given(joint: number[][], column: number): number[] {
  return joint.map((row) => row[column]);
}
