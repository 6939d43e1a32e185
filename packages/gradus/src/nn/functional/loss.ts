import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import {
  abs, add, clamp, div, eq, exp, le, log, lt, maximum, mul, neg, sqrt, square, sub, where,
} from "../../ops/elementwise.ts";
import { sum } from "../../ops/reduce.ts";
import { softplus } from "./activation.ts";
import { reduceLoss, type Reduction } from "./reduction.ts";

export interface LossOptions {
  readonly reduction?: Reduction;
}
function sameShapes(name: string, x: Tensor, target: Tensor): void {
  if (!sameShape(x.shape, target.shape)) {
    throw new ShapeError(`${name}: the input is ${formatShape(x.shape)} and the target ${formatShape(target.shape)}; ` +
      "they must be equal, reshape one of them");
  }
}
/** A loss of two tensors, element by element, as one named node. */
function elementwise(
  name: string, body: (x: Tensor, target: Tensor, a: number) => Tensor,
): (x: Tensor, target: Tensor, a: number, options: LossOptions) => Tensor {
  const definition: CompositeDefinition = { name, body: ([x, target], { a }) => body(x, target, Number(a)) };
  return (x, target, a, { reduction }) => {
    sameShapes(name, x, target);
    return reduceLoss(apply(definition, [x, target], { a }), reduction);
  };
}
const mse = elementwise("mseLoss", (x, y) => square(sub(x, y)));
const l1 = elementwise("l1Loss", (x, y) => abs(sub(x, y)));
const huber = elementwise("huberLoss", (x, y, delta) => {
  const d = abs(sub(x, y));
  return where(le(d, delta), mul(square(d), 0.5), mul(sub(d, delta / 2), delta));
});
const smooth = elementwise("smoothL1Loss", (x, y, beta) => {
  const d = abs(sub(x, y));
  return where(lt(d, beta), mul(square(d), 0.5 / beta), sub(d, beta / 2));
});
const LEAST_LOG = -100;
const bce = elementwise("binaryCrossEntropy", (p, y) => {
  const logP = clamp(log(p), LEAST_LOG, null), logQ = clamp(log(sub(1, p)), LEAST_LOG, null);
  return neg(add(mul(y, logP), mul(sub(1, y), logQ)));
});
const soft = elementwise("softMarginLoss", (x, y) => softplus(neg(mul(x, y))));

/** (x - y)^2 */
export const mseLoss = (x: Tensor, target: Tensor, options: LossOptions = {}): Tensor => mse(x, target, 0, options);
/** |x - y| */
export const l1Loss = (x: Tensor, target: Tensor, options: LossOptions = {}): Tensor => l1(x, target, 0, options);
/** d^2/2 up to delta, delta (d - delta/2) beyond, d = |x - y|. Huber 1964. */
export const huberLoss = (x: Tensor, target: Tensor, options: LossOptions & { readonly delta?: number } = {}): Tensor =>
  huber(x, target, options.delta ?? 1, options);
/** d^2 / (2 beta) below beta, d - beta/2 beyond, d = |x - y|. Girshick 2015. */
export function smoothL1Loss(
  x: Tensor, target: Tensor, options: LossOptions & { readonly beta?: number } = {},
): Tensor {
  return options.beta === 0 ? l1Loss(x, target, options) : smooth(x, target, options.beta ?? 1, options);
}
/** -(y ln p + (1 - y) ln(1 - p)) for probabilities p; logarithms are held above -100. */
export const binaryCrossEntropy = (p: Tensor, target: Tensor, options: LossOptions = {}): Tensor =>
  bce(p, target, 0, options);
/** ln(1 + e^(-x y)) for targets of -1 and 1. */
export const softMarginLoss = (x: Tensor, target: Tensor, options: LossOptions = {}): Tensor =>
  soft(x, target, 0, options);

/** (1 - y) x + (1 + (w - 1) y) softplus(-x): operands x, y and the weight w of the positive class, if any. */
const BCE_WITH_LOGITS: CompositeDefinition = {
  name: "binaryCrossEntropyWithLogits",
  body: ([x, y, w]) => {
    const loss = softplus(neg(x));
    return add(mul(sub(1, y), x), w === undefined ? loss : mul(add(mul(sub(w, 1), y), 1), loss));
  },
};
/** Binary cross-entropy of logits x: probability sigmoid(x), without the overflow. */
export function bceWithLogits(
  x: Tensor, target: Tensor,
  options: LossOptions & { readonly weight?: Tensor | null; readonly posWeight?: Tensor | null } = {},
): Tensor {
  sameShapes("bceWithLogits", x, target);
  const { weight = null, posWeight = null, reduction } = options;
  const losses = apply(BCE_WITH_LOGITS, [x, target, ...(posWeight === null ? [] : [posWeight])]);
  return reduceLoss(weight === null ? losses : mul(losses, weight), reduction);
}
/**
 * Kullback-Leibler divergence y (ln y - x) for log-probabilities x and probabilities y (or their logarithms, with
 * `logTarget`). "batchmean" divides by the first axis: the definition of the divergence.
 */
export function klDiv(
  x: Tensor, target: Tensor,
  options: { readonly reduction?: Reduction | "batchmean"; readonly logTarget?: boolean } = {},
): Tensor {
  sameShapes("klDiv", x, target);
  const losses = options.logTarget === true
    ? mul(exp(target), sub(target, x))
    : sub(where(eq(target, 0), 0, mul(target, log(where(eq(target, 0), 1, target)))), mul(target, x));
  return options.reduction === "batchmean" ? div(sum(losses), x.shape[0]) : reduceLoss(losses, options.reduction);
}
/** -ln of a Poisson distribution with ln rate x: e^x - y x. */
export const poissonNllLoss = (x: Tensor, target: Tensor, options: LossOptions = {}): Tensor =>
  reduceLoss(sub(exp(x), mul(target, x)), options.reduction);
/** (ln v + (x - y)^2 / v) / 2 for a normal distribution of mean x and variance v, held above eps. */
export function gaussianNllLoss(
  x: Tensor, target: Tensor, variance: Tensor, options: LossOptions = {}, eps = 1e-6,
): Tensor {
  const v = clamp(variance, eps, null);
  return reduceLoss(mul(add(log(v), div(square(sub(x, target)), v)), 0.5), options.reduction);
}
/** max(0, -y (a - b) + margin): a above b where y is 1. */
export const marginRankingLoss = (
  a: Tensor, b: Tensor, target: Tensor, options: LossOptions & { readonly margin?: number } = {},
): Tensor => reduceLoss(maximum(add(neg(mul(target, sub(a, b))), options.margin ?? 0), 0), options.reduction);
/** a.b / (|a| |b|) along an axis, each norm held above eps. */
export function cosineSimilarity(a: Tensor, b: Tensor, axis = 1, eps = 1e-8): Tensor {
  const norm = (x: Tensor): Tensor => clamp(sqrt(sum(square(x), axis)), eps, null);
  return div(sum(mul(a, b), axis), mul(norm(a), norm(b)));
}
/** Euclidean distance of the rows of a and b. */
export const pairwiseDistance = (a: Tensor, b: Tensor, eps = 1e-6): Tensor =>
  sqrt(sum(square(add(sub(a, b), eps)), -1));
/** max(0, d(anchor, positive) - d(anchor, negative) + margin). Schroff et al. 2015. */
export const tripletMarginLoss = (
  anchor: Tensor, positive: Tensor, negative: Tensor, options: LossOptions & { readonly margin?: number } = {},
): Tensor => reduceLoss(maximum(add(sub(pairwiseDistance(anchor, positive), pairwiseDistance(anchor, negative)),
  options.margin ?? 1), 0), options.reduction);
/** 1 - cos for y = 1, max(0, cos - margin) for y = -1; rows of a and b. */
export function cosineEmbeddingLoss(
  a: Tensor, b: Tensor, target: Tensor, options: LossOptions & { readonly margin?: number } = {},
): Tensor {
  const cosine = cosineSimilarity(a, b);
  const apart = maximum(sub(cosine, options.margin ?? 0), 0);
  return reduceLoss(where(eq(target, 1), sub(1, cosine), apart), options.reduction);
}
