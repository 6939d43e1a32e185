// fails: A length has no sign
const dot = (x: number[], y: number[]): number => x.reduce((sum, value, i) => sum + value * y[i], 0);

/** The product of a matrix and a vector. */
export function apply(a: number[][], x: number[]): number[] {
  return a.map((row) => dot(row, x));
}

/** A times x, made one long; x itself where A times x is zero. */
export function step(a: number[][], x: number[]): number[] {
  const image = apply(a, x), long = Math.sqrt(dot(image, image));
  return long === 0 ? x : image.map((value) => value / long);
}

/** (x · Ax) / (x · x). */
export function rayleigh(a: number[][], x: number[]): number {
  const image = apply(a, x);
  return Math.sqrt(dot(image, image) / dot(x, x));
}

/** The eigenvalue of largest magnitude and its direction, after some steps. */
export function dominant(a: number[][], start: number[], steps: number): { value: number; vector: number[] } {
  let vector = start;
  for (let i = 0; i < steps; i++) vector = step(a, vector);
  return { value: rayleigh(a, vector), vector };
}
