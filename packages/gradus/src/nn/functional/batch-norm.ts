import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sizeOf } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { applyAll } from "../../ops/composite.ts";
import { add, mul, rsqrt, square, sub } from "../../ops/elementwise.ts";
import { broadcastTo, reshape } from "../../ops/movement.ts";
import { mean, sum } from "../../ops/reduce.ts";

/** Over the batch and all positions of x (N, C, L). */
const OVER = [0, 2];
const wide = (perChannel: Tensor): Tensor => reshape(perChannel, [perChannel.shape[0], 1]);

/** Gradients of x, weight and bias, from the batch's mean and variance (C). */
const BATCH_NORM_GRADIENT: CompositeDefinition = {
  name: "batchNormGradient",
  body: ([x, weight, average, variance, g], { eps }) => {
    const scale = rsqrt(add(variance, Number(eps)));
    const y = mul(sub(x, wide(average)), wide(scale));
    const dWeight = sum(mul(g, y), OVER), dBias = sum(g, OVER);
    const count = x.shape[0] * x.shape[2];
    const centred = sub(g, wide(mul(dBias, 1 / count)));
    const dx = mul(sub(centred, mul(y, wide(mul(dWeight, 1 / count)))), wide(mul(scale, weight)));
    return [dx, dWeight, dBias];
  },
};
/** Operands: x (N, C, L), weight (C), bias (C). Results: y and the batch's mean and variance (C). */
const BATCH_NORM: CompositeDefinition = {
  name: "batchNorm",
  body: ([x, weight, bias], { eps }) => {
    const average = mean(x, OVER);
    const variance = mean(square(sub(x, wide(average))), OVER);
    const scale = mul(rsqrt(add(variance, Number(eps))), weight);
    return [add(mul(sub(x, wide(average)), wide(scale)), wide(bias)), average, variance];
  },
  vjp: ([x, weight], [, average, variance], [g, gAverage, gVariance], attributes) => {
    const count = x.shape[0] * x.shape[2];
    const [dx, dWeight, dBias] = g === null
      ? [null, null, null]
      : applyAll(BATCH_NORM_GRADIENT, [x, weight, average, variance, g], attributes);
    const parts = [
      dx,
      gAverage === null ? null : broadcastTo(wide(mul(gAverage, 1 / count)), x.shape),
      gVariance === null ? null : mul(sub(x, wide(average)), wide(mul(gVariance, 2 / count))),
    ].filter((part) => part !== null);
    return [parts.length === 0 ? null : parts.reduce((a, b) => add(a, b)), dWeight, dBias];
  },
};

function threeAxes(x: Tensor): Tensor {
  if (x.shape.length < 2) throw new ShapeError(`batchNorm: an input of ${formatShape(x.shape)} needs axes (N, C, ...)`);
  return reshape(x, [x.shape[0], x.shape[1], sizeOf(x.shape.slice(2))]);
}
/** The batch's own statistics of x (N, C, ...): the result, and mean and (biased) variance of each channel. */
export function batchNormTraining(
  x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5,
): { readonly result: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const rows = threeAxes(x);
  if (rows.shape[0] * rows.shape[2] < 2) {
    throw new ShapeError(`batchNorm: ${formatShape(x.shape)} has one value per channel, whose variance says nothing; ` +
      "train with larger batches or call eval()");
  }
  const [y, average, variance] = applyAll(BATCH_NORM, [rows, weight, bias], { eps });
  return { result: reshape(y, x.shape), mean: average, variance };
}
/** (x - mean) / sqrt(variance + eps) * weight + bias with given statistics per channel of x (N, C, ...). */
export function batchNormInference(
  x: Tensor, average: Tensor, variance: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5,
): Tensor {
  const shape = [x.shape[1], ...x.shape.slice(2).map(() => 1)];
  const scale = mul(rsqrt(add(variance, eps)), weight);
  return add(mul(x, reshape(scale, shape)), reshape(sub(bias, mul(average, scale)), shape));
}

/** Each channel of each sample of x (N, C, ...) by itself: the result, and mean and (biased) variance, (N, C). */
export function instanceNormTraining(
  x: Tensor, weight: Tensor, bias: Tensor, eps = 1e-5,
): { readonly result: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const [batch, channels] = x.shape;
  const each = (perChannel: Tensor): Tensor => reshape(broadcastTo(perChannel, [batch, channels]), [batch * channels]);
  const made = batchNormTraining(reshape(x, [1, batch * channels, ...x.shape.slice(2)]), each(weight), each(bias), eps);
  return {
    result: reshape(made.result, x.shape), mean: reshape(made.mean, [batch, channels]),
    variance: reshape(made.variance, [batch, channels]),
  };
}
