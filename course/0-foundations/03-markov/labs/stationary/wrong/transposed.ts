// fails: which is a column
/** The probability of a path, given its first state. */
export function pathChance(moves: number[][], path: number[]): number {
  return path.slice(1).reduce((product, state, i) => product * moves[path[i]][state], 1);
}

/** The distribution after one step. */
export function step(p: number[], moves: number[][]): number[] {
  return p.map((_, j) => p.reduce((sum, share, i) => sum + share * moves[j][i], 0));
}

/** The distribution after some steps. */
export function after(p: number[], moves: number[][], steps: number): number[] {
  let now = p;
  for (let t = 0; t < steps; t++) now = step(now, moves);
  return now;
}

/** The distribution that a step does not change: where the lazy chain settles. */
export function stationary(moves: number[][]): number[] {
  let p = moves.map(() => 1 / moves.length);
  for (let t = 0; t < 5000; t++) {
    const moved = step(p, moves);
    p = p.map((share, i) => (share + moved[i]) / 2);
  }
  return p;
}
