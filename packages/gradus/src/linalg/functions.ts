import { UsageError } from "../vocab/errors.ts";
import { currentTrace } from "../exec/trace.ts";
import { matmul } from "../ops/contract.ts";
import { abs, add, mul } from "../ops/elementwise.ts";
import { amax, sum } from "../ops/reduce.ts";
import { broadcastTo } from "../ops/movement.ts";
import { eye } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { inv } from "./solve.ts";

const identityLike = (a: Tensor): Tensor => broadcastTo(eye(a.shape.at(-1)!, a.shape.at(-1), a.dtype), a.shape);

/** a a ... a, n times; negative n of the inverse. By squaring. */
export function matrixPower(a: Tensor, n: number): Tensor {
  if (!Number.isInteger(n)) throw new UsageError(`matrixPower: the exponent is ${n}; it must be an integer`);
  let base = n < 0 ? inv(a) : a, result: Tensor | null = null;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === null ? base : matmul(result, base);
    if (rest > 1) base = matmul(base, base);
  }
  return result ?? identityLike(a);
}

const TERMS = 18;
/**
 * e^a = sum a^n / n!: the series of a / 2^s, squared s times (Moler and Van Loan 2003, method 3). Without `squarings`
 * s follows from the numbers; a compiled function must name it: |a| / 2^s at most 1/2, so 10 for |a| up to 512.
 */
export function expm(a: Tensor, options: { readonly squarings?: number } = {}): Tensor {
  const squarings = options.squarings ?? squaringsFor(a);
  const small = mul(a, 2 ** -squarings), one = identityLike(a);
  let result = one;
  for (let n = TERMS; n > 0; n--) result = add(mul(matmul(small, result), 1 / n), one);
  for (let i = 0; i < squarings; i++) result = matmul(result, result);
  return result;
}
function squaringsFor(a: Tensor): number {
  if (currentTrace() !== null) {
    throw new UsageError("expm: inside compile() pass { squarings }, such that |a| / 2^squarings is at most 1/2");
  }
  const largest = noGrad(() => amax(sum(abs(a), -2))).itemSync();
  return Math.max(0, Math.ceil(Math.log2(largest)) + 1 || 0);
}
