interface Plan { base: number; warmup: number; steps: number; minimum: number }

/** By the squared cosine of half the angle, which is the same. */
export const rateAt = (step: number, { base, warmup, steps, minimum }: Plan): number => {
  if (step >= steps) return minimum;
  if (step < warmup) return (step + 1) * (base / warmup);
  const half = Math.cos(Math.PI / 2 * (step - warmup) / (steps - warmup));
  return minimum + (base - minimum) * half * half;
};

export const clipByNorm = (gradients: number[][], longest: number): number[][] => {
  const factor = Math.min(1, longest / Math.max(1e-30, Math.hypot(...gradients.flat())));
  return gradients.map((list) => list.map((g) => factor * g));
};
