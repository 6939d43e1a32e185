import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape, sizeOf } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { apply, applyAll } from "../../ops/composite.ts";
import { add, div, mul, pow, rsqrt, square, sub } from "../../ops/elementwise.ts";
import { pad, reshape } from "../../ops/movement.ts";
import { mean, sum } from "../../ops/reduce.ts";
import { windows } from "../../ops/window.ts";

const LAST = { keepdim: true } as const;
const leading = (x: Tensor): number[] => x.shape.slice(0, -1).map((_, i) => i);

// Rows are normalised over the last axis. Operands: x (..., n), then weight (n) and bias (n) where there are.

/** Gradients of the operands: x, weight (if any), bias (if any); recomputes mean and deviation of each row. */
const LAYER_NORM_GRADIENT: CompositeDefinition = {
  name: "layerNormGradient",
  body: ([x, g, ...rest], { eps, affine }) => {
    const centred = sub(x, mean(x, -1, LAST));
    const scale = rsqrt(add(mean(square(centred), -1, LAST), Number(eps)));
    const y = mul(centred, scale);
    const h = Number(affine) > 0 ? mul(g, rest[0]) : g;
    const dx = mul(scale, sub(sub(h, mean(h, -1, LAST)), mul(y, mean(mul(h, y), -1, LAST))));
    return [dx, sum(mul(g, y), leading(x)), sum(g, leading(x))].slice(0, 1 + Number(affine));
  },
};
const LAYER_NORM: CompositeDefinition = {
  name: "layerNorm",
  body: ([x, weight, bias], { eps, affine }) => {
    const centred = sub(x, mean(x, -1, LAST));
    const y = mul(centred, rsqrt(add(mean(square(centred), -1, LAST), Number(eps))));
    const scaled = Number(affine) > 0 ? mul(y, weight) : y;
    return Number(affine) > 1 ? add(scaled, bias) : scaled;
  },
  vjp: ([x, ...rest], _, [g], attributes) =>
    g === null ? [] : applyAll(LAYER_NORM_GRADIENT, [x, g, ...rest.slice(0, 1)], attributes),
};
const RMS_NORM_GRADIENT: CompositeDefinition = {
  name: "rmsNormGradient",
  body: ([x, g, ...rest], { eps, affine }) => {
    const scale = rsqrt(add(mean(square(x), -1, LAST), Number(eps)));
    const y = mul(x, scale);
    const h = Number(affine) > 0 ? mul(g, rest[0]) : g;
    const dx = mul(scale, sub(h, mul(y, mean(mul(h, y), -1, LAST))));
    return [dx, sum(mul(g, y), leading(x))].slice(0, 1 + Number(affine));
  },
};
const RMS_NORM: CompositeDefinition = {
  name: "rmsNorm",
  body: ([x, weight], { eps, affine }) => {
    const y = mul(x, rsqrt(add(mean(square(x), -1, LAST), Number(eps))));
    return Number(affine) > 0 ? mul(y, weight) : y;
  },
  vjp: ([x, ...rest], _, [g], attributes) =>
    g === null ? [] : applyAll(RMS_NORM_GRADIENT, [x, g, ...rest], attributes),
};

/** x with the axes of `shape`, which must be its last ones, as one; and the operands that go with it. */
function rows(x: Tensor, shape: readonly number[], given: readonly (Tensor | null)[], what: string): Tensor[] {
  const tail = x.shape.slice(x.shape.length - shape.length);
  if (!sameShape(tail, shape)) {
    throw new ShapeError(`${what}: an input of ${formatShape(x.shape)} does not end in ${formatShape(shape)}, ` +
      "the shape to normalise over");
  }
  const n = sizeOf(shape);
  return [reshape(x, [...x.shape.slice(0, x.shape.length - shape.length), n]),
    ...given.flatMap((p) => (p === null ? [] : [reshape(p, [n])]))];
}
/**
 * (x - mean) / sqrt(variance + eps) * weight + bias over the last axes, whose sizes are `shape`. A bias needs a weight.
 * Ba, Kiros, Hinton 2016.
 */
export function layerNorm(
  x: Tensor, shape: readonly number[], weight: Tensor | null = null, bias: Tensor | null = null, eps = 1e-5,
): Tensor {
  if (weight === null && bias !== null) return add(layerNorm(x, shape, null, null, eps), bias);
  const operands = rows(x, shape, [weight, bias], "layerNorm");
  return reshape(apply(LAYER_NORM, operands, { eps, affine: operands.length - 1 }), x.shape);
}
/** x / sqrt(mean(x^2) + eps) * weight over the last axes, whose sizes are `shape`. Zhang and Sennrich 2019. */
export function rmsNorm(x: Tensor, shape: readonly number[], weight: Tensor | null = null, eps = 1e-6): Tensor {
  const operands = rows(x, shape, [weight], "rmsNorm");
  return reshape(apply(RMS_NORM, operands, { eps, affine: operands.length - 1 }), x.shape);
}
/** One scale and shift per channel (axis 1) of x (N, C, ...). */
function perChannel(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const shape = [x.shape[1], ...x.shape.slice(2).map(() => 1)];
  const scaled = weight === null ? x : mul(x, reshape(weight, shape));
  return bias === null ? scaled : add(scaled, reshape(bias, shape));
}
/** Layer norm over each of `groups` groups of channels of x (N, C, ...). Wu and He 2018. */
export function groupNorm(
  x: Tensor, groups: number, weight: Tensor | null = null, bias: Tensor | null = null, eps = 1e-5,
): Tensor {
  const [batch, channels] = x.shape;
  if (x.shape.length < 2 || channels % groups !== 0) {
    throw new ShapeError(`groupNorm: ${groups} groups do not divide the channels (axis 1) of ${formatShape(x.shape)}`);
  }
  const size = sizeOf(x.shape) / batch / groups;
  const y = layerNorm(reshape(x, [batch, groups, size]), [size], null, null, eps);
  return perChannel(reshape(y, x.shape), weight, bias);
}
/** Group norm with one channel a group. Ulyanov et al. 2016. */
export const instanceNorm = (
  x: Tensor, weight: Tensor | null = null, bias: Tensor | null = null, eps = 1e-5,
): Tensor => groupNorm(x, x.shape[1], weight, bias, eps);

export interface LocalResponseNormOptions {
  /** Default 1e-4. */
  readonly alpha?: number;
  /** Default 0.75. */
  readonly beta?: number;
  /** Default 1. */
  readonly k?: number;
}
/**
 * x / (k + alpha m)^beta, m the mean square over the `size` channels around each, of x (N, C, ...); channels beyond the
 * ends count as 0. Krizhevsky et al. 2012.
 */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  const before = x.shape.map((_, i) => (i === 1 ? Math.floor(size / 2) : 0));
  const after = x.shape.map((_, i) => (i === 1 ? Math.floor((size - 1) / 2) : 0));
  const around = windows(pad(square(x), before, after), { axes: [1], size: [size], stride: [1], dilation: [1] });
  return div(x, pow(add(mul(mean(around, -1), alpha), k), beta));
}
