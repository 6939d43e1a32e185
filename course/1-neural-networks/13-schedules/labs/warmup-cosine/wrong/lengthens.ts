// fails: it lengthens nothing
interface Plan { base: number; warmup: number; steps: number; minimum: number }

/** The learning rate of a step. */
export function rateAt(step: number, { base, warmup, steps, minimum }: Plan): number {
  if (step < warmup) return base * (step + 1) / warmup;
  const way = Math.min(1, (step - warmup) / (steps - warmup));
  return minimum + (base - minimum) / 2 * (1 + Math.cos(Math.PI * way));
}

/** Gradients that together are no longer than `longest`. */
export function clipByNorm(gradients: number[][], longest: number): number[][] {
  const length = Math.sqrt(gradients.flat().reduce((sum, g) => sum + g * g, 0));
  const factor = longest / length;
  return gradients.map((list) => list.map((g) => g * factor));
}
