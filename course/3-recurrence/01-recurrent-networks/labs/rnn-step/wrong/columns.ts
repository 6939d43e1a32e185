// fails: read by columns
export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

/** The next state: tanh(Wx x + Wh h + b). */
export function cell({ Wx, Wh, b }: Cell, x: number[], h: number[]): number[] {
  return b.map((bias, i) => Math.tanh(dot(Wx[i], x) + dot(Wh.map((row) => row[i]), h) + bias));
}

/** The states after each step. */
export function states(p: Cell, xs: number[][], h0: number[]): number[][] {
  let h = h0;
  return xs.map((x) => (h = cell(p, x, h)));
}

/** A unit that remembers the sign of the last push. */
export function latch(): Cell {
  return { Wx: [[4]], Wh: [[2]], b: [0] };
}
