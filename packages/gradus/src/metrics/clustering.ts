import { confusionMatrix } from "./classification.ts";
import { average, distinct, ratio, rowsOf, sameLength, total, valuesOf, type Rows, type Values } from "./input.ts";

/**
 * Mean of (b - a) / max(a, b): a the mean distance to the others of the own cluster, b to the nearest other cluster; 0
 * for a cluster of one. Rousseeuw 1987.
 */
export function silhouette(points: Rows, labels: Values): number {
  const rows = rowsOf(points), own = valuesOf(labels);
  sameLength("silhouette", own.length, rows.length);
  const clusters = distinct(own).map((label) => [...own.keys()].filter((i) => own[i] === label));
  const distance = (i: number, j: number): number => Math.sqrt(total(rows[i].map((v, k) => (v - rows[j][k]) ** 2)));
  return average(rows.map((_, i) => {
    const to = (members: readonly number[], count: number): number => total(members.map((j) => distance(i, j))) / count;
    const home = clusters.find((members) => members.includes(i))!;
    if (home.length === 1) return 0;
    const a = to(home, home.length - 1);
    const b = Math.min(...clusters.filter((members) => members !== home).map((members) => to(members, members.length)));
    return ratio(b - a, Math.max(a, b));
  }));
}

/** How often each label of one series meets each of the other; with the sums. */
function table(a: Values, b: Values): { cells: number[][]; rows: number[]; columns: number[]; all: number } {
  const [x, y] = [valuesOf(a), valuesOf(b)];
  const left = distinct(x), right = distinct(y);
  // Labels by their places, the second series after the first, so that the corner of the matrix is the table.
  const counts = confusionMatrix(x.map((v) => left.indexOf(v)), y.map((v) => left.length + right.indexOf(v)),
    { classes: Array.from({ length: left.length + right.length }, (_, i) => i) });
  const cells = counts.slice(0, left.length).map((row) => row.slice(left.length));
  const columns = right.map((_, j) => total(cells.map((row) => row[j])));
  return { cells, rows: cells.map(total), columns, all: x.length };
}
/** Pairs that two partitions treat alike, beyond chance: 1 for equal ones, about 0 for random ones. Hubert and Arabie
 * 1985. */
export function adjustedRand(a: Values, b: Values): number {
  const { cells, rows, columns, all } = table(a, b);
  const pairs = (counts: readonly number[]): number => total(counts.map((n) => n * (n - 1) / 2));
  const both = pairs(cells.flat()), x = pairs(rows), y = pairs(columns);
  const chance = x * y / (all * (all - 1) / 2);
  return ratio(both - chance, (x + y) / 2 - chance, 1);
}
/** sum p(x, y) ln(p(x, y) / p(x) p(y)): what one partition says about the other, in nats. */
export function mutualInformation(a: Values, b: Values): number {
  const { cells, rows, columns, all } = table(a, b);
  return total(cells.flatMap((row, i) =>
    row.map((n, j) => (n === 0 ? 0 : n / all * Math.log(n * all / (rows[i] * columns[j]))))));
}
/** Mutual information over the mean of both entropies. */
export function normalizedMutualInformation(a: Values, b: Values): number {
  const { rows, columns, all } = table(a, b);
  const entropy = (counts: readonly number[]): number => -total(counts.map((n) => n / all * Math.log(n / all)));
  return ratio(mutualInformation(a, b), (entropy(rows) + entropy(columns)) / 2, 1);
}
