import type { Shape } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { bitcast, cast, cos, log, lt, mul, shiftRight, sqrt, sub } from "./elementwise.ts";
import { narrow, reshape } from "./movement.ts";

/** u32 bits drawn by Philox from a state u32[4] = seed low, seed high, offset low, offset high. */
export const randomBits = (state: Tensor, shape: Shape): Tensor => emit("random", { shape }, [state]);

/** Uniform f32 in [0, 1), 24 bits. */
export function uniformFrom(state: Tensor, shape: Shape): Tensor {
  return mul(cast(bitcast(shiftRight(randomBits(state, shape), 8), "i32"), "f32"), 2 ** -24);
}
/** Standard normal f32 by Box and Muller (1958), from two uniform numbers each. */
export function normalFrom(state: Tensor, shape: Shape): Tensor {
  const pairs = uniformFrom(state, [2, ...shape]);
  const first = reshape(narrow(pairs, 0, 0, 1), shape), second = reshape(narrow(pairs, 0, 1, 1), shape);
  // 1 - u lies in (0, 1], so that the logarithm is finite.
  const radius = sqrt(mul(log(sub(1, first)), -2));
  return mul(radius, cos(mul(second, 2 * Math.PI)));
}
/** Truth values that are true with probability p. */
export const bernoulliFrom = (state: Tensor, shape: Shape, p: Tensor | number): Tensor =>
  lt(uniformFrom(state, shape), p);
