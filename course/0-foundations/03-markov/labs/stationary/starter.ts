/** The probability of a path, given its first state. */
export function pathChance(moves: number[][], path: number[]): number {
  return 0;
}

/** The distribution after one step. */
export function step(p: number[], moves: number[][]): number[] {
  return p;
}

/** The distribution after some steps. */
export function after(p: number[], moves: number[][], steps: number): number[] {
  return p;
}

/** The distribution that a step does not change. */
export function stationary(moves: number[][]): number[] {
  return moves.map(() => 1 / moves.length);
}
