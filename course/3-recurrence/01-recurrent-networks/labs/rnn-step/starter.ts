export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

/** The next state: tanh(Wx x + Wh h + b). */
export function cell(p: Cell, x: number[], h: number[]): number[] {
  return h;
}

/** The states after each step. */
export function states(p: Cell, xs: number[][], h0: number[]): number[][] {
  return [];
}

/** A unit that remembers the sign of the last push. */
export function latch(): Cell {
  return { Wx: [[1]], Wh: [[1]], b: [0] };
}
