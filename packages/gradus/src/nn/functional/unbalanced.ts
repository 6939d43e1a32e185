import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, exp, mul, neg, pow, sigmoid, square, sub } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { flatten } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { nllLoss } from "./cross-entropy.ts";
import { bceWithLogits, sameShapes, type LossOptions } from "./loss.ts";
import { reduceLoss } from "./reduction.ts";
import { logSoftmax } from "./softmax.ts";

// Losses for targets in which one class is rare.

export interface FocalOptions extends LossOptions {
  /** How much less what is known already counts (default 2); 0 is cross-entropy. */
  readonly gamma?: number;
}
/**
 * -a_t (1 - p_t)^gamma ln p_t for logits x and targets of 0 and 1, p_t the probability of the target; a_t is alpha for
 * 1 and 1 - alpha for 0, or 1 where alpha is below 0. Lin et al., "Focal loss for dense object detection", 2017.
 */
export function sigmoidFocalLoss(
  x: Tensor, target: Tensor, options: FocalOptions & { readonly alpha?: number } = {},
): Tensor {
  const { alpha = 0.25, gamma = 2, reduction } = options;
  sameShapes("sigmoidFocalLoss", x, target);
  const p = sigmoid(x), other = sub(1, target);
  const wrong = add(mul(p, other), mul(sub(1, p), target));                  // 1 - p_t
  const losses = mul(bceWithLogits(x, target, { reduction: "none" }), pow(wrong, gamma));
  const balance = alpha < 0 ? losses : mul(losses, add(mul(target, alpha), mul(other, 1 - alpha)));
  return reduceLoss(balance, reduction);
}
/** The same for classes: -w_c (1 - p_c)^gamma ln p_c, logits (N, C, ...), class numbers (N, ...), weights (C). */
export function focalLoss(
  x: Tensor, target: Tensor, options: FocalOptions & { readonly weight?: Tensor | null } = {},
): Tensor {
  const { gamma = 2, weight = null, reduction } = options;
  const surprise = nllLoss(logSoftmax(x, 1), target, { reduction: "none" });
  const losses = mul(pow(sub(1, exp(neg(surprise))), gamma), surprise);
  return reduceLoss(weight === null ? losses : mul(losses, take(weight, target)), reduction);
}
export interface DiceOptions extends LossOptions {
  /** Added above and below: what two empty masks give (default 1). */
  readonly smooth?: number;
  /** Squares in the divisor (default true, as in the paper), or the values themselves. */
  readonly squared?: boolean;
}
/**
 * 1 - (2 sum p g + smooth) / (sum p^2 + sum g^2 + smooth): probabilities p and targets g (N, ...), one loss per sample.
 * Milletari, Navab, Ahmadi, "V-Net", 2016, after Dice 1945.
 */
export function diceLoss(p: Tensor, target: Tensor, options: DiceOptions = {}): Tensor {
  const { smooth = 1, squared = true, reduction } = options;
  sameShapes("diceLoss", p, target);
  const rows = (x: Tensor): Tensor => flatten(x, 1);
  const size = (x: Tensor): Tensor => sum(rows(squared ? square(x) : x), 1);
  const overlap = mul(sum(rows(mul(p, target)), 1), 2);
  return reduceLoss(sub(1, div(add(overlap, smooth), add(add(size(p), size(target)), smooth))), reduction);
}
