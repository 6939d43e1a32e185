export function broadcast(a: number[], b: number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const pad = (shape: number[]): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [p, q] = [pad(a), pad(b)];
  if (p.some((size, i) => size !== q[i] && size !== 1 && q[i] !== 1)) return null;
  return p.map((size, i) => Math.max(size, q[i]));
}
