import { oneHot, tensor } from "gradus";

export async function countPairs(ids: number[], size: number): Promise<number[][]> {
  if (ids.length < 2) return Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const before = oneHot(tensor(ids.slice(0, -1), { dtype: "i32" }), size).cast("f32");
  const after = oneHot(tensor(ids.slice(1), { dtype: "i32" }), size).cast("f32");
  return await before.T.matmul(after).array() as number[][];
}

export const probabilities = (counts: number[][]): number[][] => counts.map((row) => {
  const sum = Math.max(1, row.reduce((a, b) => a + b));
  return row.map((count) => count / sum);
});

export const chance = (table: number[][], ids: number[]): number =>
  ids.slice(1).reduce((product, id, i) => product * table[ids[i]][id], 1);
