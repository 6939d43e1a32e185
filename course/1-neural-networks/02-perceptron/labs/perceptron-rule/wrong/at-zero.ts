// fails: At exactly zero the unit should answer 0
export function predict(weights: number[], bias: number, x: number[]): number {
  return x.reduce((total, value, i) => total + weights[i] * value, bias) >= 0 ? 1 : 0;
}
export function update(weights: number[], bias: number, x: number[], target: number, rate: number) {
  const error = target - predict(weights, bias, x);
  return { weights: weights.map((weight, i) => weight + rate * error * x[i]), bias: bias + rate * error };
}
export function train(inputs: number[][]) {
  return { weights: inputs[0], bias: 0, passes: 0 };
}
