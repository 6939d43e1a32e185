// fails: the old sums must shrink to fit
/** The largest score so far, the sum of e^(s - m), and the same sum of values. */
export interface State { m: number; sum: number; mix: number[] }

/** Nothing read yet. */
export function empty(e: number): State {
  return { m: -Infinity, sum: 0, mix: new Array<number>(e).fill(0) };
}

/** One more block. */
export function read(state: State, scores: number[], values: number[][]): State {
  const m = Math.max(...scores), powers = m === -Infinity ? scores.map(() => 0) : scores.map((s) => Math.exp(s - m));
  return join(state, { m, sum: powers.reduce((a, b) => a + b, 0),
    mix: state.mix.map((_, i) => powers.reduce((total, p, j) => total + p * values[j][i], 0)) });
}

/** Both parts, brought to the larger of their maxima. */
export function join(a: State, b: State): State {
  const m = Math.max(a.m, b.m);
  if (m === -Infinity) return a;
  const x = Math.exp(a.m - m), y = Math.exp(b.m - m);
  return { m, sum: a.sum + b.sum * y, mix: a.mix.map((v, i) => v + b.mix[i] * y) };
}

/** The mean of all values read. */
export function finish({ sum, mix }: State): number[] {
  return mix.map((v) => v / sum);
}

/** Attention, `block` keys at a time. */
export function attend(Q: number[][], K: number[][], V: number[][], block: number): number[][] {
  return Q.map((q) => {
    let state = empty(V[0].length);
    for (let first = 0; first < K.length; first += block) {
      const scores = K.slice(first, first + block)
        .map((k) => k.reduce((total, v, i) => total + v * q[i], 0) / Math.sqrt(q.length));
      state = read(state, scores, V.slice(first, first + block));
    }
    return finish(state);
  });
}
