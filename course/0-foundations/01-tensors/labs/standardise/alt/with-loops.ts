import { tensor, type Tensor } from "gradus";

export function standardise(x: Tensor): Tensor {
  const rows = x.arraySync() as number[][], n = rows.length, result = rows.map((row) => [...row]);
  for (let j = 0; j < rows[0].length; j++) {
    let mean = 0, variance = 0;
    for (const row of rows) mean += row[j] / n;
    for (const row of rows) variance += (row[j] - mean) ** 2 / n;
    const spread = variance < 1e-12 ? 1 : Math.sqrt(variance);
    for (const row of result) row[j] = (row[j] - mean) / spread;
  }
  return tensor(result);
}

export function distances(a: Tensor, b: Tensor): Tensor {
  const [p, q] = [a.arraySync() as number[][], b.arraySync() as number[][]];
  return tensor(p.map((row) => q.map((other) => row.reduce((sum, v, k) => sum + (v - other[k]) ** 2, 0))));
}
