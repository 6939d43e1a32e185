// fails: The shorter list lacks axes on the left
export function broadcast(a: number[], b: number[]): number[] | null {
  if (a.length !== b.length) return null;
  if (a.some((size, i) => size !== b[i] && size !== 1 && b[i] !== 1)) return null;
  return a.map((size, i) => Math.max(size, b[i]));
}
