interface Plan { base: number; warmup: number; steps: number; minimum: number }

/** The learning rate of a step. */
export function rateAt(step: number, { base, warmup, steps, minimum }: Plan): number {
  return base;
}

/** Gradients that together are no longer than `longest`. */
export function clipByNorm(gradients: number[][], longest: number): number[][] {
  return gradients;
}
