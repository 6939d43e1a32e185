/** How wrong each output is, as a slope with respect to its sum. */
export function outputDelta(y: number[], t: number[]): number[] {
  return y.map(() => 0);
}

/** The share of each hidden unit; h is what the units gave, tanh of their sums. */
export function hiddenDelta(w2: number[][], delta2: number[], h: number[]): number[] {
  return h.map(() => 0);
}

/** One number for each weight: the delta above times the value below. */
export function weightGradient(delta: number[], below: number[]): number[][] {
  return delta.map(() => below.map(() => 0));
}

/** Forward, then all four gradients. */
export function gradients(w1: number[][], b1: number[], w2: number[][], b2: number[], x: number[], t: number[]) {
  return { w1, b1, w2, b2 };
}
