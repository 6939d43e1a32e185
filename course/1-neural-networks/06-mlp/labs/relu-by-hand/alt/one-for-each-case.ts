/** A unit for 01 and one for 10; parity by counting zeros; the tent from the right. */
export const xor = { w1: [[1, -1], [-1, 1]], b1: [0, 0], w2: [1, 1], b2: 0 };
export const parity = { w1: [[-1, -1, -1], [-1, -1, -1], [-1, -1, -1]], b1: [3, 2, 1],
  w2: [-1, 2, -2], b2: 1 };
export const tent = (a: number, b: number, c: number, height: number) => ({ w1: [[-1], [-1], [-1]], b1: [c, b, a],
  w2: [height / (c - b), -height / (c - b) - height / (b - a), height / (b - a)], b2: 0 });
