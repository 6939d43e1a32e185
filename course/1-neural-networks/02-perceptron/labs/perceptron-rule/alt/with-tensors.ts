import { tensor } from "gradus";

export function predict(weights: number[], bias: number, x: number[]): number {
  return tensor(weights, { dtype: "f64" }).mul(tensor(x, { dtype: "f64" })).sum().add(bias).itemSync() > 0 ? 1 : 0;
}
export function update(weights: number[], bias: number, x: number[], target: number, rate: number) {
  const error = target - predict(weights, bias, x);
  if (error === 0) return { weights, bias };
  const next = tensor(weights, { dtype: "f64" }).add(tensor(x, { dtype: "f64" }).mul(rate * error));
  return { weights: next.arraySync() as number[], bias: bias + rate * error };
}
export function train(inputs: number[][], targets: number[], rate: number, epochs: number) {
  let unit = { weights: new Array<number>(inputs[0].length).fill(0), bias: 0 };
  for (let passes = 1; passes <= epochs; passes++) {
    const wrong = inputs.filter((x, i) => {
      const answer = predict(unit.weights, unit.bias, x);
      unit = update(unit.weights, unit.bias, x, targets[i], rate);
      return answer !== targets[i];
    });
    if (wrong.length === 0) return { ...unit, passes };
  }
  return { ...unit, passes: epochs };
}
