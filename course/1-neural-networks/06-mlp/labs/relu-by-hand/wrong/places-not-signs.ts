// fails: The tent with a =
export interface Network { w1: number[][]; b1: number[]; w2: number[]; b2: number }

/** How many ones there are, less two for each beyond the first. */
export const xor: Network = { w1: [[1, 1], [1, 1]], b1: [0, -1], w2: [1, -2], b2: 0 };

/** Up by one, down by two from one on, up by two from two on. */
export const parity: Network = { w1: [[1, 1, 1], [1, 1, 1], [1, 1, 1]], b1: [0, -1, -2], w2: [1, -2, 2], b2: 0 };

/** One input: 0 up to a, the height at b, 0 again from c on. */
export function tent(a: number, b: number, c: number, height: number): Network {
  // Each unit bends the line at its own place: the slopes are 0, then up, then down, then 0.
  const up = height / (b - a), down = height / (c - b);
  return { w1: [[1], [1], [1]], b1: [a, b, c], w2: [up, -up - down, down], b2: 0 };
}
