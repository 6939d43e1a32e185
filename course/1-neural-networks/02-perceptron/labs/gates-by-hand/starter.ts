export interface Unit { weights: number[]; bias: number }

export const and: Unit = { weights: [0, 0], bias: 0 };
export const or: Unit = { weights: [0, 0], bias: 0 };
export const not: Unit = { weights: [0], bias: 0 };

/** An input at which the unit with these weights is not XOR. */
export function wrongForXor(weights: number[], bias: number): number[] {
  return [0, 0];
}

/** XOR by three units. */
export const xor: { hidden: Unit[]; output: Unit } = { hidden: [or, and], output: and };
