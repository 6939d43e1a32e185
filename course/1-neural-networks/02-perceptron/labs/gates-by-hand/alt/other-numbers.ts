export const and = { weights: [0.3, 0.2], bias: -0.4 };
export const or = { weights: [7, 5], bias: -1 };
export const not = { weights: [-20], bias: 10 };

/** By the two sums: 01 and 10 together weigh as much as 00 and 11. */
export function wrongForXor([w1, w2]: number[], bias: number): number[] {
  if (bias > 0) return [0, 0];
  if (bias + w1 <= 0) return [1, 0];
  if (bias + w2 <= 0) return [0, 1];
  return [1, 1]; // then w1 + w2 + bias > −bias >= 0
}

// "not both" and "at least one", joined by AND.
export const xor = {
  hidden: [{ weights: [-1, -1], bias: 1.5 }, or],
  output: and,
};
