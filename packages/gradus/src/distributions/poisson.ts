import type { Shape } from "../vocab/shape.ts";
import { iota } from "../ops/create.ts";
import {
  abs, add, cast, div, eq, exp, floor, ge, le, log, logicalAnd, logicalNot, logicalOr, lt, maximum, mul, sqrt, square,
  sub, where, type Operand,
} from "../ops/elementwise.ts";
import { cumsum } from "../ops/loop.ts";
import { broadcastTo, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { lgamma } from "../ops/special.ts";
import type { RandomOptions } from "../tensor/random.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logFactorial } from "./bernoulli.ts";
import { Distribution, firstAccepted, positiveUniform, together } from "./distribution.ts";

/** Rates below this are drawn by counting, others by rejection. A count above LONGEST has then probability 1e-16. */
const FEW = 10, LONGEST = 48;
/** One rejection in four or fewer fails; so many in a row do so once in 10^9 draws. */
const TRIES = 16;

/** How many events come in a time in which `rate` are expected: rate^k e^(-rate) / k! */
export class Poisson extends Distribution {
  readonly rate: Tensor;

  constructor(rate: Operand) {
    const [a] = together(rate);
    super(a.shape, [], a.dtype);
    this.rate = a;
  }
  override get mean(): Tensor {
    return this.rate;
  }
  override get variance(): Tensor {
    return this.rate;
  }
  override logProb(value: Tensor): Tensor {
    const known = where(eq(value, 0), 0, mul(value, log(where(eq(value, 0), 1, this.rate))));
    return sub(sub(known, this.rate), lgamma(add(value, 1)));
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const many = ge(this.rate, FEW);
    return where(many, this.#reject(where(many, this.rate, FEW), shape, options),
      this.#count(where(many, 0, this.rate), shape, options));
  }
  /** How many values of the distribution function a uniform number passes. */
  #count(rate: Tensor, shape: Shape, options: RandomOptions): Tensor {
    const k = iota(LONGEST, this.dtype), r = unsqueeze(rate, -1);
    const factorials = cast(tensor(Float64Array.from({ length: LONGEST }, (_, i) => logFactorial(i))), this.dtype);
    const logs = sub(sub(mul(k, log(maximum(r, 1e-30))), r), factorials);
    const u = unsqueeze(this.uniformNoise(shape, options), -1);
    return cast(sum(le(cumsum(exp(logs), -1), u), -1), this.dtype);
  }
  /** Hörmann, "The transformed rejection method for generating Poisson random variables", 1993, algorithm PTRS. */
  #reject(rate: Tensor, shape: Shape, options: RandomOptions): Tensor {
    const all = [TRIES, ...this.extended(shape)], r = broadcastTo(rate, all);
    const b = add(mul(sqrt(r), 2.53), 0.931), a = add(mul(b, 0.02483), -0.059);
    const inverse = add(div(1.1328, sub(b, 3.4)), 1.1239), bound = sub(0.9277, div(3.6224, sub(b, 2)));
    const u = sub(positiveUniform(all, this.dtype, options), 0.5), v = positiveUniform(all, this.dtype, options);
    const s = maximum(sub(0.5, abs(u)), 1e-7);
    const k = floor(add(add(mul(add(div(mul(a, 2), s), b), u), r), 0.43));
    const inside = logicalAnd(ge(s, 0.07), le(v, bound));
    const outside = logicalOr(lt(k, 0), logicalAnd(lt(s, 0.013), lt(s, v)));
    const density = sub(sub(mul(k, log(r)), r), lgamma(add(maximum(k, 0), 1)));
    const below = le(sub(add(log(v), log(inverse)), log(add(div(a, square(s)), b))), density);
    return firstAccepted(k, logicalOr(inside, logicalAnd(logicalNot(outside), below)));
  }
}
