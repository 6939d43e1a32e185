import { add, cast, div, erf, exp, expm1, log, mul, neg, square, sub, type Operand } from "../ops/elementwise.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Shape } from "../vocab/shape.ts";
import { erfInverse } from "../nn/special.ts";
import { Distribution, together } from "./distribution.ts";

const HALF_LOG_TAU = Math.log(2 * Math.PI) / 2;

/** e^(-(x - loc)^2 / (2 scale^2)) / (scale sqrt(2 pi)) */
export class Normal extends Distribution {
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(loc: Operand, scale: Operand) {
    const [a, b] = together(loc, scale);
    super(a.shape, [], a.dtype);
    this.loc = a;
    this.scale = b;
  }
  override get mean(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return square(this.scale);
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return add(mul(this.normalNoise(shape, options), this.scale), this.loc);
  }
  override logProb(value: Tensor): Tensor {
    const z = div(sub(value, this.loc), this.scale);
    return sub(sub(mul(square(z), -0.5), log(this.scale)), HALF_LOG_TAU);
  }
  override entropy(): Tensor {
    return add(log(this.scale), 0.5 + HALF_LOG_TAU);
  }
  override cdf(value: Tensor): Tensor {
    return mul(add(erf(mul(div(sub(value, this.loc), this.scale), Math.SQRT1_2)), 1), 0.5);
  }
  override icdf(p: Tensor): Tensor {
    return add(mul(mul(erfInverse(sub(mul(cast(p, this.dtype), 2), 1)), this.scale), Math.SQRT2), this.loc);
  }
}
/** What e^x is for a normal x: positive, with a long tail. */
export class LogNormal extends Distribution {
  readonly base: Normal;

  constructor(loc: Operand, scale: Operand) {
    const base = new Normal(loc, scale);
    super(base.batchShape, [], base.dtype);
    this.base = base;
  }
  override get mean(): Tensor {
    return exp(add(this.base.loc, mul(this.base.variance, 0.5)));
  }
  override get variance(): Tensor {
    return mul(expm1(this.base.variance), exp(add(mul(this.base.loc, 2), this.base.variance)));
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return exp(this.base.rsample(shape, options));
  }
  override logProb(value: Tensor): Tensor {
    const x = log(value);
    return add(this.base.logProb(x), neg(x));
  }
  override entropy(): Tensor {
    return add(this.base.entropy(), this.base.loc);
  }
  override cdf(value: Tensor): Tensor {
    return this.base.cdf(log(value));
  }
  override icdf(p: Tensor): Tensor {
    return exp(this.base.icdf(p));
  }
}
