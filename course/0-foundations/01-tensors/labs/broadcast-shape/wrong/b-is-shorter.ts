// fails: The shorter list may come first, too
export function broadcast(a: number[], b: number[]): number[] | null {
  const result = [...a];
  for (let k = 1; k <= a.length; k++) {
    const p = a[a.length - k], q = b[b.length - k] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return null;
    result[a.length - k] = Math.max(p, q);
  }
  return result;
}
