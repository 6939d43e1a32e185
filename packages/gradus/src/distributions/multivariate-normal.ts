import { ShapeError } from "../vocab/errors.ts";
import { broadcastShapes, formatShape, type Shape } from "../vocab/shape.ts";
import { matmul } from "../ops/contract.ts";
import { iota, zerosLike } from "../ops/create.ts";
import { add, cast, div, eq, log, mul, square, sub, where } from "../ops/elementwise.ts";
import { scan } from "../ops/loop.ts";
import { broadcastTo, moveAxis, squeeze, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Distribution, together } from "./distribution.ts";

/** The diagonal of the last two axes: (..., n, n) gives (..., n). */
export const diagonal = (matrix: Tensor): Tensor => {
  const at = iota(matrix.shape[matrix.shape.length - 1]);
  return sum(where(eq(unsqueeze(at, 1), at), matrix, 0), -1);
};
/**
 * x with L x = b for a lower triangular L (..., n, n) and b (..., n): row by row, from the top, as a loop of the
 * program, so that densities can be part of a compiled step.
 */
export function forwardSubstitution(lower: Tensor, b: Tensor): Tensor {
  const n = b.shape[b.shape.length - 1], shape = broadcastShapes(lower.shape.slice(0, -1), b.shape, "solve");
  const rows = moveAxis(broadcastTo(lower, [...shape, n]), -2, 0);           // (n, ..., n)
  const first = (x: Tensor): Tensor => moveAxis(broadcastTo(x, shape), -1, 0), wanted = first(b);
  const divisors = first(diagonal(lower));
  const units = cast(eq(unsqueeze(iota(n), 1), iota(n)), b.dtype);           // (n, n)
  const { carries } = scan([zerosLike(broadcastTo(b, shape))], [rows, wanted, divisors, units], [],
    ([x], [row, value, divisor, unit]) => {
      const next = div(sub(value, sum(mul(row, x), -1)), divisor);
      return { carries: [add(x, mul(unsqueeze(next, -1), unit))], results: [] };
    });
  return carries[0];
}
/** A normal distribution in n dimensions: mean (..., n), Cholesky factor L (..., n, n) of its covariance L L^T. */
export class MultivariateNormal extends Distribution {
  readonly loc: Tensor;
  readonly scaleTril: Tensor;

  constructor(loc: Tensor, { scaleTril }: { readonly scaleTril: Tensor }) {
    const n = loc.shape[loc.shape.length - 1];
    if (loc.shape.length < 1 || scaleTril.shape.length < 2 || scaleTril.shape.slice(-2).some((size) => size !== n)) {
      throw new ShapeError(`MultivariateNormal: a mean of ${formatShape(loc.shape)} and scaleTril of ` +
        `${formatShape(scaleTril.shape)} do not fit; give (..., n) and (..., n, n), lower triangular`);
    }
    const lead = broadcastShapes(loc.shape.slice(0, -1), scaleTril.shape.slice(0, -2), "MultivariateNormal");
    const [a] = together(loc);
    super(lead, [n], a.dtype);
    this.loc = broadcastTo(a, [...lead, n]);
    this.scaleTril = broadcastTo(cast(scaleTril, a.dtype), [...lead, n, n]);
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return sum(square(this.scaleTril), -1);
  }
  get covarianceMatrix(): Tensor {
    return matmul(this.scaleTril, this.scaleTril.transpose(-2, -1));
  }
  /** Half of ln det of the covariance. */
  get halfLogDeterminant(): Tensor {
    return sum(log(diagonal(this.scaleTril)), -1);
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const noise = unsqueeze(this.normalNoise(shape, options), -1);
    return add(squeeze(matmul(this.scaleTril, noise), -1), this.loc);
  }
  override logProb(value: Tensor): Tensor {
    const n = this.eventShape[0], z = forwardSubstitution(this.scaleTril, sub(value, this.loc));
    return sub(mul(add(sum(square(z), -1), n * Math.log(2 * Math.PI)), -0.5), this.halfLogDeterminant);
  }
  override entropy(): Tensor {
    return add(this.halfLogDeterminant, this.eventShape[0] / 2 * (1 + Math.log(2 * Math.PI)));
  }
}
