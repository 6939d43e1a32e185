export interface Cell { Wx: number[][]; Wh: number[][]; bx: number[]; bh: number[] }
export type Form = "before" | "after";

/** All gates first, then each unit. */
export function gruCell(p: Cell, x: number[], h: number[], form: Form): number[] {
  const H = h.length, sum = (row: number[], v: number[]): number => row.reduce((total, w, k) => total + w * v[k], 0);
  const open = (row: number): number =>
    1 / (1 + Math.exp(-(sum(p.Wx[row], x) + p.bx[row] + sum(p.Wh[row], h) + p.bh[row])));
  const reset = h.map((_, j) => open(j));
  return h.map((old, j) => {
    const row = 2 * H + j, z = open(H + j), own = sum(p.Wx[row], x) + p.bx[row];
    const past = form === "before" ? sum(p.Wh[row], h.map((v, k) => v * reset[k])) + p.bh[row]
      : reset[j] * (sum(p.Wh[row], h) + p.bh[row]);
    const fresh = Math.tanh(own + past);
    return fresh + z * (old - fresh);
  });
}

/** A wide open update gate. */
export function keeps(): Cell {
  return { Wx: [[0], [0], [2]], Wh: [[0], [0], [0]], bx: [0, 10, 0], bh: [0, 10, 0] };
}
