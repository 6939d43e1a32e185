export interface Cell { Wx: number[][]; Wh: number[][]; b: number[] }

/** One unit after the other. */
export function lstmCell(p: Cell, x: number[], h: number[], c: number[]): { h: number[]; c: number[] } {
  const H = c.length, made: { h: number[]; c: number[] } = { h: [], c: [] };
  for (let j = 0; j < H; j++) {
    const [i, f, g, o] = [0, 1, 2, 3].map((gate) => {
      const row = gate * H + j;
      let z = p.b[row];
      x.forEach((v, k) => { z += p.Wx[row][k] * v; });
      h.forEach((v, k) => { z += p.Wh[row][k] * v; });
      return gate === 2 ? Math.tanh(z) : 1 / (1 + Math.exp(-z));
    });
    made.c.push(f * c[j] + i * g);
    made.h.push(o * Math.tanh(made.c[j]));
  }
  return made;
}

/** The forget gate may stay open while writing, if the new value is strong; here it shuts. */
export function memory(): Cell {
  return { Wx: [[0, 30], [0, -30], [10, 0], [0, 0]], Wh: [[0], [0], [0], [0]], b: [-15, 15, 0, 5] };
}
