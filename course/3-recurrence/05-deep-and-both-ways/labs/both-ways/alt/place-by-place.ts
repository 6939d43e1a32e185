export type Step = (h: number[], x: number[]) => number[];

/** With loops: a row of zeros, written into from both ends. */
export function bothWays(
  forward: Step, backward: Step, batch: number[][][], lengths: number[], H: number,
): number[][][] {
  const states: number[][][] = [];
  for (let b = 0; b < batch.length; b++) {
    const rows = batch[b].map(() => new Array<number>(2 * H).fill(0));
    let left = new Array<number>(H).fill(0), right = [...left];
    for (let t = 0; t < lengths[b]; t++) {
      left = forward(left, batch[b][t]);
      for (let j = 0; j < H; j++) rows[t][j] = left[j];
    }
    for (let t = lengths[b] - 1; t >= 0; t--) {
      right = backward(right, batch[b][t]);
      for (let j = 0; j < H; j++) rows[t][H + j] = right[j];
    }
    states.push(rows);
  }
  return states;
}

export function summary(states: number[][][], lengths: number[]): number[][] {
  return lengths.map((length, b) => states[b][0].map((v, j) =>
    (j < states[b][0].length / 2 ? states[b][length - 1][j] : v)));
}
