// fails: AND of 0 and 1 should be 0
export interface Unit { weights: number[]; bias: number }

export const and: Unit = { weights: [1, 1], bias: -0.5 };
export const or: Unit = { weights: [1, 1], bias: -0.5 };
export const not: Unit = { weights: [-1], bias: 0.5 };

const answer = ({ weights, bias }: Unit, x: number[]): number =>
  (x.reduce((sum, value, i) => sum + weights[i] * value, bias) > 0 ? 1 : 0);

/**
 * An input at which the unit with these weights is not XOR: one of the four must be, since s(01) + s(10) = s(00) +
 * s(11).
 */
export function wrongForXor(weights: number[], bias: number): number[] {
  const inputs = [[0, 0], [0, 1], [1, 0], [1, 1]];
  return inputs.find(([a, b]) => answer({ weights, bias }, [a, b]) !== (a ^ b))!;
}

/** XOR by three units: at least one, but not both. */
export const xor: { hidden: Unit[]; output: Unit } = { hidden: [or, and], output: { weights: [1, -1], bias: -0.5 } };
