import type { Tensor } from "../ir/node.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { apply } from "./composite.ts";
import {
  abs, add, ceil, clamp, cos, div, gt, le, log, log1p, lt, mul, reciprocal, round, sign, sin, sqrt, square, sub, where,
} from "./elementwise.ts";

// Functions that the primitives lack, made of them. Formulas: Abramowitz and Stegun 1964, chapters 4 and 6.

const EULER = 0.5772156649015329;
/** B_2, B_4, ..., B_16: Bernoulli's numbers. */
const BERNOULLI = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** zeta(k) - 1 for k >= 2: its first terms, and the Euler-Maclaurin formula for the rest. */
function zetaMinusOne(k: number): number {
  const n = 100;
  let sum = n ** (1 - k) / (k - 1) - n ** -k / 2 + k * n ** (-k - 1) / 12 - k * (k + 1) * (k + 2) * n ** (-k - 3) / 720;
  for (let i = n; i >= 2; i--) sum += i ** -k;
  return sum;
}
/** c_0 + c_1 x + c_2 x^2 + ... */
const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients.slice(0, -1).reduceRight<Tensor>((y, c) => add(mul(y, x), c),
    add(mul(x, 0), coefficients[coefficients.length - 1]));

/** ln gamma(1 + z) for |z| <= 1/2 is -ln(1 + z) + this (6.1.33), whose terms fall as 4^-k. */
function nearOne(z: Tensor): Tensor {
  const terms = z.dtype === "f64" ? 27 : 13;
  const series = Array.from({ length: terms }, (_, i) => (i % 2 === 0 ? 1 : -1) * zetaMinusOne(i + 2) / (i + 2));
  return mul(z, polynomial(z, [1 - EULER, ...series]));
}
/** Where Stirling's series takes over. */
const LARGE = 8.5;
/** ln gamma(x) for x > 0: by the series around 2 after steps towards it, or by Stirling's (6.1.40). */
function logGammaPositive(x: Tensor): Tensor {
  const small = lt(x, 0.5), below = le(x, 1.5);
  // From above the argument moves by whole steps into (3/2, 5/2]; what it passes is multiplied up.
  const steps = clamp(ceil(sub(x, 2.5)), 0, LARGE - 2.5), at = sub(x, steps);
  const product = Array.from({ length: LARGE - 2.5 }, (_, i) => where(le(steps, i), 1, sub(x, i + 1)))
    .reduce((a, b) => mul(a, b));
  const z = where(small, x, where(below, sub(x, 1), sub(at, 2)));
  const series = nearOne(z), middle = add(log(product), series);
  const low = where(small, sub(sub(series, log1p(z)), log(x)), where(below, sub(series, log1p(z)), middle));
  const r = reciprocal(x);
  const tail = mul(r, polynomial(square(r), BERNOULLI.map((b, i) => b / ((2 * i + 2) * (2 * i + 1)))));
  const large = add(add(mul(sub(x, 0.5), sub(log(x), 1)), (Math.log(2 * Math.PI) - 1) / 2), tail);
  return where(gt(x, LARGE), large, low);
}
/** x with its distance from the next whole number, for functions of period 1. */
const fraction = (x: Tensor): Tensor => mul(sub(x, round(x)), Math.PI);

const LOG_GAMMA: CompositeDefinition = {
  name: "lgamma",
  body: ([x]) => {
    const reflected = lt(x, 0), value = logGammaPositive(where(reflected, sub(1, x), x));
    // ln |gamma(x)| = ln(pi / |sin(pi x)|) - ln gamma(1 - x), 6.1.17.
    return where(reflected, sub(sub(Math.log(Math.PI), log(abs(sin(fraction(x))))), value), value);
  },
  vjp: ([x], _, [g]) => [g === null ? null : mul(g, digamma(x))],
};
/** Steps by which an argument is raised, so that the asymptotic series holds. */
const RAISED = 8;
const raised = (x: Tensor): Tensor[] => Array.from({ length: RAISED }, (_, i) => (i === 0 ? x : add(x, i)));

const DIGAMMA: CompositeDefinition = {
  name: "digamma",
  body: ([x]) => {
    const reflected = le(x, 0), y = where(reflected, sub(1, x), x);
    const w = add(y, RAISED), r = reciprocal(w), r2 = square(r);
    // 6.3.18, after 6.3.6.
    const tail = mul(r2, polynomial(r2, BERNOULLI.map((b, i) => b / (2 * i + 2))));
    const steps = raised(y).map(reciprocal).reduce((a, b) => add(a, b));
    const value = sub(sub(sub(log(w), mul(r, 0.5)), tail), steps);
    const angle = fraction(where(reflected, x, 0.5));
    return where(reflected, sub(value, div(mul(cos(angle), Math.PI), sin(angle))), value);
  },
  vjp: ([x], _, [g]) => [g === null ? null : mul(g, trigamma(x))],
};
const TRIGAMMA: CompositeDefinition = {
  name: "trigamma",
  body: ([x]) => {
    const reflected = le(x, 0), y = where(reflected, sub(1, x), x);
    const r = reciprocal(add(y, RAISED)), r2 = square(r);
    // 6.4.12, after 6.4.6.
    const tail = mul(mul(r, r2), polynomial(r2, BERNOULLI));
    const steps = raised(y).map((z) => square(reciprocal(z))).reduce((a, b) => add(a, b));
    const value = add(add(add(r, mul(r2, 0.5)), tail), steps);
    const angle = fraction(where(reflected, x, 0.5));
    return where(reflected, sub(square(div(Math.PI, sin(angle))), value), value);
  },
};
const ARCTANGENT: CompositeDefinition = {
  name: "atan",
  body: ([x]) => {
    // atan x = pi/2 - atan(1/x) beyond 1, and = 2 atan(x / (1 + sqrt(1 + x^2))): three halvings leave |t| < 1/5.
    const far = gt(abs(x), 1);
    let t = where(far, reciprocal(where(far, x, 1)), x);
    for (let i = 0; i < 3; i++) t = div(t, add(sqrt(add(square(t), 1)), 1));
    const terms = Array.from({ length: 13 }, (_, i) => (i % 2 === 0 ? 8 : -8) / (2 * i + 1));
    const angle = mul(t, polynomial(square(t), terms));
    return where(far, sub(mul(sign(x), Math.PI / 2), angle), angle);
  },
  vjp: ([x], _, [g]) => [g === null ? null : div(g, add(square(x), 1))],
};

/** ln |gamma(x)|, the logarithm of (x - 1)!; infinite at 0, -1, -2, ... */
export const lgamma = (x: Tensor): Tensor => apply(LOG_GAMMA, [x]);
/** The derivative of ln gamma(x). */
export const digamma = (x: Tensor): Tensor => apply(DIGAMMA, [x]);
/** The second derivative of ln gamma(x). */
export const trigamma = (x: Tensor): Tensor => apply(TRIGAMMA, [x]);
/** The angle between -pi/2 and pi/2 whose tangent is x. */
export const atan = (x: Tensor): Tensor => apply(ARCTANGENT, [x]);
