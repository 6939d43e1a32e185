// fails: may never end
export function predict(weights: number[], bias: number, x: number[]): number {
  return x.reduce((total, value, i) => total + weights[i] * value, bias) > 0 ? 1 : 0;
}
export function update(weights: number[], bias: number, x: number[], target: number, rate: number) {
  const error = target - predict(weights, bias, x);
  return { weights: weights.map((weight, i) => weight + rate * error * x[i]), bias: bias + rate * error };
}
export function train(inputs: number[][], targets: number[], rate: number) {
  let unit = { weights: inputs[0].map(() => 0), bias: 0 };
  for (let passes = 1; ; passes++) {
    let mistakes = 0;
    inputs.forEach((x, i) => {
      if (predict(unit.weights, unit.bias, x) !== targets[i]) mistakes++;
      unit = update(unit.weights, unit.bias, x, targets[i], rate);
    });
    if (mistakes === 0) return { ...unit, passes };
  }
}
