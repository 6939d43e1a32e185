// fails: The gradient of w1 differs
/** How wrong each output is, as a slope with respect to its sum. */
export function outputDelta(y: number[], t: number[]): number[] {
  return y.map((value, k) => value - t[k]);
}

/** The share of each hidden unit; h is what the units gave, tanh of their sums. */
export function hiddenDelta(w2: number[][], delta2: number[], h: number[]): number[] {
  return h.map((value, j) => {
    const arriving = w2.reduce((sum, row, k) => sum + row[j] * delta2[k], 0);
    return arriving * (1 - value * value);
  });
}

/** One number for each weight: the delta above times the value below. */
export function weightGradient(delta: number[], below: number[]): number[][] {
  return delta.map((d) => below.map((value) => d * value));
}

const affine = (w: number[][], b: number[], x: number[]): number[] =>
  w.map((row, j) => row.reduce((sum, weight, i) => sum + weight * x[i], b[j]));

/** Forward, then all four gradients. */
export function gradients(w1: number[][], b1: number[], w2: number[][], b2: number[], x: number[], t: number[]) {
  const h = affine(w1, b1, x).map(Math.tanh);
  const y = affine(w2, b2, h).map((z) => 1 / (1 + Math.exp(-z)));
  const delta2 = outputDelta(y, t);
  const delta1 = hiddenDelta(w2, delta2, h);
  return { w1: weightGradient(delta1, h.slice(0, x.length)), b1: delta1, w2: weightGradient(delta2, h), b2: delta2 };
}
