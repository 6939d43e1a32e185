const odds = (p: number): number => p / (1 - p);
const probability = (o: number): number => (o === Infinity ? 1 : o / (1 + o));

export const posterior = (prior: number, hitRate: number, falseAlarms: number): number =>
  probability(odds(prior) * hitRate / falseAlarms);

export function afterTests(prior: number, hitRate: number, falseAlarms: number, results: boolean[]): number {
  let o = odds(prior);
  for (const positive of results) o *= positive ? hitRate / falseAlarms : (1 - hitRate) / (1 - falseAlarms);
  return probability(o);
}

export function given(joint: number[][], column: number): number[] {
  const cells = joint.map((row) => row[column]);
  const sum = cells.reduce((a, b) => a + b);
  return cells.map((cell) => cell / sum);
}
