// fails: At padded places your states are
export type Step = (h: number[], x: number[]) => number[];

/** States of every place, from the left and from the right: (B, T, 2H). */
export function bothWays(
  forward: Step, backward: Step, batch: number[][][], lengths: number[], H: number,
): number[][][] {
  const read = (step: Step, inputs: number[][]): number[][] => {
    let h: number[] = new Array<number>(H).fill(0);
    return inputs.map((x) => (h = step(h, x)));
  };
  return batch.map((sequence, b) => {
    const real = sequence.slice(0, lengths[b]);
    const left = read(forward, sequence), right = read(backward, [...real].reverse()).reverse();
    return sequence.map((_, t) => ([...left[t], ...(right[t] ?? new Array<number>(H).fill(0))]));
  });
}

/** What each reader knows at its own end: (B, 2H). */
export function summary(states: number[][][], lengths: number[]): number[][] {
  return states.map((sequence, b) => {
    const H = sequence[0].length / 2;
    return [...sequence[lengths[b] - 1].slice(0, H), ...sequence[0].slice(H)];
  });
}
