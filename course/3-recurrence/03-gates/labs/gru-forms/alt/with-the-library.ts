import { nn, noGrad, tensor } from "gradus";

export interface Cell { Wx: number[][]; Wh: number[][]; bx: number[]; bh: number[] }
export type Form = "before" | "after";

/** The library's cell with these weights. */
export function gruCell(p: Cell, x: number[], h: number[], form: Form): number[] {
  const cell = new nn.GRUCell(x.length, h.length, { resetAfter: form === "after" });
  cell.weight_ih.assign(tensor(p.Wx));
  cell.weight_hh.assign(tensor(p.Wh));
  cell.bias_ih!.assign(tensor(p.bx));
  cell.bias_hh!.assign(tensor(p.bh));
  return Array.from(noGrad(() => cell.forward(tensor(x), tensor(h))).dataSync());
}

/** The update gate may get its opening from either bias. */
export function keeps(): Cell {
  return { Wx: [[1], [0.5], [1]], Wh: [[1], [0], [1]], bx: [0, 0, 0], bh: [0, 14, 0] };
}
