/** The point after one step. */
export function step(x: number[], gradient: number[], rate: number): number[] {
  return x;
}

/** The path from the start, `steps + 1` points. */
export function descend(gradientOf: (x: number[]) => number[], start: number[], rate: number, steps: number): number[][
  ] {
  return [start];
}

/** One step with a memory. */
export function momentumStep(
  x: number[], velocity: number[], gradient: number[], rate: number, beta: number,
): { x: number[]; velocity: number[] } {
  return { x, velocity };
}

/** The rate above which descent on a x² / 2 diverges. */
export function largestRate(curvature: number): number {
  return 1;
}
