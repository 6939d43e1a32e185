type Activation = (z: number) => number;

/** E[g(z)²] for a standard normal z. */
export function meanSquare(g: Activation): number {
  return 0;
}

/** What to multiply the deviation 1/√n with, so that the signal keeps its size. */
export function gain(g: Activation): number {
  return 0;
}

/** A random matrix, a row for each output. */
export function weights(outputs: number, inputs: number, gain: number, normal: () => number): number[][] {
  return [];
}

/** The root mean square before the first layer and after each. */
export function sizes(layers: number[][][], g: Activation, x: number[]): number[] {
  return [];
}
