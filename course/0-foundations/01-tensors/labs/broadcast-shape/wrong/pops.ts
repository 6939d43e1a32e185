// fails: Build a new list instead of changing what you were given
export function broadcast(a: number[], b: number[]): number[] | null {
  const result: number[] = [];
  while (a.length > 0 || b.length > 0) {
    const p = a.pop() ?? 1, q = b.pop() ?? 1;
    if (p !== q && p !== 1 && q !== 1) return null;
    result.unshift(Math.max(p, q));
  }
  return result;
}
