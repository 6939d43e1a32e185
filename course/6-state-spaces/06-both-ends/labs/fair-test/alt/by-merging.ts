export function identity(a: string, b: string): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) count++;
  return count / a.length;
}
export function clusters(chains: string[], limit: number): number[] {
  const leader = chains.map((_, i) => i);
  for (let i = 0; i < chains.length; i++) {
    for (let j = 0; j < i; j++) {
      if (identity(chains[i], chains[j]) < limit || leader[i] === leader[j]) continue;
      const [from, to] = [Math.max(leader[i], leader[j]), Math.min(leader[i], leader[j])];
      leader.forEach((own, k) => { if (own === from) leader[k] = to; });
    }
  }
  const names = [...new Set(leader)];
  return leader.map((own) => names.indexOf(own));
}
export function split(groups: number[], share: number) {
  const taken = new Set<number>(), count = () => groups.filter((own) => taken.has(own)).length;
  for (let group = 0; count() < share * groups.length; group++) taken.add(group);
  const places = groups.map((_, i) => i);
  return { train: places.filter((i) => !taken.has(groups[i])), test: places.filter((i) => taken.has(groups[i])) };
}
export function q3(said: number[], truth: number[]) {
  const found = [0, 0, 0], there = [0, 0, 0];
  truth.forEach((kind, i) => {
    there[kind]++;
    if (said[i] === kind) found[kind]++;
  });
  return { all: (found[0] + found[1] + found[2]) / truth.length, recall: found.map((n, k) => n / Math.max(1,
    there[k])) };
}
