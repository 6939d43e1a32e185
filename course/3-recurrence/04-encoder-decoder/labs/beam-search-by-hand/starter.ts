export type Next = (tokens: number[]) => number[];
export interface Options { end: number; beams: number; length: number; alpha: number }
export interface Hypothesis { tokens: number[]; total: number; score: number }

/** All finished hypotheses, the best score first. */
export function beamSearch(next: Next, { end, beams, length, alpha }: Options): Hypothesis[] {
  const running: { tokens: number[]; total: number }[] = [{ tokens: [], total: 0 }];
  const finished: Hypothesis[] = [];
  return finished;
}
