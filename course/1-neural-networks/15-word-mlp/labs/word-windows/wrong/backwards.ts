// fails: right but backwards
interface Sizes { V: number; n: number; m: number; h: number }

/** Every word that has n - 1 words before it, with these. */
export function windows(ids: number[], n: number): { contexts: number[][]; targets: number[] } {
  const contexts: number[][] = [], targets: number[] = [];
  for (let at = n - 1; at < ids.length; at++) {
    contexts.push(ids.slice(at - n + 1, at).reverse());
    targets.push(ids[at]);
  }
  return { contexts, targets };
}

/** How many numbers the network learns. */
export function parameterCount({ V, n, m, h }: Sizes): number {
  const table = V * m, hidden = h * (n - 1) * m + h, output = V * h + V;
  return table + hidden + output;
}
