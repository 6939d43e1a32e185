export interface Dropped {
  output: number[];
  /** What each value was multiplied with. */
  scale: number[];
}

export function dropout(x: number[], p: number, random: () => number, training: boolean): Dropped {
  return { output: x, scale: x };
}

export function backward(gradient: number[], scale: number[]): number[] {
  return gradient;
}
