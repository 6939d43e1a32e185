export interface Unit { u: number; w: number; b: number }

/** The states after each step, from h = 0. */
export function states(p: Unit, xs: number[]): number[] {
  return [];
}

/** The slopes of the summed loss. */
export function gradient(p: Unit, xs: number[], ys: number[]): Unit {
  return { u: 0, w: 0, b: 0 };
}

/** The same, with blame that stops at the borders of pieces. */
export function truncated(p: Unit, xs: number[], ys: number[], length: number): Unit {
  return { u: 0, w: 0, b: 0 };
}

/** At most `limit` long, in the same direction. */
export function clip(g: Unit, limit: number): Unit {
  return g;
}
