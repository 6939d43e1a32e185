// fails: the lists were aligned from the left
export function broadcast(a: number[], b: number[]): number[] | null {
  const result: number[] = [];
  for (let k = 0; k < Math.max(a.length, b.length); k++) {
    const p = a[k] ?? 1, q = b[k] ?? 1;
    if (p !== q && p !== 1 && q !== 1) return null;
    result.push(p === 1 ? q : p);
  }
  return result;
}
