// fails: the last word of a text is a target too
interface Sizes { V: number; n: number; m: number; h: number }

/** Every word that has n - 1 words before it, with these. */
export function windows(ids: number[], n: number): { contexts: number[][]; targets: number[] } {
  const contexts: number[][] = [], targets: number[] = [];
  for (let at = n - 1; at < ids.length - 1; at++) {
    contexts.push(ids.slice(at - n + 1, at));
    targets.push(ids[at]);
  }
  return { contexts, targets };
}

/** How many numbers the network learns. */
export function parameterCount({ V, n, m, h }: Sizes): number {
  const table = V * m, hidden = h * (n - 1) * m + h, output = V * h + V;
  return table + hidden + output;
}
