export interface Unit {
  weights: number[];
  bias: number;
}

/** 1 where weights · x + bias is above zero, else 0. */
export function predict(weights: number[], bias: number, x: number[]): number {
  return 0;
}

/** The unit after one example. */
export function update(weights: number[], bias: number, x: number[], target: number, rate: number): Unit {
  return { weights, bias };
}

/** From zeros until a pass makes no mistake, at most `epochs` passes. */
export function train(inputs: number[][], targets: number[], rate: number, epochs: number): Unit & { passes: number } {
  return { weights: inputs[0].map(() => 0), bias: 0, passes: 0 };
}
