// fails: stands outside of the reset
export interface Cell { Wx: number[][]; Wh: number[][]; bx: number[]; bh: number[] }
export type Form = "before" | "after";

const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** The next state, in either form. Rows: reset, update, candidate. */
export function gruCell({ Wx, Wh, bx, bh }: Cell, x: number[], h: number[], form: Form): number[] {
  const H = h.length, fromInput = (k: number): number => dot(Wx[k], x) + bx[k];
  const fromState = (k: number, state: number[]): number => dot(Wh[k], state) + bh[k];
  const gate = (first: number): number[] => h.map((_, j) => sigmoid(fromInput(first + j) + fromState(first + j, h)));
  const r = gate(0), z = gate(H), reset = h.map((v, j) => r[j] * v);
  const n = h.map((_, j) => {
    const row = 2 * H + j;
    return Math.tanh(fromInput(row) + (form === "before" ? fromState(row, reset) : r[j] * (fromState(row, h) - bh[row]) + bh[row]));
  });
  return h.map((v, j) => (1 - z[j]) * n[j] + z[j] * v);
}

/** One unit that keeps its state. */
export function keeps(_form: Form): Cell {
  return { Wx: [[0], [0], [0]], Wh: [[0], [0], [0]], bx: [0, 12, 0], bh: [0, 0, 0] };
}
