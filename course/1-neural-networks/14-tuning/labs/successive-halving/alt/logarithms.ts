type Evaluate = (candidate: number, budget: number) => number;

export const drawRate = (u: number, low: number, high: number): number =>
  Math.exp((1 - u) * Math.log(low) + u * Math.log(high));

/** By calling itself with those that are left. */
export function successiveHalving(
  candidates: number[], evaluate: Evaluate, { minimum, factor }: { minimum: number; factor: number },
): { best: number; spent: number } {
  if (candidates.length === 1) return { best: candidates[0], spent: 0 };
  const losses = new Map<number, number>();
  for (const candidate of candidates) losses.set(candidate, evaluate(candidate, minimum));
  const order = [...candidates].sort((a, b) => losses.get(a)! - losses.get(b)!);
  const left = order.filter((_, i) => i === 0 || i < Math.floor(order.length / factor));
  const { best, spent } = successiveHalving(left, evaluate, { minimum: minimum * factor, factor });
  return { best, spent: spent + minimum * candidates.length };
}
