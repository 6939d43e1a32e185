import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { matmul } from "../ops/contract.ts";
import { zeros } from "../ops/create.ts";
import { add, mul, sub } from "../ops/elementwise.ts";
import { scan } from "../ops/loop.ts";
import { concat, narrow, select, squeeze, stack, unsqueeze } from "../ops/movement.ts";
import { eye, tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { expm } from "./functions.ts";
import { solve } from "./solve.ts";

/**
 * State spaces with a full matrix, to see what S4 and Mamba begin with: h'(t) = A h(t) + B x(t), y(t) = C h(t), one
 * input and one output. `nn`'s F.discretizeDiagonal and its companions are the same for diagonal A, as models use them.
 */
export interface DenseStateSpace {
  /** (n, n). */
  readonly A: Tensor;
  /** (n). */
  readonly B: Tensor;
}

function checkSize(name: string, size: number): void {
  if (!(Number.isInteger(size) && size > 0)) throw new UsageError(`${name}: a state of ${size} has no matrix`);
}
/** An f64 tensor (n) or (n, n) of a function of its indices. */
const row = (size: number, f: (n: number) => number): Tensor =>
  tensor(Float64Array.from({ length: size }, (_, n) => f(n)));
const square = (size: number, f: (n: number, k: number) => number): Tensor =>
  tensor(Float64Array.from({ length: size * size }, (_, i) => f(Math.floor(i / size), i % size)),
    { shape: [size, size] });

/**
 * HiPPO-LegS, f64: the state that holds the past as Legendre polynomials, all of it with equal weight.
 *
 * A[n, k] = -sqrt((2 n + 1) (2 k + 1)) below the diagonal, -(n + 1) on it, 0 above; B[n] = sqrt(2 n + 1). Gu, Dao,
 * Ermon, Rudra, Ré, "HiPPO: recurrent memory with optimal polynomial projections", NeurIPS 2020, equation 2, without
 * its 1 / t, as S4 uses it.
 */
export function hippo(size: number): DenseStateSpace {
  checkSize("hippo", size);
  const entry = (n: number, k: number): number =>
    n > k ? -Math.sqrt((2 * n + 1) * (2 * k + 1)) : n === k ? -(n + 1) : 0;
  return { A: square(size, entry), B: row(size, (n) => Math.sqrt(2 * n + 1)) };
}
/**
 * HiPPO-LegS as a normal matrix less one of rank 1: A = normal - P P^T with P[n] = sqrt(n + 1/2); f64.
 *
 * The normal part is -1/2 I and a skew matrix, so its eigenvalues are -1/2 + i w and its eigenvectors are orthogonal:
 * S4 keeps both parts, S4D the first alone. Gu, Goel, Ré 2022, theorem 1; Gu, Gupta, Goel, Ré 2022, section 3.3.
 */
export function hippoNormal(size: number): { readonly normal: Tensor; readonly P: Tensor } {
  const P = row(size, (n) => Math.sqrt(n + 0.5)), outer = mul(unsqueeze(P, 1), unsqueeze(P, 0));
  return { normal: add(hippo(size).A, outer), P };
}

/**
 * The model at steps of length dt: h[t] = A' h[t-1] + B' x[t].
 *
 * Zero-order hold: A' = e^(dt A), B' = A^-1 (e^(dt A) - 1) B, both from one exponential of (A B; 0 0), which serves a
 * singular A too. Bilinear: A' = (1 - dt A / 2)^-1 (1 + dt A / 2), B' = (1 - dt A / 2)^-1 dt B. A (n, n), B (n).
 */
export function discretize(
  { A, B }: DenseStateSpace, dt: number, method: "zeroOrderHold" | "bilinear" = "zeroOrderHold",
): DenseStateSpace {
  const n = A.shape[0];
  if (A.shape.length !== 2 || A.shape[1] !== n || B.shape.length !== 1 || B.shape[0] !== n) {
    throw new ShapeError(`discretize: A is ${formatShape(A.shape)} and B ${formatShape(B.shape)}; they must be ` +
      "(n, n) and (n)");
  }
  if (method === "zeroOrderHold") {
    const above = concat([A, unsqueeze(B, 1)], 1);                          // (n, n + 1)
    const whole = expm(mul(concat([above, zeros([1, n + 1], A.dtype)], 0), dt));
    return { A: narrow(narrow(whole, 0, 0, n), 1, 0, n), B: narrow(select(whole, 1, n), 0, 0, n) };
  }
  const half = mul(A, dt / 2), one = eye(n, n, A.dtype), below = sub(one, half);
  return { A: solve(below, add(one, half)), B: squeeze(solve(below, unsqueeze(mul(B, dt), 1)), 1) };
}
/** y[t] = C h[t] of a discrete model, step by step from h = 0: x (t), C (n), result (t). */
export function simulate({ A, B }: DenseStateSpace, C: Tensor, x: Tensor): Tensor {
  const { results } = scan([zeros([A.shape[0]], A.dtype)], [x], [A, B, C], ([h], [now], [a, b, c]) => {
    const next = add(squeeze(matmul(a, unsqueeze(h, 1)), 1), mul(b, now));
    return { carries: [next], results: [next.mul(c).sum()] };
  });
  return results[0];
}
/** What a discrete model answers to a single 1: K[l] = C A^l B, result (length); y is x convolved with it. */
export function impulseResponse({ A, B }: DenseStateSpace, C: Tensor, length: number): Tensor {
  const rows: Tensor[] = [];
  let h = unsqueeze(B, 1);                                                  // (n, 1): A^l B
  for (let l = 0; l < length; l++) {
    rows.push(squeeze(matmul(unsqueeze(C, 0), h)));
    h = matmul(A, h);
  }
  return stack(rows);
}
