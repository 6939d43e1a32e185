// fails: From the right, 3 meets 2, and neither is 1
export function broadcast(a: number[], b: number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) =>
    Math.max(a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1));
}
