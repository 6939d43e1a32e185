// fails: moved up by 0.5 only
/** Towards zero by t, and not beyond it. */
export function softThreshold(v: number, t: number): number {
  return Math.max(0, v - t);
}

/** A gradient step, then the exact solution for both penalties. */
export function elasticStep(w: number[], gradient: number[], rate: number, l1: number, l2: number): number[] {
  return w.map((value, i) => softThreshold(value - rate * gradient[i], rate * l1) / (1 + rate * l2));
}

/** A step with decoupled weight decay. */
export function decayStep(w: number[], gradient: number[], rate: number, decay: number): number[] {
  return w.map((value, i) => value - rate * gradient[i] - rate * decay * value);
}

/** Weights after so many steps on half the mean squared error with an L1 penalty. */
export function lasso(inputs: number[][], targets: number[], rate: number, l1: number, steps: number): number[] {
  let w = inputs[0].map(() => 0);
  for (let step = 0; step < steps; step++) {
    const errors = inputs.map((x, i) => x.reduce((sum, v, k) => sum + v * w[k], 0) - targets[i]);
    const gradient = w.map((_, k) => inputs.reduce((sum, x, i) => sum + errors[i] * x[k], 0) / inputs.length);
    w = elasticStep(w, gradient, rate, l1, 0);
  }
  return w;
}
