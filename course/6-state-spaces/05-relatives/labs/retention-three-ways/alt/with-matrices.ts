import { tensor, type Tensor } from "gradus";

type Rows = number[][];
const table = (rows: number, fade: number): Tensor => tensor(Array.from({ length: rows }, (_, t) =>
  Array.from({ length: rows }, (__, s) => (s > t ? 0 : fade ** (t - s)))));

export const parallel = (q: Rows, k: Rows, v: Rows, fade: number): Tensor =>
  tensor(q).matmul(tensor(k).T).mul(table(q.length, fade)).matmul(tensor(v));
export async function recurrent(q: Rows, k: Rows, v: Rows, fade: number): Promise<Rows> {
  let state = tensor(k[0].map(() => v[0].map(() => 0)));
  const made: Rows = [];
  for (let t = 0; t < q.length; t++) {
    state = state.mul(fade).add(tensor([k[t]]).T.matmul(tensor([v[t]])));
    made.push((await tensor([q[t]]).matmul(state).array() as Rows)[0]);
  }
  return made;
}
export async function chunked(q: Rows, k: Rows, v: Rows, fade: number, size: number): Promise<Rows> {
  const first = await parallel(q.slice(0, size), k.slice(0, size), v.slice(0, size),
    fade).array() as Rows;
  if (q.length <= size) return first;
  // The rest hears of the first chunk through its last state.
  const state = k.slice(0, size).reduce((sum, key, i) => sum.add(tensor([key]).T.matmul(tensor([v[i]]))
    .mul(fade ** (size - 1 - i))), tensor(k[0].map(() => v[0].map(() => 0))));
  const rest = await chunked(q.slice(size), k.slice(size), v.slice(size), fade, size);
  const heard = await Promise.all(q.slice(size).map(async (query, i) =>
    (await tensor([query]).matmul(state).mul(fade ** (i + 1)).array() as Rows)[0]));
  return [...first, ...rest.map((row, i) => row.map((value, p) => value + heard[i][p]))];
}
