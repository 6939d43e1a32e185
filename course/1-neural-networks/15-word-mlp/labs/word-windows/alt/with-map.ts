/** Targets first, each with what stands before it. */
export function windows(ids: number[], n: number): { contexts: number[][]; targets: number[] } {
  const targets = ids.slice(n - 1);
  return { targets, contexts: targets.map((_, i) => ids.slice(i, i + n - 1)) };
}
/** As the paper groups them. */
export const parameterCount = ({ V, n, m, h }: { V: number; n: number; m: number; h: number }): number =>
  V * (1 + m + h) + h * (1 + (n - 1) * m);
