/** The units of a call that thread `rank` of `threads` runs; see `CALL` in program.ts. Pure: C does the same. */
export function shareOf(
  units: number, from: number, to: number, total: number, rank: number, threads: number,
): [begin: number, end: number] {
  if (total === 0) return rank === 0 ? [0, units] : [0, 0];
  const cut = (point: number): number => {
    if (point <= from) return 0;
    if (point >= to) return units;
    return Math.floor(((point - from) * units) / (to - from));
  };
  return [cut(Math.floor((total * rank) / threads)), cut(Math.floor((total * (rank + 1)) / threads))];
}
