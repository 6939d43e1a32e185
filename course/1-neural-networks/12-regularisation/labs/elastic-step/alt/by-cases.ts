export function softThreshold(v: number, t: number): number {
  if (v > t) return v - t;
  if (v < -t) return v + t;
  return 0;
}
export function elasticStep(w: number[], gradient: number[], rate: number, l1: number, l2: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < w.length; i++) {
    const v = w[i] - rate * gradient[i], shrink = 1 / (1 + rate * l2);
    result.push(softThreshold(v * shrink, rate * l1 * shrink));
  }
  return result;
}
export const decayStep = (w: number[], gradient: number[], rate: number, decay: number): number[] =>
  w.map((v, i) => (1 - rate * decay) * v - rate * gradient[i]);
export function lasso(inputs: number[][], targets: number[], rate: number, l1: number, steps: number): number[] {
  let w = new Array<number>(inputs[0].length).fill(0);
  while (steps-- > 0) {
    const gradient = w.map(() => 0);
    for (let i = 0; i < inputs.length; i++) {
      let error = -targets[i];
      for (let k = 0; k < w.length; k++) error += w[k] * inputs[i][k];
      for (let k = 0; k < w.length; k++) gradient[k] += error * inputs[i][k] / inputs.length;
    }
    w = elasticStep(w, gradient, rate, l1, 0);
  }
  return w;
}
