import { iota } from "../ops/create.ts";
import {
  add, cast, div, exp, gt, le, log, log1p, logicalAnd, lt, maximum, mul, reciprocal, rsqrt, square, sub, where,
  type Operand,
} from "../ops/elementwise.ts";
import { broadcastTo, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { digamma, lgamma } from "../ops/special.ts";
import { softmax } from "../nn/functional/softmax.ts";
import { noGrad } from "../tensor/gradient.ts";
import { randn, type RandomOptions } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Shape } from "../vocab/shape.ts";
import { Distribution, firstAccepted, lastAxis, positiveUniform, together } from "./distribution.ts";

/** Steps by which a concentration is raised before the rejection, and how often that is tried: one in 10^9 fails. */
const RAISED = 8, TRIES = 4;

/**
 * ln of gamma draws with rate 1: concentration a, result (shape, a). A draw for a + 8 by rejection (Marsaglia and Tsang
 * 2000), times u^(1 / (a + i)) for each step back. Gradients go through both with the accepted noise held: so high up
 * nearly all of it is accepted, and what that leaves out is small. Naesseth et al. 2017.
 */
export function logGammaDraw(concentration: Tensor, shape: Shape, options: RandomOptions): Tensor {
  const all = [...shape, ...concentration.shape], dtype = concentration.dtype;
  const d = broadcastTo(add(concentration, RAISED - 1 / 3), all), c = mul(rsqrt(d), 1 / 3);
  const noise = noGrad(() => {
    const normals = cast(randn([TRIES, ...all], options), dtype), u = positiveUniform([TRIES, ...all], dtype, options);
    const root = add(mul(normals, c), 1), v = mul(root, square(root));
    const bound = add(mul(square(normals), 0.5), mul(d, add(sub(1, v), log(maximum(v, 1e-30)))));
    return firstAccepted(normals, logicalAnd(gt(v, 0), lt(log(u), bound)));
  });
  const back = log(positiveUniform([RAISED, ...all], dtype, options));
  const steps = reshape(iota(RAISED, dtype), [RAISED, ...all.map(() => 1)]);
  const raised = add(log(d), mul(log(add(mul(noise, c), 1)), 3));
  return add(raised, sum(div(back, add(steps, concentration)), 0));
}
/** ln of the beta function. */
const logBeta = (a: Tensor, b: Tensor): Tensor => sub(add(lgamma(a), lgamma(b)), lgamma(add(a, b)));

/** rate^a x^(a - 1) e^(-rate x) / gamma(a), x > 0. */
export class Gamma extends Distribution {
  readonly concentration: Tensor;
  readonly rate: Tensor;

  constructor(concentration: Operand, rate: Operand) {
    const [a, b] = together(concentration, rate);
    super(a.shape, [], a.dtype);
    this.concentration = a;
    this.rate = b;
  }
  override get mean(): Tensor {
    return div(this.concentration, this.rate);
  }
  override get variance(): Tensor {
    return div(this.concentration, square(this.rate));
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    return div(exp(logGammaDraw(this.concentration, shape, options)), this.rate);
  }
  override logProb(value: Tensor): Tensor {
    const a = this.concentration, r = this.rate;
    return sub(sub(add(mul(a, log(r)), mul(sub(a, 1), log(value))), mul(r, value)), lgamma(a));
  }
  override entropy(): Tensor {
    const a = this.concentration;
    return add(add(sub(a, log(this.rate)), lgamma(a)), mul(sub(1, a), digamma(a)));
  }
}
/** x^(a - 1) (1 - x)^(b - 1) / B(a, b) on (0, 1): a belief about a probability. */
export class Beta extends Distribution {
  readonly concentration1: Tensor;
  readonly concentration0: Tensor;

  constructor(concentration1: Operand, concentration0: Operand) {
    const [a, b] = together(concentration1, concentration0);
    super(a.shape, [], a.dtype);
    this.concentration1 = a;
    this.concentration0 = b;
  }
  get #total(): Tensor {
    return add(this.concentration1, this.concentration0);
  }
  override get mean(): Tensor {
    return div(this.concentration1, this.#total);
  }
  override get variance(): Tensor {
    const total = this.#total;
    return div(mul(this.concentration1, this.concentration0), mul(square(total), add(total, 1)));
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const a = logGammaDraw(this.concentration1, shape, options), b = logGammaDraw(this.concentration0, shape, options);
    return reciprocal(add(exp(sub(b, a)), 1));
  }
  override logProb(value: Tensor): Tensor {
    const a = this.concentration1, b = this.concentration0;
    const powers = add(mul(sub(a, 1), log(value)), mul(sub(b, 1), log1p(mul(value, -1))));
    return sub(powers, logBeta(a, b));
  }
  override entropy(): Tensor {
    const a = this.concentration1, b = this.concentration0, total = this.#total;
    const slopes = add(mul(sub(a, 1), digamma(a)), mul(sub(b, 1), digamma(b)));
    return add(sub(logBeta(a, b), slopes), mul(sub(total, 2), digamma(total)));
  }
}
/** prod x_i^(a_i - 1) over shares that add up to 1, concentrations (..., K): a belief about a categorical. */
export class Dirichlet extends Distribution {
  readonly concentration: Tensor;

  constructor(concentration: Tensor) {
    const [a] = together(concentration);
    super(a.shape.slice(0, -1), [lastAxis("Dirichlet", a)], a.dtype);
    this.concentration = a;
  }
  get #total(): Tensor {
    return sum(this.concentration, -1, { keepdim: true });
  }
  override get mean(): Tensor {
    return div(this.concentration, this.#total);
  }
  override get variance(): Tensor {
    const total = this.#total, a = this.concentration;
    return div(mul(a, sub(total, a)), mul(square(total), add(total, 1)));
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    // Gamma draws over their sum, from their logarithms: none is lost where all are tiny.
    return softmax(logGammaDraw(this.concentration, shape, options), -1);
  }
  /** ln of the factor that makes the density integrate to 1, negated. */
  get logNormalizer(): Tensor {
    return sub(sum(lgamma(this.concentration), -1), lgamma(sum(this.concentration, -1)));
  }
  override logProb(value: Tensor): Tensor {
    return sub(sum(mul(sub(this.concentration, 1), log(value)), -1), this.logNormalizer);
  }
  override entropy(): Tensor {
    const a = this.concentration, k = this.eventShape[0], total = sum(a, -1);
    return sub(add(this.logNormalizer, mul(sub(total, k), digamma(total))), sum(mul(sub(a, 1), digamma(a)), -1));
  }
}
/** Student's distribution with df degrees of freedom: a normal one whose scale is itself uncertain. Gosset 1908. */
export class StudentT extends Distribution {
  readonly df: Tensor;
  readonly loc: Tensor;
  readonly scale: Tensor;

  constructor(df: Operand, loc: Operand = 0, scale: Operand = 1) {
    const [a, b, c] = together(df, loc, scale);
    super(a.shape, [], a.dtype);
    this.df = a;
    this.loc = b;
    this.scale = c;
  }
  override get mean(): Tensor {
    return where(le(this.df, 1), NaN, this.loc);
  }
  override get variance(): Tensor {
    const finite = gt(this.df, 2), safe = where(finite, this.df, 3);
    const value = mul(square(this.scale), div(safe, sub(safe, 2)));
    return where(le(this.df, 1), NaN, where(finite, value, Infinity));
  }
  override get hasRsample(): boolean {
    return true;
  }
  protected override draw(shape: Shape, options: RandomOptions): Tensor {
    const half = mul(this.df, 0.5), logShare = sub(logGammaDraw(half, shape, options), log(half));
    const z = mul(this.normalNoise(shape, options), exp(mul(logShare, -0.5)));
    return add(mul(z, this.scale), this.loc);
  }
  get #logNormalizer(): Tensor {
    const half = mul(this.df, 0.5);
    return add(sub(add(log(this.scale), mul(log(mul(this.df, Math.PI)), 0.5)), lgamma(add(half, 0.5))), lgamma(half));
  }
  override logProb(value: Tensor): Tensor {
    const z = div(sub(value, this.loc), this.scale);
    return sub(mul(mul(add(this.df, 1), -0.5), log1p(div(square(z), this.df))), this.#logNormalizer);
  }
  override entropy(): Tensor {
    const half = mul(this.df, 0.5), more = add(half, 0.5);
    return add(this.#logNormalizer, mul(more, sub(digamma(more), digamma(half))));
  }
}
