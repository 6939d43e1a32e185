import { chunk, F, tensor } from "gradus";

export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

/** One step with tensors. */
export function lstmCell(p: Cell, x: number[], h: number[], c: number[]): { h: number[]; c: number[] } {
  const z = tensor(p.Wx).matmul(tensor(x)).add(tensor(p.Wh).matmul(tensor(h))).add(tensor(p.b));
  const [i, f, g, o] = chunk(z, 4, 0);
  const next = F.sigmoid(f).mul(tensor(c)).add(F.sigmoid(i).mul(g.tanh()));
  return { h: Array.from(F.sigmoid(o).mul(next.tanh()).dataSync()), c: Array.from(next.dataSync()) };
}

/** Softer gates, and an output gate that follows the forget gate. */
export function memory(): Cell {
  return { Wx: [[0, 16], [0, -18], [3, 0], [0, 1]], Wh: [[0], [0], [0], [0]], b: [-9, 9, 0, 6] };
}
