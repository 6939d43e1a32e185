import {
  abs, add, clamp, cos, div, exp, expm1, ge, log, log1p, logicalAnd, lt, mul, neg, reciprocal, sign, sin, square, sub,
  where, type Operand,
} from "../ops/elementwise.ts";
import { full } from "../ops/create.ts";
import { atan } from "../ops/special.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Shape } from "../vocab/shape.ts";
import { Distribution, together } from "./distribution.ts";

/** Distributions whose function can be inverted: a draw is the inverse of a uniform number. */
abstract class Invertible extends Distribution {
  abstract override icdf(p: Tensor): Tensor;
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return this.icdf(this.uniformNoise(shape, options));
  }
}
/** The same density everywhere in [low, high). */
export class Uniform extends Invertible {
  readonly low: Tensor;
  readonly high: Tensor;

  constructor(low: Operand, high: Operand) {
    const [a, b] = together(low, high);
    super(a.shape, [], a.dtype);
    this.low = a;
    this.high = b;
  }
  get #width(): Tensor {
    return sub(this.high, this.low);
  }
  override get mean(): Tensor {
    return mul(add(this.low, this.high), 0.5);
  }
  override get variance(): Tensor {
    return mul(square(this.#width), 1 / 12);
  }
  override logProb(value: Tensor): Tensor {
    const inside = logicalAnd(ge(value, this.low), lt(value, this.high));
    return where(inside, neg(log(this.#width)), -Infinity);
  }
  override entropy(): Tensor {
    return log(this.#width);
  }
  override cdf(value: Tensor): Tensor {
    return clamp(div(sub(value, this.low), this.#width), 0, 1);
  }
  override icdf(p: Tensor): Tensor {
    return add(mul(p, this.#width), this.low);
  }
}
/** rate e^(-rate x), x >= 0: how long until the next event. */
export class Exponential extends Invertible {
  readonly rate: Tensor;

  constructor(rate: Operand) {
    const [a] = together(rate);
    super(a.shape, [], a.dtype);
    this.rate = a;
  }
  override get mean(): Tensor {
    return reciprocal(this.rate);
  }
  override get variance(): Tensor {
    return reciprocal(square(this.rate));
  }
  override logProb(value: Tensor): Tensor {
    return sub(log(this.rate), mul(this.rate, value));
  }
  override entropy(): Tensor {
    return sub(1, log(this.rate));
  }
  override cdf(value: Tensor): Tensor {
    return neg(expm1(neg(mul(this.rate, value))));
  }
  override icdf(p: Tensor): Tensor {
    return div(neg(log1p(neg(p))), this.rate);
  }
}
/** What the kinds with a place and a width share: they are functions of z = (x - loc) / scale. */
abstract class LocationScale extends Invertible {
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(loc: Operand, scale: Operand) {
    const [a, b] = together(loc, scale);
    super(a.shape, [], a.dtype);
    this.loc = a;
    this.scale = b;
  }
  protected z(value: Tensor): Tensor {
    return div(sub(value, this.loc), this.scale);
  }
  protected at(z: Tensor): Tensor {
    return add(mul(z, this.scale), this.loc);
  }
}
/** e^(-|z|) / (2 scale) */
export class Laplace extends LocationScale {
  override get mean(): Tensor {
    return this.loc;
  }
  override get variance(): Tensor {
    return mul(square(this.scale), 2);
  }
  override logProb(value: Tensor): Tensor {
    return sub(neg(abs(this.z(value))), log(mul(this.scale, 2)));
  }
  override entropy(): Tensor {
    return add(log(mul(this.scale, 2)), 1);
  }
  override cdf(value: Tensor): Tensor {
    const z = this.z(value);
    return sub(0.5, mul(mul(sign(z), expm1(neg(abs(z)))), 0.5));
  }
  override icdf(p: Tensor): Tensor {
    const side = sub(p, 0.5);
    return this.at(neg(mul(sign(side), log1p(mul(abs(side), -2)))));
  }
}
/** 1 / (pi scale (1 + z^2)): tails so long that there is no mean. */
export class Cauchy extends LocationScale {
  override get mean(): Tensor {
    return full(this.batchShape, NaN, this.dtype);
  }
  override get variance(): Tensor {
    return full(this.batchShape, NaN, this.dtype);
  }
  override logProb(value: Tensor): Tensor {
    return sub(neg(log1p(square(this.z(value)))), log(mul(this.scale, Math.PI)));
  }
  override entropy(): Tensor {
    return log(mul(this.scale, 4 * Math.PI));
  }
  override cdf(value: Tensor): Tensor {
    return add(mul(atan(this.z(value)), 1 / Math.PI), 0.5);
  }
  override icdf(p: Tensor): Tensor {
    const angle = mul(sub(p, 0.5), Math.PI);
    return this.at(div(sin(angle), cos(angle)));
  }
}
const EULER = 0.5772156649015329;
/** e^(-z - e^(-z)) / scale: the largest of many. Gumbel 1954. */
export class Gumbel extends LocationScale {
  override get mean(): Tensor {
    return add(mul(this.scale, EULER), this.loc);
  }
  override get variance(): Tensor {
    return mul(square(this.scale), Math.PI ** 2 / 6);
  }
  override logProb(value: Tensor): Tensor {
    const z = this.z(value);
    return sub(neg(add(z, exp(neg(z)))), log(this.scale));
  }
  override entropy(): Tensor {
    return add(log(this.scale), 1 + EULER);
  }
  override cdf(value: Tensor): Tensor {
    return exp(neg(exp(neg(this.z(value)))));
  }
  override icdf(p: Tensor): Tensor {
    return this.at(neg(log(neg(log(p)))));
  }
}
