export type Step = (h: number[], x: number[]) => number[];

/** As the library does it: all places are walked, and the state waits where there is nothing to read. */
export function bothWays(
  forward: Step, backward: Step, batch: number[][][], lengths: number[], H: number,
): number[][][] {
  return batch.map((sequence, b) => {
    const places = sequence.map((_, t) => t), here = (t: number): boolean => t < lengths[b];
    const walk = (step: Step, order: number[]): Map<number, number[]> => {
      let h = new Array<number>(H).fill(0);
      return new Map(order.map((t) => {
        if (here(t)) h = step(h, sequence[t]);
        return [t, h];
      }));
    };
    const left = walk(forward, places), right = walk(backward, [...places].reverse());
    return places.map((t) => [...left.get(t)!, ...right.get(t)!].map((v) => (here(t) ? v : 0)));
  });
}

export function summary(states: number[][][], lengths: number[]): number[][] {
  return states.map((rows, b) => {
    const H = rows[0].length / 2, [first, last] = [rows[0], rows[lengths[b] - 1]];
    return first.map((_, j) => (j < H ? last[j] : first[j]));
  });
}
