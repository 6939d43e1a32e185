import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sizeOf, type Shape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { rand, randn, type RandomOptions } from "../tensor/random.ts";
import { matmul } from "../ops/contract.ts";
import { iota } from "../ops/create.ts";
import { add, cast, eq, ge, logicalAnd, mul, rsqrt, square, sub } from "../ops/elementwise.ts";
import { argsort } from "../ops/indexing.ts";
import { broadcastTo, reshape, transpose } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { erfInverse } from "./special.ts";
import { firstNumbers } from "./parameter.ts";

/**
 * First values of parameters, as tensors of a shape: `layer.weight.assign(init.xavierUniform(layer.weight.shape))`.
 * Names and formulas are those of torch.nn.init.
 */
const draw = (body: () => Tensor): Tensor => firstNumbers(body);

export { zeros, ones, full, full as constant } from "../ops/create.ts";
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

export type Nonlinearity =
  "linear" | "conv1d" | "conv2d" | "conv3d" | "convTranspose1d" | "convTranspose2d" | "convTranspose3d" |
  "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";
/** The factor that keeps the variance of a signal behind a nonlinearity; `a` is the slope of a leaky ReLU. */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  const GAINS: Readonly<Partial<Record<Nonlinearity, number>>> = {
    tanh: 5 / 3, relu: Math.SQRT2, leakyRelu: Math.sqrt(2 / (1 + a * a)), selu: 0.75,
  };
  return GAINS[nonlinearity] ?? 1;
}
export interface KaimingOptions extends RandomOptions {
  /** Slope of the leaky ReLU that follows (0: ReLU). */
  readonly a?: number;
  /** Keep the variance forwards (default) or backwards. */
  readonly mode?: "fanIn" | "fanOut";
  readonly nonlinearity?: Nonlinearity;
}
const kaimingStd = (shape: Shape, { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions): number =>
  calculateGain(nonlinearity, a) / Math.sqrt(fans(shape)[mode]);
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

/** 1 on the diagonal of a matrix, 0 elsewhere: a linear layer that passes on its input. */
export function eye([rows, columns, ...rest]: Shape): Tensor {
  if (columns === undefined || rest.length > 0) {
    throw new ShapeError("init.eye: only a matrix has a diagonal; give a shape of two axes");
  }
  return draw(() => cast(eq(reshape(iota(rows), [rows, 1]), iota(columns)), "f32"));
}
/** A convolution (out, in, ...kernel) that passes on its input channels, those of each group to its own outputs. */
export function dirac(shape: Shape, groups = 1): Tensor {
  const [out, inputs, ...kernel] = shape;
  if (kernel.length < 1 || kernel.length > 3 || out % groups !== 0) {
    throw new ShapeError(`init.dirac: ${formatShape(shape)} with ${groups} group(s) is no convolution ` +
      "(out, in, ...kernel) whose outputs the groups divide");
  }
  return draw(() => {
    const along = (n: number, axis: number): Tensor => reshape(iota(n), shape.map((_, i) => (i === axis ? n : 1)));
    const channel = eq(along(out, 0).remainder(out / groups), along(inputs, 1));
    const centre = kernel.map((n, i) => eq(along(n, i + 2), Math.floor(n / 2)));
    return cast(broadcastTo(centre.reduce((a, b) => logicalAnd(a, b), channel), shape), "f32");
  });
}
/**
 * A random matrix (first axis, rest) with orthonormal rows or columns, whichever are fewer, times a gain: all of them
 * are equally likely (Haar measure). Saxe, McClelland and Ganguli 2014.
 */
export function orthogonal(shape: Shape, scale = 1, options: RandomOptions = {}): Tensor {
  if (shape.length < 2) {
    throw new ShapeError(`init.orthogonal: ${formatShape(shape)} is no matrix; it needs two axes or more`);
  }
  const rows = shape[0], columns = sizeOf(shape.slice(1));
  return draw(() => {
    const [m, n] = [Math.min(rows, columns), Math.max(rows, columns)];
    // A normal matrix has no preferred direction, and neither has the orthogonal matrix nearest to it.
    const start = randn([m, n], options);
    const q = nearestOrthogonal(mul(start, rsqrt(sum(square(start)))));
    return mul(reshape(rows <= columns ? q : transpose(q), shape), scale);
  });
}
/**
 * The factor Q of the polar decomposition X = S Q of X (m, n), m <= n, with singular values in (0, 1]: polynomials of
 * X X^T move them to 1. Twelve steep quintic steps (coefficients of Jordan et al. 2024) lift those above 1e-6, cubic
 * steps of Newton and Schulz then converge quadratically.
 */
function nearestOrthogonal(start: Tensor): Tensor {
  let x = start;
  for (let step = 0; step < 12; step++) {
    const gram = matmul(x, transpose(x));
    x = add(mul(x, 3.4445), matmul(add(mul(gram, -4.775), mul(matmul(gram, gram), 2.0315)), x));
  }
  for (let step = 0; step < 6; step++) x = sub(mul(x, 1.5), mul(matmul(matmul(x, transpose(x)), x), 0.5));
  return x;
}
/** A normal matrix in which a share `sparsity` of each column, rounded up, is 0. Martens 2010. */
export function sparse(shape: Shape, sparsity: number, std = 0.01, options: RandomOptions = {}): Tensor {
  if (shape.length !== 2 || !(sparsity >= 0 && sparsity <= 1)) {
    throw new UsageError(`init.sparse: a shape of ${formatShape(shape)} and a share of ${sparsity}; it takes a ` +
      "matrix and a share of zeros between 0 and 1");
  }
  // The rank of each number among random ones of its column.
  const order = draw(() => argsort(argsort(rand(shape, options), 0), 0));
  return draw(() => mul(mul(randn(shape, options), std), ge(order, Math.ceil(sparsity * shape[0]))));
}
