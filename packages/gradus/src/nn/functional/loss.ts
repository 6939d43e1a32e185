import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import {
  abs, add, clamp, div, eq, exp, gt, le, log, lt, maximum, mul, neg, square, sub, where,
} from "../../ops/elementwise.ts";
import { broadcastTo, unsqueeze } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { detach } from "../../tensor/gradient.ts";
import { softplus } from "./activation.ts";
import { reduceLoss, type Reduction } from "./reduction.ts";

export interface LossOptions {
  readonly reduction?: Reduction;
}
export interface WeightedOptions extends LossOptions {
  /** Weight of each element. */
  readonly weight?: Tensor | null;
}
/** Input and target of a loss agree in shape. */
export function sameShapes(name: string, x: Tensor, target: Tensor): void {
  if (!sameShape(x.shape, target.shape)) {
    throw new ShapeError(`${name}: the input is ${formatShape(x.shape)} and the target ${formatShape(target.shape)}; ` +
      "they must be equal, reshape one of them");
  }
}
/** A loss of two tensors, element by element, as one named node. */
function elementwise(
  name: string, body: (x: Tensor, target: Tensor, a: number) => Tensor,
): (x: Tensor, target: Tensor, a: number, options: WeightedOptions) => Tensor {
  const definition: CompositeDefinition = { name, body: ([x, target], { a }) => body(x, target, Number(a)) };
  return (x, target, a, { reduction, weight = null }) => {
    sameShapes(name, x, target);
    const losses = apply(definition, [x, target], { a });
    if (weight === null) return reduceLoss(losses, reduction);
    const weighted = mul(losses, weight);
    return (reduction ?? "mean") === "mean"
      ? div(sum(weighted), sum(broadcastTo(weight, x.shape))) : reduceLoss(weighted, reduction);
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
/** (x - y)^2; with weights the mean is weighted. */
export const mseLoss = (x: Tensor, target: Tensor, options: WeightedOptions = {}): Tensor => mse(x, target, 0, options);
/** |x - y|; with weights the mean is weighted. */
export const l1Loss = (x: Tensor, target: Tensor, options: WeightedOptions = {}): Tensor => l1(x, target, 0, options);
/** d^2/2 up to delta, delta (d - delta/2) beyond, d = |x - y|. A weight multiplies each element. Huber 1964. */
export function huberLoss(
  x: Tensor, target: Tensor, options: WeightedOptions & { readonly delta?: number } = {},
): Tensor {
  const { delta = 1, weight = null, reduction } = options;
  const losses = huber(x, target, delta, { reduction: "none" });
  return reduceLoss(weight === null ? losses : mul(losses, weight), reduction);
}
/** d^2 / (2 beta) below beta, d - beta/2 beyond, d = |x - y|. Girshick 2015. */
export function smoothL1Loss(
  x: Tensor, target: Tensor, options: LossOptions & { readonly beta?: number } = {},
): Tensor {
  return options.beta === 0 ? l1Loss(x, target, options) : smooth(x, target, options.beta ?? 1, options);
}
/**
 * -(y ln p + (1 - y) ln(1 - p)) for probabilities p; logarithms are held above -100. A weight multiplies each element,
 * and the mean is that of the products.
 */
export function binaryCrossEntropy(
  p: Tensor, target: Tensor, { weight = null, reduction }: WeightedOptions = {},
): Tensor {
  const losses = bce(p, target, 0, { reduction: "none" });
  return reduceLoss(weight === null ? losses : mul(losses, weight), reduction);
}

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
export interface PoissonNllOptions extends LossOptions {
  /** x is the logarithm of the rate (default true), not the rate. */
  readonly logInput?: boolean;
  /** Add Stirling's approximation of ln y!, for y above 1. */
  readonly full?: boolean;
  /** Added to a rate before its logarithm is taken. */
  readonly eps?: number;
}
/** -ln of a Poisson distribution, up to ln y!: e^x - y x for a logarithm of the rate, x - y ln x for the rate x. */
export function poissonNllLoss(x: Tensor, target: Tensor, options: PoissonNllOptions = {}): Tensor {
  const { logInput = true, full = false, eps = 1e-8, reduction } = options;
  const losses = logInput ? sub(exp(x), mul(target, x)) : sub(x, mul(target, log(add(x, eps))));
  if (!full) return reduceLoss(losses, reduction);
  const many = gt(target, 1), y = where(many, target, 1);
  const stirling = add(sub(mul(y, log(y)), y), mul(log(mul(y, 2 * Math.PI)), 0.5));
  return reduceLoss(add(losses, where(many, stirling, 0)), reduction);
}
export interface GaussianNllOptions extends LossOptions {
  /** Add ln(2 pi) / 2. */
  readonly full?: boolean;
  /** The least variance (default 1e-6). */
  readonly eps?: number;
}
/**
 * (ln v + (x - y)^2 / v) / 2 for a normal distribution of mean x and variance v, held above eps; its gradient passes
 * there too, as in PyTorch. The variance has the shape of x, or 1 or nothing in place of the last axis. Nix and Weigend
 * 1994.
 */
export function gaussianNllLoss(
  x: Tensor, target: Tensor, variance: Tensor, options: GaussianNllOptions = {},
): Tensor {
  const { full = false, eps = 1e-6, reduction } = options;
  const shared = variance.shape.length === x.shape.length - 1 && variance.shape.length > 0;
  const given = shared ? unsqueeze(variance, -1) : variance;
  const v = add(given, detach(maximum(sub(eps, given), 0)));
  const losses = mul(add(log(v), div(square(sub(x, target)), v)), 0.5);
  return reduceLoss(full ? add(losses, 0.5 * Math.log(2 * Math.PI)) : losses, reduction);
}
