// fails: Are all candidates in one list
export type Next = (tokens: number[]) => number[];
export interface Options { end: number; beams: number; length: number; alpha: number }
export interface Hypothesis { tokens: number[]; total: number; score: number }

/** All finished hypotheses, the best score first. */
export function beamSearch(next: Next, { end, beams, length, alpha }: Options): Hypothesis[] {
  let running: { tokens: number[]; total: number }[] = [{ tokens: [], total: 0 }];
  const finished: Hypothesis[] = [];
  while (running.length > 0) {
    const best = running.flatMap(({ tokens, total }) => next(tokens)
      .map((logarithm, token) => ({ tokens: [...tokens, token], total: total + logarithm }))
      .filter((one) => one.total > -Infinity).sort((a, b) => b.total - a.total).slice(0, beams));
    running = [];
    for (const { tokens, total } of best) {
      const n = tokens.length;
      if (tokens[n - 1] !== end && n < length) running.push({ tokens, total });
      else finished.push({ tokens, total, score: total / n ** alpha });
    }
  }
  return finished.sort((a, b) => b.score - a.score);
}
