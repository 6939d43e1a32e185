export interface Network { w1: number[][]; b1: number[]; w2: number[]; b2: number }

/** Two inputs, two hidden units. */
export const xor: Network = { w1: [[0, 0], [0, 0]], b1: [0, 0], w2: [0, 0], b2: 0 };

/** Three inputs, at most three hidden units. */
export const parity: Network = { w1: [[0, 0, 0]], b1: [0], w2: [0], b2: 0 };

/** One input: 0 up to a, the height at b, 0 again from c on. */
export function tent(a: number, b: number, c: number, height: number): Network {
  return { w1: [[0]], b1: [0], w2: [0], b2: 0 };
}
