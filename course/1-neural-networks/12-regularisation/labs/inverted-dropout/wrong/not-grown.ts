// fails: Multiply what is kept
export interface Dropped {
  output: number[];
  /** What each value was multiplied with. */
  scale: number[];
}

export function dropout(x: number[], p: number, random: () => number, training: boolean): Dropped {
  const scale = x.map(() => {
    if (!training) return 1;
    return random() < p ? 0 : 1;
  });
  return { output: x.map((value, i) => value * scale[i]), scale };
}

export function backward(gradient: number[], scale: number[]): number[] {
  return gradient.map((value, i) => value * scale[i]);
}
