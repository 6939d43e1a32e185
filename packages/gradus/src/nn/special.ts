import type { Tensor } from "../tensor/tensor.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { apply } from "../ops/composite.ts";
import { add, div, erf, exp, log, maximum, mul, sign, sqrt, square, sub, neg } from "../ops/elementwise.ts";

const ERF_INVERSE: CompositeDefinition = {
  name: "erfInverse",
  body: ([y]) => {
    const a = 0.147;
    const l = log(sub(1, square(y)));
    const b = add(mul(l, 0.5), 2 / (Math.PI * a));
    let x = mul(sign(y), sqrt(maximum(sub(sqrt(sub(square(b), div(l, a))), b), 0)));
    for (let step = 0; step < 2; step++) {
      const newton = div(sub(erf(x), y), mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)));
      x = sub(x, div(newton, add(mul(x, newton), 1)));
    }
    return x;
  },
  vjp: (_, [x], [g]) => [g === null ? null : mul(g, mul(exp(square(x)), Math.sqrt(Math.PI) / 2))],
};
/**
 * The inverse of the error function on (-1, 1): Winitzki's closed form (2008, error below 2e-3), then two steps of
 * Halley's method, each of which takes the error to its third power.
 */
export const erfInverse = (y: Tensor): Tensor => apply(ERF_INVERSE, [y]);
