export interface Unit {
  weights: number[];
  bias: number;
}

/** 1 where weights · x + bias is above zero, else 0. */
export function predict(weights: number[], bias: number, x: number[]): number {
  const sum = x.reduce((total, value, i) => total + weights[i] * value, bias);
  return sum > 0 ? 1 : 0;
}

/** The unit after one example. */
export function update(weights: number[], bias: number, x: number[], target: number, rate: number): Unit {
  const error = target - predict(weights, bias, x);
  return { weights: weights.map((weight, i) => weight + rate * error * x[i]), bias: bias + rate * error };
}

/** From zeros until a pass makes no mistake, at most `epochs` passes. */
export function train(inputs: number[][], targets: number[], rate: number, epochs: number): Unit & { passes: number } {
  let unit: Unit = { weights: inputs[0].map(() => 0), bias: 0 };
  let passes = 0;
  let mistakes = 1;
  while (mistakes > 0 && passes < epochs) {
    mistakes = 0;
    inputs.forEach((x, i) => {
      if (predict(unit.weights, unit.bias, x) !== targets[i]) mistakes++;
      unit = update(unit.weights, unit.bias, x, targets[i], rate);
    });
    passes++;
  }
  return { ...unit, passes };
}
