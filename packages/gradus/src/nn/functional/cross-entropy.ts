import { isFloat } from "../../vocab/dtype.ts";
import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Attributes, CompositeDefinition } from "../../ir/op.ts";
import { apply } from "../../ops/composite.ts";
import { iota } from "../../ops/create.ts";
import { add, cast, div, eq, exp, log, mul, ne, neg, sub, where } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { broadcastTo, moveAxis, reshape } from "../../ops/movement.ts";
import { sum } from "../../ops/reduce.ts";
import { reduceLoss, type Reduction } from "./reduction.ts";
import { rowMax } from "./softmax.ts";

const LAST = { keepdim: true } as const;

/** Where the class number of each row stands: x (..., C), index (...); bool (..., C). */
const atIndex = (x: Tensor, index: Tensor): Tensor =>
  eq(iota(x.shape[x.shape.length - 1]), reshape(index, [...index.shape, 1]));

/**
 * The weights q of a row in its loss sum_c q_c (-ln p_c): the target (one class, or probabilities), smoothed towards
 * equal shares, times the weight of each class. Ignored rows weigh nothing.
 */
function shares(x: Tensor, target: Tensor, weight: Tensor | null, attributes: Attributes): Tensor {
  const smoothing = Number(attributes.labelSmoothing), classes = x.shape[x.shape.length - 1];
  const indexed = !isFloat(target.dtype);
  let q = indexed ? cast(atIndex(x, target), x.dtype) : target;
  if (smoothing > 0) q = add(mul(q, 1 - smoothing), smoothing / classes);
  if (weight !== null) q = mul(q, weight);
  if (!indexed) return q;
  const counts = ne(target, Number(attributes.ignoreIndex));
  return where(reshape(counts, [...target.shape, 1]), q, 0);
}

/** (softmax(x) sum_c q_c - q) g: operands x (..., C), target, g (...), weight (C). */
const CROSS_ENTROPY_GRADIENT: CompositeDefinition = {
  name: "crossEntropyGradient",
  body: ([x, target, g, weight], attributes) => {
    const e = exp(sub(x, rowMax(x)));
    const p = div(e, sum(e, -1, LAST));
    const q = shares(x, target, weight ?? null, attributes);
    return mul(sub(mul(p, sum(q, -1, LAST)), q), reshape(g, [...g.shape, 1]));
  },
};
/** The loss of each row: operands x (..., C), target (...) or (..., C), weight (C) where there is one. */
const body: CompositeDefinition["body"] = ([x, target, weight], attributes) => {
  const shifted = sub(x, rowMax(x));
  const surprise = sub(log(sum(exp(shifted), -1, LAST)), shifted);
  const q = shares(x, target, weight ?? null, attributes);
  // A class that counts nothing adds nothing, even where its logit is minus infinity.
  return sum(where(eq(q, 0), 0, mul(q, surprise)), -1);
};
const CROSS_ENTROPY: CompositeDefinition = {
  name: "crossEntropy",
  body,
  vjp: ([x, target, ...weight], _, [g], attributes) =>
    [g === null ? null : apply(CROSS_ENTROPY_GRADIENT, [x, target, g, ...weight], attributes)],
};
/** The same where target or weight want a gradient too: that of the body. */
const GENERAL_CROSS_ENTROPY: CompositeDefinition = { name: "generalCrossEntropy", body };

export interface CrossEntropyOptions {
  readonly reduction?: Reduction;
  /** Share of each target that is spread over all classes. Szegedy et al. 2016. */
  readonly labelSmoothing?: number;
  /** Rows with this class number count nothing. */
  readonly ignoreIndex?: number;
  /** Weight of each class, (C); the mean is then weighted. */
  readonly weight?: Tensor | null;
}
const IGNORE = -100;

/**
 * Cross-entropy of logits x (N, C, ...) or (C), in nats: -ln softmax(x)[class]. The target is class numbers (N, ...),
 * i32, or probabilities in the shape of x.
 */
export function crossEntropy(x: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0, ignoreIndex = IGNORE, weight = null, reduction = "mean" } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new UsageError(`crossEntropy: labelSmoothing is ${labelSmoothing}; it lies between 0 and 1`);
  }
  const axis = Math.min(1, x.shape.length - 1);
  const logits = moveAxis(x, axis, -1);
  const indexed = !isFloat(target.dtype);
  const wanted = indexed ? x.shape.filter((_, i) => i !== axis) : x.shape;
  if (!sameShape(target.shape, wanted)) {
    throw new ShapeError(`crossEntropy: logits of ${formatShape(x.shape)} want a target of ${formatShape(wanted)} ` +
      `(${indexed ? "class numbers" : "probabilities"}), got ${formatShape(target.shape)}`);
  }
  const classes = indexed ? classNumbers(target, x.shape[axis], ignoreIndex) : moveAxis(target, axis, -1);
  const operands = [logits, classes, ...(weight === null ? [] : [weight])];
  const rule = operands.slice(1).some((operand) => operand.requiresGrad) ? GENERAL_CROSS_ENTROPY : CROSS_ENTROPY;
  const losses = apply(rule, operands, { labelSmoothing, ignoreIndex });
  if (reduction !== "mean") return reduceLoss(losses, reduction);
  if (!indexed) return reduceLoss(losses, "mean");
  return div(sum(losses), weightOf(classes, weight, ignoreIndex, x));
}
/** The target as i32; a class number that does not exist is an IndexError, as in PyTorch, not a row that counts 0. */
function classNumbers(target: Tensor, classes: number, ignoreIndex: number): Tensor {
  const index = cast(target, "i32"), counts = ne(index, ignoreIndex);
  return where(counts, take(iota(classes), where(counts, index, 0)), ignoreIndex);
}
/** What a mean over rows divides by: how many count, each with the weight of its class. */
function weightOf(target: Tensor, weight: Tensor | null, ignoreIndex: number, x: Tensor): Tensor {
  const counts = ne(target, ignoreIndex);
  if (weight === null) return cast(sum(counts), x.dtype);
  return sum(where(counts, take(weight, where(counts, target, 0)), 0));
}

export type NllOptions = Omit<CrossEntropyOptions, "labelSmoothing">;
/** -x[class] for log-probabilities x (N, C, ...) and class numbers (N, ...). */
export function nllLoss(x: Tensor, target: Tensor, options: NllOptions = {}): Tensor {
  const { ignoreIndex = IGNORE, weight = null, reduction = "mean" } = options;
  const rows = moveAxis(x, Math.min(1, x.shape.length - 1), -1);
  if (!sameShape(rows.shape.slice(0, -1), target.shape)) {
    throw new ShapeError(`nllLoss: log-probabilities of ${formatShape(x.shape)} want class numbers of ` +
      `${formatShape(rows.shape.slice(0, -1))}, got ${formatShape(target.shape)}`);
  }
  const classes = classNumbers(target, rows.shape[rows.shape.length - 1], ignoreIndex);
  const counts = ne(classes, ignoreIndex);
  const weighted = weight === null ? rows : mul(rows, broadcastTo(weight, rows.shape));
  const losses = where(counts, neg(sum(where(atIndex(rows, classes), weighted, 0), -1)), 0);
  return reduction === "mean"
    ? div(sum(losses), weightOf(classes, weight, ignoreIndex, x))
    : reduceLoss(losses, reduction);
}
