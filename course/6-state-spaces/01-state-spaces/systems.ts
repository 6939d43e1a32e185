/** Continuous systems dx/dt = A x + B u, y = C x, and what one step of time makes of them. */
import { concat, eye, linalg, tensor, zeros, type Tensor } from "gradus";

export const METHODS = ["hold", "bilinear", "Euler"] as const;
export type Method = (typeof METHODS)[number];
/** x[t] = A x[t-1] + B u[t]: A (n, n), B (n). */
export interface Discrete { readonly A: number[][]; readonly B: number[] }

/** A system of one input by one of three rules; `A` is n by n, `B` has n numbers, `delta` is the step of time. */
export async function discretise(A: number[][], B: number[], delta: number, method: Method): Promise<Discrete> {
  const n = B.length, a = tensor(A).mul(delta), b = tensor(B.map((v) => [delta * v])), one = eye(n);
  const whole = method === "hold" ? held(a, b) : method === "Euler" ? concat([one.add(a), b], 1)
    : linalg.inv(one.sub(a.mul(0.5))).matmul(concat([one.add(a.mul(0.5)), b], 1));
  const rows = await whole.array() as number[][];
  return { A: rows.map((row) => row.slice(0, n)), B: rows.map((row) => row[n]) };
}
/** [e^a, (e^a - 1) a^-1 b] as the upper rows of one exponential (Van Loan 1978); a need not have an inverse. */
function held(a: Tensor, b: Tensor): Tensor {
  const n = b.shape[0], block = concat([concat([a, b], 1), zeros([1, n + 1])], 0);
  return linalg.expm(block).narrow(0, 0, n);
}

/** A x + B u, in plain numbers: for one step that is shown. */
export const stepped = ({ A, B }: Discrete, x: readonly number[], u: number): number[] =>
  A.map((row, i) => row.reduce((sum, v, k) => sum + v * x[k], B[i] * u));

/** The two eigenvalues of a 2 by 2 matrix, as [real, imaginary]. */
export function eigenvalues([[a, b], [c, d]]: readonly (readonly number[])[]): [number, number][] {
  const half = (a + d) / 2, rest = half * half - (a * d - b * c), root = Math.sqrt(Math.abs(rest));
  return rest >= 0 ? [[half + root, 0], [half - root, 0]] : [[half, root], [half, -root]];
}
