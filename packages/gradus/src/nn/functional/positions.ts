import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import { iota } from "../../ops/create.ts";
import { abs, add, cast, cos, exp, mul, neg, sin, sub } from "../../ops/elementwise.ts";
import { concat, reshape } from "../../ops/movement.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** base^(-i / count) for i = 0 .. count - 1, as a row: how fast each pair of features turns per position. */
const rates = (count: number, base: number): Tensor =>
  exp(mul(cast(reshape(iota(count), [1, count]), "f32"), -Math.log(base) / count));
/** Angles (T, count): position times rate. */
const angles = (positions: Tensor, count: number, base: number): Tensor =>
  mul(reshape(cast(positions, "f32"), [-1, 1]), rates(count, base));

/**
 * Positions as waves: (T, width), column i < width/2 is sin(t / base^(2i/width)), column width/2 + i the cosine.
 *
 * Vaswani et al. 2017, section 3.5, with sines and cosines in two blocks instead of in turn, which is the same up to
 * the order of the features. `length` is T, or the positions themselves.
 */
export function sinusoidalPositions(length: number | Tensor, width: number, base = 10000): Tensor {
  if (width % 2 !== 0) throw new ShapeError(`sinusoidalPositions: width is ${width}; sines and cosines come in pairs`);
  const turned = angles(typeof length === "number" ? iota(length) : length, width / 2, base);
  return concat([sin(turned), cos(turned)], 1);
}
export interface RotaryOptions {
  /** The slowest wave has a length of about 2 pi base. Default 10000. */
  readonly base?: number;
  /** Positions (T) of the rows; default 0, 1, ... */
  readonly positions?: Tensor;
}
/**
 * Turns each pair of features (i, i + d/2) by position times base^(-2i/d), so that the product of two rows depends on
 * how far apart they are: x (..., T, d), result of the same shape. Su et al., "RoFormer", 2021, with the pairing of
 * the Llama family.
 */
export function rotary(x: Tensor, options: RotaryOptions = {}): Tensor {
  const [T, d] = x.shape.slice(-2);
  if (x.shape.length < 2 || d % 2 !== 0) {
    throw new ShapeError(`rotary: x is ${formatShape(x.shape)}; it must be (..., T, d) with an even d`);
  }
  const turned = angles(options.positions ?? iota(T), d / 2, options.base ?? 10000); // (T, d/2)
  const c = cos(turned), s = sin(turned);
  const [first, second] = x.chunk(2, -1);                                            // (..., T, d/2) each
  return concat([sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))], -1);
}
/**
 * Attention with linear biases: (heads, T, S), to be added to scores; -slope |t - s|, slopes 2^(-8h/heads) for
 * h = 1 .. heads where that is a power of two. Press et al., "Train short, test long", 2022.
 */
export function alibi(heads: number, rows: number, columns = rows): Tensor {
  const slopes = exp(mul(cast(reshape(add(iota(heads), 1), [heads, 1, 1]), "f32"), -8 * Math.LN2 / heads));
  // The last row sees the last column at distance 0.
  const row = add(reshape(iota(rows), [rows, 1]), columns - rows);
  return mul(slopes, neg(cast(abs(sub(row, iota(columns))), "f32")));
}
