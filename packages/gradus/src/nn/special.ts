import type { Tensor } from "../tensor/tensor.ts";
import { add, div, erf, exp, log, maximum, mul, neg, sign, sqrt, square, sub } from "../ops/elementwise.ts";

/**
 * The inverse of the error function on (-1, 1): Winitzki's closed form (2008, error below 2e-3), then two Newton steps.
 */
export function erfInverse(y: Tensor): Tensor {
  const a = 0.147;
  const l = log(sub(1, square(y)));
  const b = add(mul(l, 0.5), 2 / (Math.PI * a));
  let x = mul(sign(y), sqrt(maximum(sub(sqrt(sub(square(b), div(l, a))), b), 0)));
  for (let step = 0; step < 2; step++) {
    x = sub(x, div(sub(erf(x), y), mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))));
  }
  return x;
}
