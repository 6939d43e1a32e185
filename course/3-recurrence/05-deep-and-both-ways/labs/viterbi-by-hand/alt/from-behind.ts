/** The score of one sequence of tags. */
export function pathScore(emissions: number[][], transitions: number[][], tags: number[]): number {
  let sum = 0;
  for (let t = 0; t < tags.length; t++) {
    sum += emissions[t][tags[t]];
    if (t > 0) sum += transitions[tags[t - 1]][tags[t]];
  }
  return sum;
}

/** The best that can still follow each tag, from the end; then forward along the best choices. */
export function viterbi(emissions: number[][], transitions: number[][]): number[] {
  const T = emissions.length, K = transitions.length;
  const rest: number[][] = emissions.map((row) => row.map(() => 0));
  for (let t = T - 2; t >= 0; t--) {
    for (let i = 0; i < K; i++) {
      rest[t][i] = Math.max(...emissions[t + 1].map((v, j) => transitions[i][j] + v + rest[t + 1][j]));
    }
  }
  const tags: number[] = [];
  for (let t = 0; t < T; t++) {
    const options = emissions[t].map((v, j) => v + rest[t][j] + (t === 0 ? 0 : transitions[tags[t - 1]][j]));
    tags.push(options.indexOf(Math.max(...options)));
  }
  return tags;
}

/** The same from the end, with sums. */
export function logPartition(emissions: number[][], transitions: number[][]): number {
  const plus = (a: number, b: number): number => {
    const most = Math.max(a, b);
    return most === -Infinity ? most : most + Math.log1p(Math.exp(-Math.abs(a - b)));
  };
  let rest = emissions[0].map(() => 0);
  for (let t = emissions.length - 1; t > 0; t--) {
    const later = rest;
    rest = transitions.map((row) => row.map((A, j) => A + emissions[t][j] + later[j]).reduce(plus, -Infinity));
  }
  return emissions[0].map((v, k) => v + rest[k]).reduce(plus, -Infinity);
}
