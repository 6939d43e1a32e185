/** The smallest signed distance of an example from the hyperplane. */
export function margin(weights: number[], inputs: number[][], targets: number[]): number {
  return 0;
}

/** The length of the longest example. */
export function radius(inputs: number[][]): number {
  return 0;
}

/** (R/γ)² for these weights; Infinity if they do not separate. */
export function bound(weights: number[], inputs: number[][], targets: number[]): number {
  return 0;
}

/** Mistakes of the rule from zeros, until a pass makes none. */
export function mistakes(inputs: number[][], targets: number[]): number {
  return 0;
}
