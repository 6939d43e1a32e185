/** The maximum, ln of the sum of e^s, and the mean so far: nothing has to be divided at the end. */
interface Running { log: number; mean: number[] }

export const empty = (e: number): Running => ({ log: -Infinity, mean: Array.from({ length: e }, () => 0) });

/** ln(e^a + e^b). */
function logAdd(a: number, b: number): number {
  const m = Math.max(a, b);
  return m === -Infinity ? m : m + Math.log(Math.exp(a - m) + Math.exp(b - m));
}
export function join(a: Running, b: Running): Running {
  const log = logAdd(a.log, b.log);
  if (log === -Infinity) return a;
  const share = Math.exp(b.log - log);
  return { log, mean: a.mean.map((v, i) => v + share * (b.mean[i] - v)) };
}
/** One key at a time. */
export const read = (state: Running, scores: number[], values: number[][]): Running =>
  scores.reduce((now, log, j) => join(now, { log, mean: values[j] }), state);

export const finish = (state: Running): number[] => state.mean;

export function attend(Q: number[][], K: number[][], V: number[][], block: number): number[][] {
  const blocks = Array.from({ length: Math.ceil(K.length / block) }, (_, i) => i * block);
  return Q.map((q) => finish(blocks.reduce((state, first) => {
    const rows = K.slice(first, first + block);
    return read(state, rows.map((k) => k.reduce((sum, v, i) => sum + v * q[i], 0) / q.length ** 0.5),
      V.slice(first, first + block));
  }, empty(V[0].length))));
}
