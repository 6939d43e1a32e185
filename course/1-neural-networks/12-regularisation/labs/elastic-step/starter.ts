/** Towards zero by t, and not beyond it. */
export function softThreshold(v: number, t: number): number {
  return v;
}

/** A gradient step, then the exact solution for both penalties. */
export function elasticStep(w: number[], gradient: number[], rate: number, l1: number, l2: number): number[] {
  return w;
}

/** A step with decoupled weight decay. */
export function decayStep(w: number[], gradient: number[], rate: number, decay: number): number[] {
  return w;
}

/** Weights after so many steps on half the mean squared error with an L1 penalty. */
export function lasso(inputs: number[][], targets: number[], rate: number, l1: number, steps: number): number[] {
  return [];
}
