import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import { add, eq, exp, log, maximum, mul, sub, where } from "../../ops/elementwise.ts";
import { moveAxis, unsqueeze } from "../../ops/movement.ts";
import { amax, sum } from "../../ops/reduce.ts";

/** x, or 0 where it is minus infinity: a shift for exponents that may all be 0. */
const finite = (x: Tensor): Tensor => where(eq(x, -Infinity), 0, x);
/** Operands: any number of logarithms of one shape. The share of each in the sum is e^(x - y), 0 in an empty sum. */
const LOG_ADD_EXP: CompositeDefinition = {
  name: "logAddExp",
  body: (terms) => {
    const most = finite(terms.reduce((a, b) => maximum(a, b)));
    return add(log(terms.map((x) => exp(sub(x, most))).reduce((a, b) => add(a, b))), most);
  },
  vjp: (terms, [y], [g]) => terms.map((x) => (g === null ? null : mul(g, exp(sub(x, finite(y)))))),
};
const LOG_SUM_EXP: CompositeDefinition = {
  name: "logSumExp",
  body: ([x]) => {
    const most = finite(amax(x, -1));
    return add(log(sum(exp(sub(x, unsqueeze(most, -1))), -1)), most);
  },
  vjp: ([x], [y], [g]) => [g === null ? null : mul(unsqueeze(g, -1), exp(sub(x, unsqueeze(finite(y), -1))))],
};

/** ln(e^a + e^b + ...), element by element, of tensors of one shape; minus infinity is an empty term. */
export const logAddExp = (...terms: readonly Tensor[]): Tensor => apply(LOG_ADD_EXP, terms);
/** ln(sum_i e^x_i) along an axis, without the overflow. */
export const logSumExp = (x: Tensor, axis = -1): Tensor => apply(LOG_SUM_EXP, [moveAxis(x, axis, -1)]);
