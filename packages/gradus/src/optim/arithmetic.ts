import { add, div, expm1, mul, neg, square, sqrt, sub, where, eq } from "../ops/elementwise.ts";
import { sum } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A running average moved on: average + (1 - beta) (x - average). */
export const blend = (average: Tensor, x: Tensor, beta: number): Tensor =>
  add(average, mul(sub(x, average), 1 - beta));
/** The running average of squares moved on: beta average + (1 - beta) x^2. */
export const blendSquare = (average: Tensor, x: Tensor, beta: number): Tensor =>
  add(mul(average, beta), mul(square(x), 1 - beta));
/** 1 - beta^t as -expm1(t ln beta): exact for beta near 1 in f32 too. */
export const correction = (beta: number, t: Tensor): Tensor => neg(expm1(mul(t, Math.max(Math.log(beta), -1e4))));

/** The gradient with that of an L2 penalty: g + weightDecay p. */
export const penalized = (g: Tensor, p: Tensor, weightDecay: number): Tensor =>
  (weightDecay === 0 ? g : add(g, mul(p, weightDecay)));
/** The parameter shrunk by a decay that the gradient does not see: p (1 - lr weightDecay). */
export const shrunk = (p: Tensor, lr: Tensor, weightDecay: number): Tensor =>
  (weightDecay === 0 ? p : mul(p, sub(1, mul(lr, weightDecay))));
/** Weight decay in either way: the parameter to start from, and the gradient to take. */
export const decayed = (
  p: Tensor, g: Tensor, lr: Tensor, weightDecay: number, decoupled: boolean,
): [from: Tensor, gradient: Tensor] =>
  (decoupled ? [shrunk(p, lr, weightDecay), g] : [p, penalized(g, p, weightDecay)]);

/** The Euclidean norm of all elements. */
export const norm = (x: Tensor): Tensor => sqrt(sum(square(x)));
/** a / b, and 1 where either is 0. */
export const ratioOr1 = (a: Tensor, b: Tensor): Tensor => {
  const empty = eq(mul(a, b), 0);
  return where(empty, 1, div(a, where(empty, 1, b)));
};
