// fails: nine of ten draws lie above 0.1
type Evaluate = (candidate: number, budget: number) => number;

/** A learning rate between low and high, uniform in its order of magnitude. */
export function drawRate(u: number, low: number, high: number): number {
  return low + u * (high - low);
}

/** The last candidate left, and the epochs that all trainings took together. */
export function successiveHalving(
  candidates: number[], evaluate: Evaluate, { minimum, factor }: { minimum: number; factor: number },
): { best: number; spent: number } {
  let left = candidates, spent = 0;
  for (let budget = minimum; left.length > 1; budget *= factor) {
    const tried = left.map((candidate) => ({ candidate, loss: evaluate(candidate, budget) }));
    spent += budget * left.length;
    left = tried.sort((a, b) => a.loss - b.loss).slice(0, Math.max(1, Math.floor(left.length / factor)))
      .map(({ candidate }) => candidate);
  }
  return { best: left[0], spent };
}
