export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

/** One step: the next hidden state and cell. */
export function lstmCell(p: Cell, x: number[], h: number[], c: number[]): { h: number[]; c: number[] } {
  return { h, c };
}

/** One unit that stores the sign of x[0] while x[1] is 1. Rows: input, forget, candidate, output. */
export function memory(): Cell {
  return { Wx: [[0, 0], [0, 0], [0, 0], [0, 0]], Wh: [[0], [0], [0], [0]], b: [0, 0, 0, 0] };
}
