export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

/** The next state, sum by sum. */
export function cell(p: Cell, x: number[], h: number[]): number[] {
  const next: number[] = [];
  for (let i = 0; i < p.b.length; i++) {
    let z = p.b[i];
    for (let j = 0; j < x.length; j++) z += p.Wx[i][j] * x[j];
    for (let j = 0; j < h.length; j++) z += p.Wh[i][j] * h[j];
    next.push(Math.tanh(z));
  }
  return next;
}

/** The states after each step. */
export function states(p: Cell, xs: number[][], h0: number[]): number[][] {
  const found: number[][] = [];
  for (const x of xs) found.push(cell(p, x, found.length === 0 ? h0 : found[found.length - 1]));
  return found;
}

/** Other numbers with the same two properties. */
export function latch(): Cell {
  return { Wx: [[3.5]], Wh: [[1.5]], b: [0.05] };
}
