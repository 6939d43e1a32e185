// fails: which led after one epoch
type Evaluate = (candidate: number, budget: number) => number;

/** A learning rate between low and high, uniform in its order of magnitude. */
export function drawRate(u: number, low: number, high: number): number {
  return low * (high / low) ** u;
}

/** The last candidate left, and the epochs that all trainings took together. */
export function successiveHalving(
  candidates: number[], evaluate: Evaluate, { minimum, factor }: { minimum: number; factor: number },
): { best: number; spent: number } {
  const losses = new Map(candidates.map((candidate) => [candidate, evaluate(candidate, minimum)]));
  let left = [...candidates].sort((a, b) => losses.get(a)! - losses.get(b)!), spent = 0;
  for (let budget = minimum; left.length > 1; budget *= factor) {
    if (budget > minimum) left.forEach((candidate) => evaluate(candidate, budget));
    spent += budget * left.length;
    left = left.slice(0, Math.max(1, Math.floor(left.length / factor)));
  }
  return { best: left[0], spent };
}
