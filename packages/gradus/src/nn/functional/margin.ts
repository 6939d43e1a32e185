import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { iota } from "../../ops/create.ts";
import {
  add, cast, div, eq, logicalAnd, logicalNot, lt, maximum, minimum, mul, neg, pow, sqrt, square, sub, where,
} from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { cumsum } from "../../ops/loop.ts";
import { unsqueeze } from "../../ops/movement.ts";
import { any, mean, sum } from "../../ops/reduce.ts";
import { logSigmoid, softplus } from "./activation.ts";
import { pairwiseDistance } from "./distance.ts";
import { sameShapes, type LossOptions } from "./loss.ts";
import { reduceLoss } from "./reduction.ts";

// Losses that ask for a distance between the right answer and others, and nothing more once it is kept.

/** What is missing to the margin: max(0, x). */
const missing = (x: Tensor): Tensor => maximum(x, 0);

export interface MarginOptions extends LossOptions {
  readonly margin?: number;
}
export interface HingeOptions extends MarginOptions {
  /** The square of each loss: its gradient has no jump. */
  readonly squared?: boolean;
}
/** max(0, margin - y x) for targets of -1 and 1: the loss of a support vector machine. Cortes and Vapnik 1995. */
export function hingeLoss(x: Tensor, target: Tensor, options: HingeOptions = {}): Tensor {
  sameShapes("hingeLoss", x, target);
  const losses = missing(sub(options.margin ?? 1, mul(target, x)));
  return reduceLoss(options.squared === true ? square(losses) : losses, options.reduction);
}
/** ln(1 + e^(-x y)) for targets of -1 and 1. */
export function softMarginLoss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  sameShapes("softMarginLoss", x, target);
  return reduceLoss(softplus(neg(mul(x, target))), options.reduction);
}
/** x where y is 1, max(0, margin - x) where y is -1, for a distance x. Hadsell, Chopra, LeCun 2006. */
export function hingeEmbeddingLoss(x: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const near = where(eq(target, -1), 0, x), far = where(eq(target, 1), 0, missing(sub(options.margin ?? 1, x)));
  return reduceLoss(add(near, far), options.reduction);
}
/** max(0, -y (a - b) + margin): a above b where y is 1. */
export const marginRankingLoss = (a: Tensor, b: Tensor, target: Tensor, options: MarginOptions = {}): Tensor =>
  reduceLoss(missing(add(neg(mul(target, sub(a, b))), options.margin ?? 0)), options.reduction);

export interface MultiMarginOptions extends MarginOptions {
  /** Power of what is missing to the margin (default 1). */
  readonly p?: number;
  /** Weight of each class, (C). */
  readonly weight?: Tensor | null;
}
/**
 * sum over i other than the class of max(0, margin - x[class] + x[i])^p / C: scores x (N, C) or (C), class numbers (N)
 * or (). Crammer and Singer 2001.
 */
export function multiMarginLoss(x: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  const { p = 1, margin = 1, weight = null, reduction } = options;
  const classes = x.shape[x.shape.length - 1];
  if (!sameShape(x.shape.slice(0, -1), target.shape)) {
    throw new ShapeError(`multiMarginLoss: scores of ${formatShape(x.shape)} want class numbers of ` +
      `${formatShape(x.shape.slice(0, -1))}, got ${formatShape(target.shape)}`);
  }
  const own = eq(unsqueeze(target, -1), iota(classes));
  const right = sum(where(own, x, 0), -1, { keepdim: true });
  const gaps = missing(add(sub(margin, right), x));
  const raised = p === 1 ? gaps : pow(gaps, p);
  const weighted = weight === null ? raised : mul(raised, unsqueeze(take(weight, target), -1));
  return reduceLoss(div(sum(where(own, 0, weighted), -1), classes), reduction);
}
/**
 * sum over classes j of the target and i not of it of max(0, 1 - (x[j] - x[i])) / C: scores x (N, C) or (C); target in
 * the same shape, class numbers up to the first -1.
 */
export function multilabelMarginLoss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  sameShapes("multilabelMarginLoss", x, target);
  const classes = x.shape[x.shape.length - 1];
  const listed = eq(cumsum(cast(lt(target, 0), "f32"), -1), 0);              // (N, list)
  const each = logicalAnd(eq(unsqueeze(target, -1), iota(classes)), unsqueeze(listed, -1));      // (N, list, C)
  const right = sum(where(each, unsqueeze(x, -2), 0), -1, { keepdim: true });
  const others = logicalNot(any(each, -2, { keepdim: true }));               // (N, 1, C)
  const gaps = missing(add(sub(1, right), unsqueeze(x, -2)));
  const counted = where(logicalAnd(unsqueeze(listed, -1), others), gaps, 0);
  return reduceLoss(div(sum(counted, [-2, -1]), classes), options.reduction);
}
/** Mean over classes of -(y ln s(x) + (1 - y) ln s(-x)), s the sigmoid: x and targets of 0 and 1, (N, C) or (C). */
export function multilabelSoftMarginLoss(
  x: Tensor, target: Tensor, options: LossOptions & { readonly weight?: Tensor | null } = {},
): Tensor {
  sameShapes("multilabelSoftMarginLoss", x, target);
  const losses = neg(add(mul(target, logSigmoid(x)), mul(sub(1, target), logSigmoid(neg(x)))));
  const { weight = null, reduction } = options;
  return reduceLoss(mean(weight === null ? losses : mul(losses, weight), -1), reduction);
}
/** 1 - cos for y = 1, max(0, cos - margin) for y = -1; rows of a and b. */
export function cosineEmbeddingLoss(a: Tensor, b: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const square_ = (x: Tensor): Tensor => add(sum(square(x), -1), 1e-12);
  const cosine = div(sum(mul(a, b), -1), sqrt(mul(square_(a), square_(b))));
  const apart = missing(sub(cosine, options.margin ?? 0));
  return reduceLoss(where(eq(target, 1), sub(1, cosine), where(eq(target, -1), apart, 0)), options.reduction);
}

export interface TripletOptions extends MarginOptions {
  /** Measure the negative from the positive where that is nearer than from the anchor. Balntas et al. 2016. */
  readonly swap?: boolean;
}
export interface TripletDistanceOptions extends TripletOptions {
  /** Distance of the rows of two tensors (default: Euclidean). */
  readonly distanceFunction?: ((a: Tensor, b: Tensor) => Tensor) | null;
}
/** max(0, d(anchor, positive) - d(anchor, negative) + margin) for any distance d. Schroff et al. 2015. */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletDistanceOptions = {},
): Tensor {
  const { margin = 1, swap = false, reduction } = options;
  const distance = options.distanceFunction ?? ((a: Tensor, b: Tensor) => pairwiseDistance(a, b));
  const far = distance(anchor, negative);
  const nearest = swap ? minimum(far, distance(positive, negative)) : far;
  return reduceLoss(missing(add(sub(distance(anchor, positive), nearest), margin)), reduction);
}
/** The same with the p-norm of differences as the distance. */
export const tripletMarginLoss = (
  anchor: Tensor, positive: Tensor, negative: Tensor,
  options: TripletOptions & { /** Which norm (default 2). */ readonly p?: number; readonly eps?: number } = {},
): Tensor => tripletMarginWithDistanceLoss(anchor, positive, negative, {
  ...options, distanceFunction: (a, b) => pairwiseDistance(a, b, { p: options.p ?? 2, eps: options.eps ?? 1e-6 }),
});
