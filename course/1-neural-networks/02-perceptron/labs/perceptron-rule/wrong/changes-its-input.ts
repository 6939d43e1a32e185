// fails: update changed the list of weights it was given
export function predict(weights: number[], bias: number, x: number[]): number {
  return x.reduce((total, value, i) => total + weights[i] * value, bias) > 0 ? 1 : 0;
}
export function update(weights: number[], bias: number, x: number[], target: number, rate: number) {
  const error = target - predict(weights, bias, x);
  for (let i = 0; i < x.length; i++) weights[i] += rate * error * x[i];
  return { weights, bias: bias + rate * error };
}
export function train(inputs: number[][]) {
  return { weights: inputs[0], bias: 0, passes: 0 };
}
