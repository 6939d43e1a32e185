import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { matmul } from "../ops/contract.ts";
import { tril, triu } from "../ops/indexing.ts";
import { add, exp, mul, neg } from "../ops/elementwise.ts";
import { squeeze, transpose, unsqueeze } from "../ops/movement.ts";
import { zerosLike } from "../ops/create.ts";
import { eye } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { hostOperation } from "./host-operation.ts";
import * as host from "./host/solve.ts";
import { requireSquare } from "./host/matrix.ts";

/** A vector as a column, and the result as a vector again. */
function asColumns(a: Tensor, b: Tensor, run: (b: Tensor) => Tensor): Tensor {
  const wide = b.ndim === a.ndim - 1 ? unsqueeze(b, -1) : b;
  if (wide.shape.at(-2) !== a.shape.at(-2)) {
    throw new ShapeError(`linalg: a right side of shape ${formatShape(b.shape)} does not fit a matrix of ` +
      `${formatShape(a.shape)}; both need as many rows`);
  }
  const x = run(wide);
  return wide === b ? x : squeeze(x, -1);
}

const solveMatrix = hostOperation("solve", (a, b) => [host.solve(a, b)], ([a], [x], [g]) => {
  const back = solveMatrix(transpose(a), g!)[0];
  return [neg(matmul(back, transpose(x))), back];
});
/** x with a x = b: a (..., n, n), b (..., n, k) or (..., n). Throws when a is singular. */
export const solve = (a: Tensor, b: Tensor): Tensor => asColumns(a, b, (wide) => solveMatrix(a, wide)[0]);

const triangular = (upper: boolean): ((...inputs: Tensor[]) => Tensor[]) => {
  const own = hostOperation("solveTriangular", (a, b) => {
    requireSquare("solveTriangular", a);
    return [host.solveTriangular(a, b, upper)];
  }, ([a], [x], [g]) => {
    const back = triangular(!upper)(transpose(a), g!)[0];
    return [(upper ? triu : tril)(neg(matmul(back, transpose(x)))), back];
  });
  return own;
};
const [solveLower, solveUpper] = [triangular(false), triangular(true)];
/** x with a x = b for a triangular matrix; the other half of a is not read. */
export const solveTriangular = (a: Tensor, b: Tensor, options: { readonly upper?: boolean } = {}): Tensor =>
  asColumns(a, b, (wide) => (options.upper === true ? solveUpper : solveLower)(a, wide)[0]);

const inverse = hostOperation("inv", (a) => [host.inverse(a)], (_, [y], [g]) =>
  [neg(matmul(transpose(y), matmul(g!, transpose(y))))]);
/** The inverse of a (..., n, n). Throws when a is singular. */
export const inv = (a: Tensor): Tensor => inverse(a)[0];

const choleskyFactor = hostOperation("cholesky", (a) => [host.cholesky(a)], (_, [l], [g]) => {
  // Murray 2016, "Differentiation of the Cholesky decomposition", equation 10.
  const inner = matmul(transpose(l), tril(g!));
  const half = add(tril(inner, -1), mul(diagonalOf(inner), 0.5));
  const left = solveTriangular(transpose(l), half, { upper: true });
  const full = transpose(solveTriangular(transpose(l), transpose(left), { upper: true }));
  return [mul(add(full, transpose(full)), 0.5)];
});
/** l, lower triangular, with l l^T = a: a (..., n, n) symmetric and positive definite. Cholesky 1910. */
export const cholesky = (a: Tensor): Tensor => choleskyFactor(a)[0];
/** The diagonal of a matrix, as a matrix. */
const diagonalOf = (a: Tensor): Tensor => mul(a, eye(a.shape.at(-1)!, a.shape.at(-1), a.dtype));

const factors = hostOperation("lu", (a) => {
  const { order, l, u } = host.lu(a);
  const p = { rows: a.rows, columns: a.rows, data: new Float64Array(a.rows * a.rows) };
  order.forEach((row, i) => { p.data[row * a.rows + i] = 1; });
  return [p, l, u];
}, ([a], [p, l, u], [, gl, gu]) => {
  const [m, n] = a.shape.slice(-2);
  if (m !== n) throw new ShapeError(`linalg.lu: only square matrices have a gradient, and this one is ${m} x ${n}`);
  const inner = add(tril(matmul(transpose(l), gl ?? zerosLike(l)), -1), triu(matmul(gu ?? zerosLike(u), transpose(u))));
  const right = transpose(solveTriangular(u, transpose(inner), { upper: true }));
  return [matmul(p, solveTriangular(transpose(l), right, { upper: true }))];
});
/** p, l, u with p l u = a: p a permutation, l lower triangular with ones on the diagonal, u upper triangular. */
export const lu = (a: Tensor): readonly [p: Tensor, l: Tensor, u: Tensor] =>
  factors(a) as [Tensor, Tensor, Tensor];

const signAndLog = hostOperation("slogdet", (a) => {
  requireSquare("slogdet", a);
  const { u, sign } = host.lu(a);
  const pivots = Float64Array.from({ length: a.rows }, (_, i) => u.data[i * a.rows + i]);
  return [pivots.reduce((s, v) => s * Math.sign(v), sign), pivots.reduce((sum, v) => sum + Math.log(Math.abs(v)), 0)];
}, ([a], _, [, g]) => [
  g === null ? zerosLike(a) : mul(unsqueeze(unsqueeze(g, -1), -1), transpose(inv(a)))]);
/** The sign of the determinant and ln |det a|: no overflow for large matrices. */
export const slogdet = (a: Tensor): readonly [sign: Tensor, logAbs: Tensor] => signAndLog(a) as [Tensor, Tensor];
/** The determinant of a (..., n, n). Its gradient needs the inverse. */
export function det(a: Tensor): Tensor {
  const [sign, logAbs] = slogdet(a);
  return mul(sign, exp(logAbs));
}

const qrFactors = hostOperation("qr", (a) => {
  const { q, r } = host.qr(a);
  return [q, r];
}, ([a], [q, r], [gq, gr]) => {
  const [m, n] = a.shape.slice(-2);
  if (m < n) throw new ShapeError(`linalg.qr: only matrices with rows >= columns have a gradient; this is ${m} x ${n}`);
  const toQ = gq ?? zerosLike(q), toR = gr ?? zerosLike(r);
  // Walter and Lehmann 2012: the lower half of m, mirrored.
  const inner = add(matmul(r, transpose(toR)), neg(matmul(transpose(toQ), q)));
  const mirrored = add(tril(inner), transpose(tril(inner, -1)));
  const all = add(toQ, matmul(q, mirrored));
  return [transpose(solveTriangular(r, transpose(all), { upper: true }))];
});
/** q, r with q r = a: a (..., m, n), q (..., m, k) with orthonormal columns, r (..., k, n) upper triangular. */
export const qr = (a: Tensor): readonly [q: Tensor, r: Tensor] => qrFactors(a) as [Tensor, Tensor];
