/** Chances at a temperature. */
export function temper(p: number[], temperature: number): number[] {
  return p;
}

/** The fewest likeliest that hold the mass. */
export function topP(p: number[], mass: number): number[] {
  return p;
}

/** Those at least a share as likely as the likeliest. */
export function minP(p: number[], share: number): number[] {
  return p;
}

/** The place that a random number stands for. */
export function draw(p: number[], u: number): number {
  return 0;
}
