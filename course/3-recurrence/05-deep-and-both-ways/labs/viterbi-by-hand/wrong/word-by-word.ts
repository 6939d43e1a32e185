// fails: takes the highest score of each word for itself
/** The score of one sequence of tags. */
export function pathScore(emissions: number[][], transitions: number[][], tags: number[]): number {
  return tags.reduce((sum, k, t) => sum + emissions[t][k] + (t === 0 ? 0 : transitions[tags[t - 1]][k]), 0);
}

/** The tags with the highest score. */
export function viterbi(emissions: number[][], transitions: number[][]): number[] {
  return emissions.map((row) => row.indexOf(Math.max(...row)));
}

/** ln of the sum of e^score over all sequences. */
export function logPartition(emissions: number[][], transitions: number[][]): number {
  const logSum = (values: number[]): number => {
    const most = Math.max(...values);
    return most === -Infinity ? most : most + Math.log(values.reduce((sum, v) => sum + Math.exp(v - most), 0));
  };
  let scores = emissions[0];
  for (const own of emissions.slice(1)) {
    const last = scores;
    scores = own.map((v, j) => v + logSum(last.map((score, i) => score + transitions[i][j])));
  }
  return logSum(scores);
}
