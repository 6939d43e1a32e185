export interface State { m: number; sum: number; mix: Float64Array }

export const empty = (e: number): State => ({ m: -Infinity, sum: 0, mix: new Float64Array(e) });

/** Old sums shrink, then each key is added. */
export function read(state: State, scores: number[], values: number[][]): State {
  const m = Math.max(state.m, ...scores);
  if (m === -Infinity) return state;
  const shrink = Math.exp(state.m - m), mix = state.mix.map((v) => v * shrink);
  let sum = state.sum * shrink;
  scores.forEach((s, j) => {
    const power = Math.exp(s - m);
    sum += power;
    values[j].forEach((v, i) => { mix[i] += power * v; });
  });
  return { m, sum, mix };
}
/** The other part is one key that has b.sum copies. */
export function join(a: State, b: State): State {
  if (b.sum === 0) return a;
  return read(a, [b.m + Math.log(b.sum)], [Array.from(b.mix, (v) => v / b.sum)]);
}
export const finish = ({ sum, mix }: State): number[] => Array.from(mix, (v) => v / sum);

export const attend = (Q: number[][], K: number[][], V: number[][], block: number): number[][] => Q.map((q) => {
  let state = empty(V[0].length);
  for (let at = 0; at < K.length; at += block) {
    const some = K.slice(at, at + block);
    state = read(state, some.map((k) => k.reduce((t, v, i) => t + v * q[i], 0) / Math.sqrt(q.length)),
      V.slice(at, at + some.length));
  }
  return finish(state);
});
