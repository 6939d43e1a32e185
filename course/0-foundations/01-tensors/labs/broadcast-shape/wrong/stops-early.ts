// fails: The first axes, 2 and 3, disagree
export function broadcast(a: number[], b: number[]): number[] | null {
  const rank = Math.max(a.length, b.length), result: number[] = [];
  for (let k = 1; k <= rank; k++) {
    const p = a[a.length - k] ?? 1, q = b[b.length - k] ?? 1;
    if (k < 3 && p !== q && p !== 1 && q !== 1) return null;
    result.unshift(Math.max(p, q));
  }
  return result;
}
