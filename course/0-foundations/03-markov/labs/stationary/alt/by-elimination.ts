export const pathChance = (moves: number[][], path: number[]): number => {
  let product = 1;
  for (let i = 1; i < path.length; i++) product *= moves[path[i - 1]][path[i]];
  return product;
};

export const step = (p: number[], moves: number[][]): number[] => {
  const next = new Array<number>(p.length).fill(0);
  p.forEach((share, i) => moves[i].forEach((move, j) => {
    next[j] += share * move;
  }));
  return next;
};

export const after = (p: number[], moves: number[][], steps: number): number[] =>
  (steps === 0 ? [...p] : after(step(p, moves), moves, steps - 1));

/** Solves p (P − I) = 0 with the last equation replaced by "they add up to 1". */
export function stationary(moves: number[][]): number[] {
  const n = moves.length;
  const a = moves.map((_, j) => [...moves.map((row, i) => (j === n - 1 ? 1 : row[j] - (i === j ? 1 : 0))),
    j === n - 1 ? 1 : 0]);
  for (let c = 0; c < n; c++) {
    let best = c;
    for (let r = c; r < n; r++) if (Math.abs(a[r][c]) > Math.abs(a[best][c])) best = r;
    [a[c], a[best]] = [a[best], a[c]];
    for (let r = 0; r < n; r++) {
      if (r === c) continue;
      const factor = a[r][c] / a[c][c];
      for (let k = c; k <= n; k++) a[r][k] -= factor * a[c][k];
    }
  }
  return a.map((row, i) => row[n] / row[i]);
}
