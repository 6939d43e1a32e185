/** The shape that two shapes give together; null where they do not fit. */
export function broadcast(a: number[], b: number[]): number[] | null {
  const result: number[] = [];
  for (let k = 1; k <= Math.max(a.length, b.length); k++) {
    const p = a[a.length - k] ?? 1, q = b[b.length - k] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return null;
    result.unshift(p === 1 ? q : p);
  }
  return result;
}
