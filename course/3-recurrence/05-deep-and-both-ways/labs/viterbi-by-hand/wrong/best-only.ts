// fails: the score of the best sequence alone
/** The score of one sequence of tags. */
export function pathScore(emissions: number[][], transitions: number[][], tags: number[]): number {
  return tags.reduce((sum, k, t) => sum + emissions[t][k] + (t === 0 ? 0 : transitions[tags[t - 1]][k]), 0);
}

/** The tags with the highest score. */
export function viterbi(emissions: number[][], transitions: number[][]): number[] {
  const largest = (values: number[]): number => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
  let scores = emissions[0];
  const from: number[][] = [];
  for (const own of emissions.slice(1)) {
    const reached = own.map((_, j) => scores.map((score, i) => score + transitions[i][j]));
    from.push(reached.map(largest));
    scores = own.map((v, j) => v + Math.max(...reached[j]));
  }
  const tags = [largest(scores)];
  for (const before of from.reverse()) tags.unshift(before[tags[0]]);
  return tags;
}

/** ln of the sum of e^score over all sequences. */
export function logPartition(emissions: number[][], transitions: number[][]): number {
  const logSum = (values: number[]): number => {
    const most = Math.max(...values);
    return most === -Infinity ? most : most;
  };
  let scores = emissions[0];
  for (const own of emissions.slice(1)) {
    const last = scores;
    scores = own.map((v, j) => v + logSum(last.map((score, i) => score + transitions[i][j])));
  }
  return logSum(scores);
}
