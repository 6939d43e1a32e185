/** The bias as one more weight, whose input is always 1. */
const sum = (weights: readonly number[], x: readonly number[]): number => {
  let total = 0;
  for (const [i, value] of x.entries()) total += value * weights[i];
  return total;
};
export const predict = (weights: number[], bias: number, x: number[]): 0 | 1 =>
  sum([...weights, bias], [...x, 1]) > 0 ? 1 : 0;

export const update = (weights: number[], bias: number, x: number[], target: number, rate: number) => {
  const answer = predict(weights, bias, x);
  if (answer === target) return { weights: [...weights], bias };
  const by = target > answer ? rate : -rate;
  const moved = [...weights, bias].map((weight, i) => weight + by * [...x, 1][i]);
  return { weights: moved.slice(0, -1), bias: moved[x.length] };
};
export const train = (inputs: number[][], targets: number[], rate: number, epochs: number) => {
  let weights = inputs[0].map(() => 0),
    bias = 0,
    passes = 0;
  for (let right = false; !right && passes < epochs; passes++) {
    right = true;
    for (const [i, x] of inputs.entries()) {
      right &&= predict(weights, bias, x) === targets[i];
      ({ weights, bias } = update(weights, bias, x, targets[i], rate));
    }
  }
  return { weights, bias, passes };
};
