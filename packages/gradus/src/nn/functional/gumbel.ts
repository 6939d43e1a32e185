import { isFloat } from "../../vocab/dtype.ts";
import { UsageError } from "../../vocab/errors.ts";
import { normalizeAxis } from "../../vocab/shape.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import { iota } from "../../ops/create.ts";
import { add, cast, eq, log, maximum, mul, neg } from "../../ops/elementwise.ts";
import { moveAxis, unsqueeze } from "../../ops/movement.ts";
import { argmax } from "../../ops/reduce.ts";
import { rand, type RandomOptions } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Shape } from "../../vocab/shape.ts";
import { softmax } from "./softmax.ts";

/** Standard Gumbel noise -ln(-ln u): the largest of logits with it is a sample of their softmax. Gumbel 1954. */
export function gumbelNoise(shape: Shape, options: RandomOptions = {}): Tensor {
  // `rand` gives multiples of 2^-24 below 1; a 0 becomes half a step, so that both logarithms are finite.
  return neg(log(neg(log(maximum(rand(shape, options), 2 ** -25)))));
}
/** The first operand, with the gradient passed on to the second. Bengio, Leonard, Courville 2013. */
const STRAIGHT_THROUGH: CompositeDefinition = {
  name: "straightThrough",
  body: ([hard]) => add(hard, 0),
  vjp: (_, __, [g]) => [null, g],
};
/** One-hot values that take their gradient from soft ones of the same shape. */
export const straightThrough = (hard: Tensor, soft: Tensor): Tensor => apply(STRAIGHT_THROUGH, [hard, soft]);

export interface GumbelSoftmaxOptions extends RandomOptions {
  /** Temperature: towards 0 samples become one-hot (default 1). */
  readonly tau?: number;
  /** Give exactly one-hot samples; the gradient is that of the soft ones. */
  readonly hard?: boolean;
  readonly axis?: number;
}
/**
 * softmax((logits + g) / tau) with Gumbel noise g: samples of a categorical distribution through which gradients flow.
 * Jang, Gu, Poole 2017; Maddison, Mnih, Teh 2017.
 */
export function gumbelSoftmax(logits: Tensor, options: GumbelSoftmaxOptions = {}): Tensor {
  const { tau = 1, hard = false, axis = -1 } = options;
  if (!isFloat(logits.dtype) || !(tau > 0)) {
    throw new UsageError(`gumbelSoftmax: the logits are ${logits.dtype} and tau is ${tau}; it takes floating-point ` +
      "logits and a temperature above 0");
  }
  const noisy = add(logits, cast(gumbelNoise(logits.shape, options), logits.dtype));
  const soft = softmax(mul(noisy, 1 / tau), axis);
  if (!hard) return soft;
  const at = normalizeAxis(axis, logits.shape.length, "gumbelSoftmax");
  const rows = moveAxis(soft, at, -1);
  const chosen = eq(unsqueeze(argmax(rows, -1), -1), iota(rows.shape[rows.shape.length - 1]));
  const one = moveAxis(cast(chosen, logits.dtype), -1, at);
  return straightThrough(one, soft);
}
