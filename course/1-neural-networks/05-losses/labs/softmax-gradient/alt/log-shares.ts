/** Everything from the logarithms of the shares. */
const logShares = (z: number[]): number[] => z.map((v) => v - logSumExp(z));

export function logSumExp(z: number[]): number {
  // One after the other: ln(e^a + e^b) is the larger one plus ln(1 + e^-|a - b|).
  return z.reduce((a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))));
}
export const softmax = (z: number[]): number[] => logShares(z).map(Math.exp);
export const loss = (logits: number[][], targets: number[][]): number =>
  logits.reduce((sum, z, i) => sum - logShares(z).reduce((inner, l, k) => inner + l * targets[i][k], 0), 0)
  / logits.length;
export function gradient(logits: number[][], targets: number[][]): number[][] {
  const result = [];
  for (let i = 0; i < logits.length; i++) {
    const p = softmax(logits[i]), row = [];
    for (let k = 0; k < p.length; k++) row.push(p[k] / logits.length - targets[i][k] / logits.length);
    result.push(row);
  }
  return result;
}
