import { tensor, type Tensor } from "gradus";

export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

const next = (p: Cell, x: number[], h: number[]): Tensor =>
  tensor(p.Wx).matmul(tensor(x)).add(tensor(p.Wh).matmul(tensor(h))).add(tensor(p.b)).tanh();

/** The next state, as an array. */
export function cell(p: Cell, x: number[], h: number[]): number[] {
  return Array.from(next(p, x, h).dataSync());
}

/** The states after each step. */
export function states(p: Cell, xs: number[][], h0: number[]): number[][] {
  const found = [h0];
  for (const x of xs) found.push(cell(p, x, found[found.length - 1]));
  return found.slice(1);
}

/** A negative recurrent weight could not do this. */
export function latch(): Cell {
  return { Wx: [[5]], Wh: [[2.5]], b: [0] };
}
