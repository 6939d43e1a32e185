interface Step { a: number; b: number }

export const combine = ({ a: p, b: q }: Step, { a, b }: Step): Step => ({ a: a * p, b: a * q + b });
/** Up a tree of pairs, fours, eights; then down, filling the places between. */
export function rounds(n: number): [number, number][][] {
  const up: [number, number][][] = [], down: [number, number][][] = [];
  for (let by = 1; by < n; by *= 2) {
    const first: [number, number][] = [], second: [number, number][] = [];
    for (let to = 2 * by - 1; to < n; to += 2 * by) first.push([to - by, to]);
    for (let to = 3 * by - 1; to < n; to += 2 * by) second.push([to - by, to]);
    up.push(first);
    down.unshift(second);
  }
  return [...up, ...down].filter((round) => round.length > 0);
}
