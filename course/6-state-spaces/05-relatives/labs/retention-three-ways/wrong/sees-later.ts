// fails: Later tokens must not be seen
type Rows = number[][];
const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** By the table of all pairs. */
export function parallel(q: Rows, k: Rows, v: Rows, fade: number): Rows {
  return q.map((query, t) => v[0].map((_, p) => {
    let sum = 0;
    for (let s = 0; s < q.length; s++) sum += fade ** Math.abs(t - s) * dot(query, k[s]) * v[s][p];
    return sum;
  }));
}

/** By a state that walks along. */
export function recurrent(q: Rows, k: Rows, v: Rows, fade: number): Rows {
  let state = k[0].map(() => v[0].map(() => 0));
  return q.map((query, t) => {
    state = state.map((row, n) => row.map((value, p) => fade * value + k[t][n] * v[t][p]));
    return v[0].map((_, p) => state.reduce((sum, row, n) => sum + row[p] * query[n], 0));
  });
}

/** By tables inside chunks, and a state between them. */
export function chunked(q: Rows, k: Rows, v: Rows, fade: number, size: number): Rows {
  const made: Rows = [];
  let state = k[0].map(() => v[0].map(() => 0));
  for (let from = 0; from < q.length; from += size) {
    const [Q, K, V] = [q, k, v].map((rows) => rows.slice(from, from + size));
    const length = Q.length, before = state;
    const inside = parallel(Q, K, V, fade);
    made.push(...inside.map((row, i) => row.map((value, p) =>
      value + fade ** (i + 1) * before.reduce((sum, line, n) => sum + line[p] * Q[i][n], 0))));
    state = before.map((row, n) => row.map((value, p) => fade ** length * value +
      K.reduce((sum, key, i) => sum + fade ** (length - 1 - i) * key[n] * V[i][p], 0)));
  }
  return made;
}
