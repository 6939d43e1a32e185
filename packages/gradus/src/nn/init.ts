import { ShapeError } from "../vocab/errors.ts";
import { formatShape, sizeOf, type Shape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { rand, randn, type RandomOptions } from "../tensor/random.ts";
import { noGrad } from "../tensor/gradient.ts";
import { add, mul } from "../ops/elementwise.ts";
import { erfInverse } from "./special.ts";
import { eagerly } from "../exec/state.ts";

/**
 * First values of parameters, as tensors of a shape: `layer.weight.assign(init.xavierUniform(layer.weight.shape))`.
 * Names and formulas are those of torch.nn.init.
 */
const draw = (body: () => Tensor): Tensor => eagerly(() => noGrad(body));

export { zeros, ones, full } from "../ops/create.ts";
/** Uniform in [low, high). */
export const uniform = (shape: Shape, low = 0, high = 1, options: RandomOptions = {}): Tensor =>
  draw(() => add(mul(rand(shape, options), high - low), low));
/** Normal. */
export const normal = (shape: Shape, mean = 0, std = 1, options: RandomOptions = {}): Tensor =>
  draw(() => add(mul(randn(shape, options), std), mean));
/** Normal, cut off at `low` and `high`, by inversion of the distribution function. */
export function truncNormal(
  shape: Shape, mean = 0, std = 1, low = -2, high = 2, options: RandomOptions = {},
): Tensor {
  const tail = (x: number): number => erfOf((x - mean) / std / Math.SQRT2);
  return draw(() => {
    const [from, to] = [tail(low), tail(high)];
    const z = erfInverse(add(mul(rand(shape, options), to - from), from));
    return add(mul(z, std * Math.SQRT2), mean).clamp(low, high);
  });
}
/** The error function of one number: Taylor's series, enough where a normal is cut. */
function erfOf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 200; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

/** Numbers that flow into and out of one unit: of a weight (out, in, ...kernel). */
export function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeError(`init: a weight of shape ${formatShape(shape)} has no fan-in; it needs two axes or more`);
  }
  const window = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * window, fanOut: shape[0] * window };
}

export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";
/** The factor that keeps the variance of a signal behind a nonlinearity; `a` is the slope of a leaky ReLU. */
export function gain(nonlinearity: Nonlinearity, a = 0.01): number {
  const GAINS = {
    linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, leakyRelu: Math.sqrt(2 / (1 + a * a)), selu: 0.75,
  };
  return GAINS[nonlinearity];
}
export interface KaimingOptions extends RandomOptions {
  /** Slope of the leaky ReLU that follows (0: ReLU). */
  readonly a?: number;
  /** Keep the variance forwards (default) or backwards. */
  readonly mode?: "fanIn" | "fanOut";
  readonly nonlinearity?: Nonlinearity;
}
const kaimingStd = (shape: Shape, { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions): number =>
  gain(nonlinearity, a) / Math.sqrt(fans(shape)[mode]);
/** Uniform with bound gain sqrt(3 / fan). He et al., "Delving deep into rectifiers", 2015. */
export function kaimingUniform(shape: Shape, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd(shape, options);
  return uniform(shape, -bound, bound, options);
}
/** Normal with deviation gain / sqrt(fan). He et al. 2015. */
export const kaimingNormal = (shape: Shape, options: KaimingOptions = {}): Tensor =>
  normal(shape, 0, kaimingStd(shape, options), options);
function xavierStd(shape: Shape, scale: number): number {
  const { fanIn, fanOut } = fans(shape);
  return scale * Math.sqrt(2 / (fanIn + fanOut));
}
/** Uniform with bound gain sqrt(6 / (fanIn + fanOut)). Glorot and Bengio 2010. */
export function xavierUniform(shape: Shape, scale = 1, options: RandomOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierStd(shape, scale);
  return uniform(shape, -bound, bound, options);
}
/** Normal with deviation gain sqrt(2 / (fanIn + fanOut)). Glorot and Bengio 2010. */
export const xavierNormal = (shape: Shape, scale = 1, options: RandomOptions = {}): Tensor =>
  normal(shape, 0, xavierStd(shape, scale), options);
