export interface Cell { Wx: number[][]; Wh: number[][]; bx: number[]; bh: number[] }
export type Form = "before" | "after";

/** The next state, in either form. Rows: reset, update, candidate. */
export function gruCell(p: Cell, x: number[], h: number[], form: Form): number[] {
  return h;
}

/** One unit that keeps its state. */
export function keeps(form: Form): Cell {
  return { Wx: [[0], [0], [0]], Wh: [[0], [0], [0]], bx: [0, 0, 0], bh: [0, 0, 0] };
}
