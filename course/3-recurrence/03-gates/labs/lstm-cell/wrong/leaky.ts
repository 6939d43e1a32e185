// fails: it has faded
export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** One step: the next hidden state and cell. */
export function lstmCell({ Wx, Wh, b }: Cell, x: number[], h: number[], c: number[]): { h: number[]; c: number[] } {
  const H = h.length, z = b.map((bias, k) => dot(Wx[k], x) + dot(Wh[k], h) + bias);
  const piece = (k: number): number[] => z.slice(k * H, (k + 1) * H);
  const i = piece(0).map(sigmoid), f = piece(1).map(sigmoid), g = piece(2).map(Math.tanh), o = piece(3).map(sigmoid);
  const next = c.map((v, j) => f[j] * v + i[j] * g[j]);
  return { h: next.map((v, j) => o[j] * Math.tanh(v)), c: next };
}

/** One unit that stores the sign of x[0] while x[1] is 1. Rows: input, forget, candidate, output. */
export function memory(): Cell {
  return { Wx: [[0, 20], [0, -20], [5, 0], [0, 0]], Wh: [[0], [0], [0], [0]], b: [-10, 2, 0, 10] };
}
