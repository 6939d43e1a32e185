export function transpose(a: number[][]): number[][] {
  const result: number[][] = [];
  for (let j = 0; j < a[0].length; j++) {
    result.push([]);
    for (let i = 0; i < a.length; i++) result[j].push(a[i][j]);
  }
  return result;
}
// The other reading of a product: row k of b, a[i][k] times, added up.
export function multiply(a: number[][], b: number[][]): number[][] {
  const result = a.map(() => b[0].map(() => 0));
  for (let i = 0; i < a.length; i++) {
    for (let k = 0; k < b.length; k++) {
      for (let j = 0; j < b[0].length; j++) result[i][j] += a[i][k] * b[k][j];
    }
  }
  return result;
}
export function norms(x: number[]) {
  let one = 0, max = 0;
  for (const v of x) {
    one += Math.abs(v);
    max = Math.max(max, Math.abs(v));
  }
  return { one, two: Math.hypot(...x), max };
}
