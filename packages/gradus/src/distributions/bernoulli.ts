import { UsageError } from "../vocab/errors.ts";
import type { Shape } from "../vocab/shape.ts";
import { iota } from "../ops/create.ts";
import {
  add, cast, clamp, div, exp, floor, log, log1p, lt, mul, neg, reciprocal, sigmoid, sub, type Operand,
} from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { lgamma } from "../ops/special.ts";
import { softplus } from "../nn/functional/activation.ts";
import { rand, type RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Distribution, together } from "./distribution.ts";

/** A probability, or its logit ln(p / (1 - p)). */
export type Chance = { readonly probs: Operand } | { readonly logits: Operand };

/** Distributions of trials that succeed with a probability. */
abstract class Trials extends Distribution {
  readonly probs: Tensor;
  readonly logits: Tensor;

  constructor(chance: Chance) {
    const [given] = together("probs" in chance ? chance.probs : chance.logits);
    super(given.shape, [], given.dtype);
    const eps = given.dtype === "f64" ? 2 ** -52 : 2 ** -23;
    this.probs = "probs" in chance ? given : sigmoid(given);
    if ("probs" in chance) {
      const p = clamp(given, eps, 1 - eps);
      this.logits = sub(log(p), log1p(neg(p)));
    } else this.logits = given;
  }
  /** -ln of the probability of one trial's outcome, or of a share: k (ln p) + (1 - k) ln(1 - p), from the logit. */
  protected surprise(value: Tensor): Tensor {
    return add(mul(sub(1, value), this.logits), softplus(neg(this.logits)));
  }
}
/** 1 with probability p, else 0. */
export class Bernoulli extends Trials {
  override get mean(): Tensor {
    return this.probs;
  }
  override get variance(): Tensor {
    return mul(this.probs, sub(1, this.probs));
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return cast(lt(rand(this.extended(shape), options), this.probs), this.dtype);
  }
  override logProb(value: Tensor): Tensor {
    return neg(this.surprise(value));
  }
  override entropy(): Tensor {
    return this.surprise(this.probs);
  }
}
/** How many trials fail before the first success: p (1 - p)^k. */
export class Geometric extends Trials {
  override get mean(): Tensor {
    return sub(reciprocal(this.probs), 1);
  }
  override get variance(): Tensor {
    return div(sub(reciprocal(this.probs), 1), this.probs);
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return floor(div(log(this.uniformNoise(shape, options)), log1p(neg(this.probs))));
  }
  override logProb(value: Tensor): Tensor {
    return add(mul(value, log1p(neg(this.probs))), log(this.probs));
  }
  override entropy(): Tensor {
    return div(this.surprise(this.probs), this.probs);
  }
}
/** Trials, as a plain number: shapes depend on it. */
export function checkCount(name: string, count: number): number {
  if (!Number.isInteger(count) || count < 0) {
    throw new UsageError(`${name}: totalCount is ${count}; it is a whole number of trials, one for the whole batch`);
  }
  return count;
}
/** How many of n trials succeed. */
export class Binomial extends Trials {
  readonly totalCount: number;

  constructor(totalCount: number, chance: Chance) {
    super(chance);
    this.totalCount = checkCount("Binomial", totalCount);
  }
  override get mean(): Tensor {
    return mul(this.probs, this.totalCount);
  }
  override get variance(): Tensor {
    return mul(mul(this.probs, sub(1, this.probs)), this.totalCount);
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const trials = lt(rand([this.totalCount, ...this.extended(shape)], options), this.probs);
    return cast(sum(trials, 0), this.dtype);
  }
  override logProb(value: Tensor): Tensor {
    const n = this.totalCount, ways = add(lgamma(add(value, 1)), lgamma(sub(n + 1, value)));
    return sub(sub(mul(value, this.logits), mul(softplus(this.logits), n)), sub(ways, logFactorial(n)));
  }
  override entropy(): Tensor {
    const values = reshape(iota(this.totalCount + 1, this.dtype), [-1, ...this.batchShape.map(() => 1)]);
    const logs = this.logProb(values);
    return neg(sum(mul(exp(logs), logs), 0));
  }
}
/** ln n! of a plain number. */
export function logFactorial(n: number): number {
  let sum_ = 0;
  for (let i = 2; i <= n; i++) sum_ += Math.log(i);
  return sum_;
}
