import type { Tensor } from "../../tensor/tensor.ts";
import { withGradients } from "../../ir/emit.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import { exp, log, mul, neg, reciprocal, sub } from "../../ops/elementwise.ts";
import { moveAxis } from "../../ops/movement.ts";
import { amax, sum } from "../../ops/reduce.ts";

const LAST = { keepdim: true } as const;
/** The largest of each row, which shifts the exponents and has no gradient: it cancels. */
export const rowMax = (x: Tensor): Tensor => withGradients(false, () => amax(x, -1, LAST));

/** y (g - sum g y), from the result y. */
const SOFTMAX_GRADIENT: CompositeDefinition = {
  name: "softmaxGradient",
  body: ([y, g]) => mul(y, sub(g, sum(mul(g, y), -1, LAST))),
};
const SOFTMAX: CompositeDefinition = {
  name: "softmax",
  body: ([x]) => {
    const e = exp(sub(x, rowMax(x)));
    // One division a row.
    return mul(e, reciprocal(sum(e, -1, LAST)));
  },
  vjp: (_, [y], [g]) => [g === null ? null : apply(SOFTMAX_GRADIENT, [y, g])],
};
/** g - e^y sum g, from the result y. */
const LOG_SOFTMAX_GRADIENT: CompositeDefinition = {
  name: "logSoftmaxGradient",
  body: ([y, g]) => sub(g, mul(exp(y), sum(g, -1, LAST))),
};
const LOG_SOFTMAX: CompositeDefinition = {
  name: "logSoftmax",
  body: ([x]) => {
    const shifted = sub(x, rowMax(x));
    return sub(shifted, log(sum(exp(shifted), -1, LAST)));
  },
  vjp: (_, [y], [g]) => [g === null ? null : apply(LOG_SOFTMAX_GRADIENT, [y, g])],
};

/** Applies a function of the last axis along another one. */
export const alongAxis = (x: Tensor, axis: number, body: (x: Tensor) => Tensor): Tensor =>
  moveAxis(body(moveAxis(x, axis, -1)), -1, axis);

/** e^x_i / sum_j e^x_j along an axis. */
export const softmax = (x: Tensor, axis = -1): Tensor => alongAxis(x, axis, (rows) => apply(SOFTMAX, [rows]));
/** ln softmax(x), without the overflow. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => alongAxis(x, axis, (rows) => apply(LOG_SOFTMAX, [rows]));
/** softmax(-x) */
export const softmin = (x: Tensor, axis = -1): Tensor => softmax(neg(x), axis);
