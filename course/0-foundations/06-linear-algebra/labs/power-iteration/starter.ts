/** The product of a matrix and a vector. */
export function apply(a: number[][], x: number[]): number[] {
  return x;
}

/** A times x, made one long; x itself where A times x is zero. */
export function step(a: number[][], x: number[]): number[] {
  return x;
}

/** (x · Ax) / (x · x). */
export function rayleigh(a: number[][], x: number[]): number {
  return 0;
}

/** The eigenvalue of largest magnitude and its direction, after some steps. */
export function dominant(a: number[][], start: number[], steps: number): { value: number; vector: number[] } {
  return { value: 0, vector: start };
}
