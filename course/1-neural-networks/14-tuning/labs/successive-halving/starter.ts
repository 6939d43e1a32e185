type Evaluate = (candidate: number, budget: number) => number;

/** A learning rate between low and high, uniform in its order of magnitude. */
export function drawRate(u: number, low: number, high: number): number {
  return low;
}

/** The last candidate left, and the epochs that all trainings took together. */
export function successiveHalving(
  candidates: number[], evaluate: Evaluate, { minimum, factor }: { minimum: number; factor: number },
): { best: number; spent: number } {
  return { best: candidates[0], spent: 0 };
}
