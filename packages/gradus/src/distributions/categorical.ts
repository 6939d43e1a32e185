import type { Shape } from "../vocab/shape.ts";
import { full, iota } from "../ops/create.ts";
import { add, cast, clamp, div, eq, exp, gt, log, log1p, mul, neg, sub, where } from "../ops/elementwise.ts";
import { reshape, unsqueeze } from "../ops/movement.ts";
import { argmax, sum } from "../ops/reduce.ts";
import { lgamma } from "../ops/special.ts";
import { gumbelNoise } from "../nn/functional/gumbel.ts";
import { logSumExp } from "../nn/functional/log-sum.ts";
import type { RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkCount, logFactorial } from "./bernoulli.ts";
import { Distribution, lastAxis, together } from "./distribution.ts";

/** Probabilities of classes (..., K), in any proportion, or their logarithms up to a constant. */
export type Chances = { readonly probs: Tensor } | { readonly logits: Tensor };

/** Distributions over K classes: probabilities that add up to 1, and their logarithms. */
abstract class Classes extends Distribution {
  readonly probs: Tensor;
  readonly logits: Tensor;
  readonly classes: number;

  constructor(name: string, chances: Chances, hot: boolean) {
    const [given] = together("probs" in chances ? chances.probs : chances.logits);
    const classes = lastAxis(name, given);
    super(given.shape.slice(0, -1), hot ? [classes] : [], given.dtype);
    this.classes = classes;
    if ("probs" in chances) {
      const eps = given.dtype === "f64" ? 2 ** -52 : 2 ** -23;
      this.probs = div(given, sum(given, -1, { keepdim: true }));
      this.logits = log(clamp(this.probs, eps, 1 - eps));
    } else {
      this.logits = sub(given, unsqueeze(logSumExp(given, -1), -1));
      this.probs = exp(this.logits);
    }
  }
  /** Class numbers, i32 (shape, batch): the largest of logits with Gumbel noise. */
  protected drawClass(shape: Shape, options: RandomOptions): Tensor {
    const noise = gumbelNoise([...shape, ...this.batchShape, this.classes], options);
    return argmax(add(this.logits, cast(noise, this.dtype)), -1);
  }
  protected drawHot(shape: Shape, options: RandomOptions): Tensor {
    return cast(eq(unsqueeze(this.drawClass(shape, options), -1), iota(this.classes)), this.dtype);
  }
  /** sum_k weight_k ln p_k, where a weight of 0 counts nothing. */
  protected weighted(weights: Tensor): Tensor {
    return sum(where(eq(weights, 0), 0, mul(weights, this.logits)), -1);
  }
  protected classEntropy(): Tensor {
    return neg(this.weighted(this.probs));
  }
}
/** One of K classes, by its number. */
export class Categorical extends Classes {
  constructor(chances: Chances) {
    super("Categorical", chances, false);
  }
  /** Class numbers have no mean: NaN, as in PyTorch. */
  override get mean(): Tensor {
    return full(this.batchShape, NaN, this.dtype);
  }
  override get variance(): Tensor {
    return full(this.batchShape, NaN, this.dtype);
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return this.drawClass(shape, options);
  }
  override logProb(value: Tensor): Tensor {
    return sum(where(eq(unsqueeze(value, -1), cast(iota(this.classes), value.dtype)), this.logits, 0), -1);
  }
  override entropy(): Tensor {
    return this.classEntropy();
  }
}
/** One of K classes, as a vector with a single 1. */
export class OneHotCategorical extends Classes {
  constructor(chances: Chances) {
    super("OneHotCategorical", chances, true);
  }
  override get mean(): Tensor {
    return this.probs;
  }
  override get variance(): Tensor {
    return mul(this.probs, sub(1, this.probs));
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return this.drawHot(shape, options);
  }
  override logProb(value: Tensor): Tensor {
    return this.weighted(value);
  }
  override entropy(): Tensor {
    return this.classEntropy();
  }
}
/** How often each of K classes comes in n draws. */
export class Multinomial extends Classes {
  readonly totalCount: number;

  constructor(totalCount: number, chances: Chances) {
    super("Multinomial", chances, true);
    this.totalCount = checkCount("Multinomial", totalCount);
  }
  override get mean(): Tensor {
    return mul(this.probs, this.totalCount);
  }
  override get variance(): Tensor {
    return mul(mul(this.probs, sub(1, this.probs)), this.totalCount);
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return sum(this.drawHot([this.totalCount, ...shape], options), 0);
  }
  override logProb(value: Tensor): Tensor {
    const n = lgamma(add(sum(value, -1), 1));
    return add(sub(n, sum(lgamma(add(value, 1)), -1)), this.weighted(value));
  }
  /** n H - ln n! + sum over classes of the mean of ln k!, k the binomial count of the class. */
  override entropy(): Tensor {
    const n = this.totalCount, ways = logFactorial(n);
    const k = reshape(iota(n + 1, this.dtype), [n + 1, ...this.probs.shape.map(() => 1)]);
    const logs = add(mul(k, this.logits), mul(sub(n, k), log1p(neg(exp(this.logits)))));
    const choose = sub(ways, add(lgamma(add(k, 1)), lgamma(sub(n + 1, k))));
    // 0! and 1! add nothing.
    const factorials = sum(where(gt(k, 1), mul(exp(add(logs, choose)), lgamma(add(k, 1))), 0), [0, -1]);
    return add(sub(mul(this.classEntropy(), n), ways), factorials);
  }
}
