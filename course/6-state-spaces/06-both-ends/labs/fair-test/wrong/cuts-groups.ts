// fails: group 0 is cut in two
/** The share of places with the same letter. */
export function identity(a: string, b: string): number {
  return [...a].filter((letter, i) => letter === b[i]).length / a.length;
}

/** The number of its group for each chain. */
export function clusters(chains: string[], limit: number): number[] {
  const groups = chains.map(() => -1);
  let next = 0;
  chains.forEach((_, first) => {
    if (groups[first] >= 0) return;
    const walk = [first];
    groups[first] = next;
    for (const at of walk) {
      chains.forEach((chain, i) => {
        if (groups[i] < 0 && identity(chain, chains[at]) >= limit) {
          groups[i] = next;
          walk.push(i);
        }
      });
    }
    next++;
  });
  return groups;
}

/** Whole groups on one side. */
export function split(groups: number[], share: number): { train: number[]; test: number[] } {
  const test: number[] = [];
  for (let group = 0; test.length < share * groups.length && group <= Math.max(...groups); group++) {
    groups.forEach((own, i) => { if (own === group && test.length < share * groups.length) test.push(i); });
  }
  test.sort((a, b) => a - b);
  return { train: groups.map((_, i) => i).filter((i) => !test.includes(i)), test };
}

/** The share right, and of each class the share found. */
export function q3(said: number[], truth: number[]): { all: number; recall: number[] } {
  const right = (places: number[]): number =>
    (places.length === 0 ? 0 : places.filter((i) => said[i] === truth[i]).length / places.length);
  const places = truth.map((_, i) => i);
  return { all: right(places), recall: [0, 1, 2].map((kind) => right(places.filter((i) => truth[i] === kind))) };
}
