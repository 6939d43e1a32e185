export type Next = (tokens: number[]) => number[];
export interface Options { end: number; beams: number; length: number; alpha: number }
export interface Hypothesis { tokens: number[]; total: number; score: number }

interface Part { tokens: number[]; total: number }
/** Keeps a sorted list of at most `beams`, inserting one candidate at a time. */
function insert(list: Part[], one: Part, beams: number): void {
  let at = list.length;
  while (at > 0 && list[at - 1].total < one.total) at--;
  list.splice(at, 0, one);
  if (list.length > beams) list.pop();
}
/** All finished hypotheses, the best score first. */
export function beamSearch(next: Next, { end, beams, length, alpha }: Options): Hypothesis[] {
  const finished: Hypothesis[] = [];
  let running: Part[] = [{ tokens: [], total: 0 }];
  for (let n = 1; n <= length; n++) {
    const survivors: Part[] = [];
    for (const { tokens, total } of running) {
      const logs = next(tokens);
      for (let token = 0; token < logs.length; token++) {
        if (logs[token] !== -Infinity) insert(survivors, { tokens: tokens.concat(token), total: total +
          logs[token] }, beams);
      }
    }
    const over = (part: Part): boolean => part.tokens.at(-1) === end || n === length;
    for (const part of survivors.filter(over)) finished.push({ ...part, score: part.total / Math.pow(n, alpha) });
    running = survivors.filter((part) => !over(part));
  }
  finished.sort((a, b) => b.score - a.score);
  return finished;
}
