import { UsageError } from "../vocab/errors.ts";
import {
  abs, add, div, eq, exp, ge, le, log, logicalAnd, mul, neg, square, sub, where,
} from "../ops/elementwise.ts";
import { moveAxis, unsqueeze } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { digamma, lgamma } from "../ops/special.ts";
import { softplus } from "../nn/functional/activation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bernoulli, Binomial, Geometric } from "./bernoulli.ts";
import { Cauchy, Exponential, Gumbel, Laplace, Uniform } from "./by-inversion.ts";
import { Categorical, OneHotCategorical } from "./categorical.ts";
import { Independent } from "./combined.ts";
import type { Distribution } from "./distribution.ts";
import { Beta, Dirichlet, Gamma } from "./gamma.ts";
import { forwardSubstitution, MultivariateNormal } from "./multivariate-normal.ts";
import { LogNormal, Normal } from "./normal.ts";
import { Poisson } from "./poisson.ts";

type Kind<D> = abstract new (...args: never[]) => D;
interface Row {
  readonly p: Kind<Distribution>;
  readonly q: Kind<Distribution>;
  readonly formula: (p: Distribution, q: Distribution) => Tensor;
}
/** A formula for a pair of kinds. */
const row = <P extends Distribution, Q extends Distribution>(
  p: Kind<P>, q: Kind<Q>, formula: (p: P, q: Q) => Tensor,
): Row => ({ p, q, formula: formula as Row["formula"] });

const normals = (p: Normal, q: Normal): Tensor => {
  const ratio = square(div(p.scale, q.scale)), away = square(div(sub(p.loc, q.loc), q.scale));
  return mul(sub(sub(add(ratio, away), 1), log(ratio)), 0.5);
};
const gammas = (a: Tensor, rate: Tensor, otherA: Tensor, otherRate: Tensor): Tensor =>
  add(add(mul(otherA, log(div(rate, otherRate))), sub(lgamma(otherA), lgamma(a))),
    add(mul(sub(a, otherA), digamma(a)), mul(sub(otherRate, rate), div(a, rate))));
/** sum p (ln p - ln q), where what has no probability counts nothing. */
const classes = (p: Categorical | OneHotCategorical, q: Categorical | OneHotCategorical): Tensor =>
  sum(where(eq(p.probs, 0), 0, mul(p.probs, sub(p.logits, q.logits))), -1);
/** Of single trials, from logits: p (x - y) + ln(1 - p) - ln(1 - q). */
const trials = (p: Bernoulli | Binomial | Geometric, q: Bernoulli | Binomial | Geometric): Tensor =>
  add(mul(p.probs, sub(p.logits, q.logits)), sub(softplus(q.logits), softplus(p.logits)));
const betas = (a: Tensor, b: Tensor, c: Tensor, d: Tensor): Tensor => {
  const total = add(a, b), other = add(c, d);
  const constants = sub(add(lgamma(total), add(lgamma(c), lgamma(d))), add(lgamma(other), add(lgamma(a), lgamma(b))));
  const slopes = add(mul(sub(a, c), digamma(a)), mul(sub(b, d), digamma(b)));
  return add(add(constants, slopes), mul(sub(other, total), digamma(total)));
};

const ROWS: readonly Row[] = [
  row(Normal, Normal, normals),
  row(LogNormal, LogNormal, (p, q) => normals(p.base, q.base)),
  row(Bernoulli, Bernoulli, trials),
  row(Geometric, Geometric, (p, q) => div(trials(p, q), p.probs)),
  row(Binomial, Binomial, (p, q) => {
    if (p.totalCount !== q.totalCount) {
      throw new UsageError(`klDivergence: binomials of ${p.totalCount} and ${q.totalCount} trials; the counts must ` +
        "be equal");
    }
    return mul(trials(p, q), p.totalCount);
  }),
  row(Categorical, Categorical, classes),
  row(OneHotCategorical, OneHotCategorical, classes),
  row(Uniform, Uniform, (p, q) => {
    const inside = logicalAnd(ge(p.low, q.low), le(p.high, q.high));
    return where(inside, log(div(sub(q.high, q.low), sub(p.high, p.low))), Infinity);
  }),
  row(Uniform, Normal, (p, q) => {
    const away = add(square(sub(p.mean, q.loc)), p.variance);
    return add(sub(mul(log(mul(square(q.scale), 2 * Math.PI)), 0.5), p.entropy()), div(away, mul(square(q.scale), 2)));
  }),
  row(Exponential, Exponential, (p, q) => gammas(onesOf(p.rate), p.rate, onesOf(q.rate), q.rate)),
  row(Exponential, Gamma, (p, q) => gammas(onesOf(p.rate), p.rate, q.concentration, q.rate)),
  row(Gamma, Exponential, (p, q) => gammas(p.concentration, p.rate, onesOf(q.rate), q.rate)),
  row(Gamma, Gamma, (p, q) => gammas(p.concentration, p.rate, q.concentration, q.rate)),
  row(Beta, Beta, (p, q) => betas(p.concentration1, p.concentration0, q.concentration1, q.concentration0)),
  row(Dirichlet, Dirichlet, (p, q) => {
    const a = p.concentration, total = sum(a, -1, { keepdim: true });
    return add(sub(q.logNormalizer, p.logNormalizer),
      sum(mul(sub(a, q.concentration), sub(digamma(a), digamma(total))), -1));
  }),
  row(Laplace, Laplace, (p, q) => {
    const ratio = div(p.scale, q.scale), away = abs(sub(p.loc, q.loc));
    return sub(add(mul(ratio, exp(neg(div(away, p.scale)))), div(away, q.scale)), add(log(ratio), 1));
  }),
  row(Cauchy, Cauchy, (p, q) => log(div(add(square(add(p.scale, q.scale)), square(sub(p.loc, q.loc))),
    mul(mul(p.scale, q.scale), 4)))),
  row(Gumbel, Gumbel, (p, q) => {
    const ratio = div(p.scale, q.scale), away = div(q.loc, q.scale);
    const shift = sub(away, div(p.loc, q.scale)), euler = 0.5772156649015329;
    const far = exp(add(shift, lgamma(add(ratio, 1))));
    return add(sub(sub(far, log(ratio)), 1 + euler), sub(mul(ratio, euler), shift));
  }),
  row(Poisson, Poisson, (p, q) => sub(mul(p.rate, log(div(p.rate, q.rate))), sub(p.rate, q.rate))),
  row(MultivariateNormal, MultivariateNormal, (p, q) => {
    const n = p.eventShape[0], away = forwardSubstitution(q.scaleTril, sub(p.loc, q.loc));
    // L_q^-1 L_p, one column of L_p after another.
    const columns = moveAxis(p.scaleTril, -1, 0);
    const spread = sum(square(forwardSubstitution(unsqueeze(q.scaleTril, 0), columns)), [0, -1]);
    return add(sub(q.halfLogDeterminant, p.halfLogDeterminant), mul(sub(add(spread, sum(square(away), -1)), n), 0.5));
  }),
  row(Independent, Independent, (p, q) => {
    if (p.count !== q.count) {
      throw new UsageError(`klDivergence: ${p.count} and ${q.count} axes are parts of the event; give both as many`);
    }
    const each = klDivergence(p.base, q.base);
    return p.count === 0 ? each : sum(each, Array.from({ length: p.count }, (_, i) => -1 - i));
  }),
];
const onesOf = (x: Tensor): Tensor => add(mul(x, 0), 1);

/** Kullback and Leibler's divergence, the mean of ln p(x) - ln q(x) over draws x of p, in closed form. 1951. */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  const found = ROWS.find((entry) => p instanceof entry.p && q instanceof entry.q);
  if (found === undefined) {
    throw new UsageError(`klDivergence: there is no formula for ${p.constructor.name} and ${q.constructor.name}; ` +
      "average p.logProb(x) - q.logProb(x) over samples of p");
  }
  return found.formula(p, q);
}
