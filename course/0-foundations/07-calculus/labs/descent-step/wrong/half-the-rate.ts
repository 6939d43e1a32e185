// fails: still converges
/** The point after one step: against the gradient. */
export function step(x: number[], gradient: number[], rate: number): number[] {
  return x.map((value, i) => value - rate * gradient[i]);
}

/** The path from the start, `steps + 1` points; the gradient is taken anew at each. */
export function descend(gradientOf: (x: number[]) => number[], start: number[], rate: number, steps: number): number[][
  ] {
  const path = [start];
  for (let i = 0; i < steps; i++) path.push(step(path[i], gradientOf(path[i]), rate));
  return path;
}

/** One step with a memory: steps that agree add up. */
export function momentumStep(
  x: number[], velocity: number[], gradient: number[], rate: number, beta: number,
): { x: number[]; velocity: number[] } {
  const next = velocity.map((v, i) => beta * v + gradient[i]);
  return { x: step(x, next, rate), velocity: next };
}

/** One step multiplies x by 1 − rate · curvature, which must stay above −1. */
export function largestRate(curvature: number): number {
  return 1 / curvature;
}
