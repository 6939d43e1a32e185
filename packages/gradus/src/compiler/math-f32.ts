import type { Expr } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";
import {
  atLeast, atMost, flipSign, horner, keepZero, lanesLike, like, logDomain, shiftLeft, shiftRight, signBit,
  TWO_THIRDS,
} from "./math-parts.ts";

/**
 * exp, log and their kin of f32, in f32 arithmetic: an argument reduction, a short polynomial, and the exponent put
 * back by integer shifts. Each is right with fused and with separate multiply-add. Polynomials come from
 * tools/fit-polynomials.py; `math.test.ts` measures the errors (in ulp).
 */

const LOG2_E = 1.44269504;
/** ln 2 in two parts; the first has 15 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.42860682e-6;
/** Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
const ROUND = 1.5 * 2 ** 23;

/** exp(r) = 1 + r (c0 + c1 r + ...) on |r| <= ln(2)/2; relative error 2^-28. */
const EXP = [1, 1, 0.49999994, 0.166665211, 0.0416682586, 0.00836866908, 0.00138213043];
/** expm1(r) = r + r^2 (c0 + c1 r + ...) on |r| <= ln(2)/2; relative error 2^-31. */
const EXPM1 = [0.5, 0.166666657, 0.0416664928, 0.00833354611, 0.00139323215, 0.00019761725];
/** tanh(x) = x + x^3 (c0 + c1 x^2 + ...) on |x| <= 0.3; relative error 2^-26. */
const TANH = [-0.333330601, 0.133148104, -0.0503646135];
/** log(1 + f) = f + f^2 (c0 + c1 f + ...) on |f| <= 1/3; relative error 2^-25. */
const LOG = [
  -0.499999374, 0.333332002, -0.250077486, 0.200110734, -0.164170295, 0.139971346, -0.153835982, 0.140205815,
];

/** erf(x) = x (c0 + c1 x^2 + ...) for |x| <= 1; relative error 2^-24. */
const ERF_NEAR = [1.12837911, -0.376122504, 0.112796418, -0.026697509, 0.00490278238, -0.000557527354];
/** erf(x) = 1 - (c0 + c1 x + ...)^-8 for 1 <= x <= 4, from where on it rounds to 1; error 2^-26. */
const ERF_FAR = [
  0.996378005, 0.159718558, 0.0484203659, 0.0748024806, -0.0337021612, 0.0179991387, -0.00405218918, 0.000547895266,
];

/**
 * x = n ln 2 + r with an integer n and |r| <= ln(2)/2. `bits` is an i32 whose lowest nine bits are those of n + bias.
 */
function reduceExp(b: KernelBuilder, x: Expr, bias: number): { r: Expr; bits: Expr } {
  const shifted = b.let("shifted", b.fma(x, like(b, x, LOG2_E), like(b, x, ROUND + bias)));
  const n = b.let("n", b.sub(shifted, ROUND + bias));
  const r = b.fma(n, like(b, x, -LN2_LOW), b.fma(n, like(b, x, -LN2_HIGH), x));
  return { r: b.let("r", r), bits: b.bitcast("i32", shifted) };
}
/** expm1(r), r reduced. */
const expm1Reduced = (b: KernelBuilder, r: Expr): Expr => b.fma(b.mul(r, r), horner(b, r, EXPM1), r);

/**
 * exp(x) for x <= 89, given its polynomial on |r| <= ln(2)/2. The power of two comes in two factors, because 2^128 is
 * no f32, and so that a subnormal result is rounded once.
 */
function expBelow(b: KernelBuilder, x: Expr, polynomial: (r: Expr) => Expr): Expr {
  // exp(-104) rounds to 0. From -176 on both factors are 0 themselves: what is masked by -infinity then costs nothing,
  // while a product that falls below the smallest number takes a processor a hundred times as long.
  const { r, bits } = reduceExp(b, b.let("bounded", atLeast(b, x, -254 * Math.LN2)), 254);
  const half = b.let("half", shiftRight(b, bits, 1));
  const first = b.bitcast("f32", shiftLeft(b, half, 23));
  const second = b.bitcast("f32", shiftLeft(b, b.sub(bits, half), 23));
  return b.mul(b.mul(polynomial(r), first), second);
}

/** exp(x). */
export const exp = (b: KernelBuilder, x: Expr): Expr =>
  expBelow(b, b.let("x", atMost(b, x, 89)), (r) => horner(b, r, EXP));
/** exp(x + low), for a low that only corrects the rounding of x. */
export const expSum = (b: KernelBuilder, x: Expr, low: Expr): Expr =>
  expBelow(b, b.let("x", atMost(b, x, 89)), (r) => horner(b, b.let("r", b.add(r, low)), EXP));

/**
 * 1 / (1 + exp(-x)). With e = exp(-|x|) and q = 1 / (1 + e): q for x >= 0, and e/(1 + e) = e - e (e q) below, which
 * forgives the rounding of 1 + e.
 */
export function sigmoid(b: KernelBuilder, x: Expr): Expr {
  const minus = b.let("minus", b.unary("neg", b.unary("abs", x)));
  // One operation more than exp has, half of its rounding error.
  const e = b.let("e", expBelow(b, minus, (r) => b.add(expm1Reduced(b, r), 1)));
  const q = b.let("q", b.div(like(b, x, 1), b.add(e, 1)));
  return b.select(b.compare("lt", x, 0), b.fma(b.mul(e, q), b.unary("neg", e), e), q);
}

/** exp(x) - 1 = 2^n expm1(r) + (2^n - 1). Doubled at the end, because 2^128 is no f32. */
export function expm1(b: KernelBuilder, x: Expr): Expr {
  const bounded = b.let("bounded", atLeast(b, atMost(b, x, 89), -18));
  const { r, bits } = reduceExp(b, bounded, 126);
  const scale = b.let("scale", b.bitcast("f32", shiftLeft(b, bits, 23)));
  const half = b.let("half", b.fma(expm1Reduced(b, r), scale, b.sub(scale, 0.5)));
  // Tiny x: x itself, with its sign of zero and its last bit.
  return b.select(b.compare("lt", b.unary("abs", x), 2 ** -25), x, b.add(half, half));
}

/**
 * tanh(x) = E / (E + 2) with E = expm1(2|x|), and the sign of x. Near 0, where the rounding of E + 2 would be as
 * large as all the rest, an odd polynomial.
 */
export function tanh(b: KernelBuilder, x: Expr): Expr {
  // tanh(10) rounds to 1.
  const size = b.let("size", atMost(b, b.let("size", b.unary("abs", x)), 10));
  const { r, bits } = reduceExp(b, b.let("twice", b.add(size, size)), 127);
  const scale = b.let("scale", b.bitcast("f32", shiftLeft(b, bits, 23)));
  const e = b.let("e", b.fma(expm1Reduced(b, r), scale, b.sub(scale, 1)));
  const square = b.let("square", b.mul(size, size));
  const near = b.fma(b.mul(square, size), horner(b, square, TANH), size);
  const far = b.div(e, b.add(e, 2));
  return flipSign(b, b.select(b.compare("lt", size, 0.3), near, far), signBit(b, x));
}

/** log(1 + f) + e ln 2. */
function logReduced(b: KernelBuilder, f: Expr, e: Expr): Expr {
  const low = b.fma(b.mul(f, f), horner(b, f, LOG), b.mul(e, LN2_LOW));
  return b.fma(e, like(b, f, LN2_HIGH), b.add(f, low));
}
/** x = m 2^e with m in [2/3, 4/3) and an i32 e, for positive finite x. */
export function mantissa(b: KernelBuilder, x: Expr): { m: Expr; e: Expr } {
  const tiny = b.let("tiny", b.compare("lt", x, 2 ** -126));
  const bits = b.let("bits", b.bitcast("i32", b.select(tiny, b.mul(x, 2 ** 23), x)));
  const e = b.let("e", shiftRight(b, b.sub(bits, TWO_THIRDS), 23));
  const m = b.bitcast("f32", b.sub(bits, shiftLeft(b, e, 23)));
  const shift = b.select(tiny, lanesLike(b, x, "i32", -23), lanesLike(b, x, "i32", 0));
  return { m: b.let("m", m), e: b.let("e", b.add(e, shift)) };
}
/** 2^n for an i32 -126 <= n <= 127. */
export const power32 = (b: KernelBuilder, n: Expr): Expr =>
  b.bitcast("f32", shiftLeft(b, b.add(n, 127), 23));

/** log(x); -infinity at 0, NaN below. */
export function log(b: KernelBuilder, x: Expr): Expr {
  const { m, e } = mantissa(b, x);
  return logDomain(b, x, 0, logReduced(b, b.let("f", b.sub(m, 1)), b.let("exponent", b.convert("f32", e))));
}

/** log(1 + x) without rounding 1 + x: only the exponent e is taken from it; f = x 2^-e + (2^-e - 1). */
export function log1p(b: KernelBuilder, x: Expr): Expr {
  const bits = b.bitcast("i32", b.add(x, 1));
  const e = b.let("e", shiftRight(b, b.sub(bits, TWO_THIRDS), 23));
  const field = b.let("field", shiftLeft(b, e, 23));
  // 4 * 2^-e, because 2^-128 would be subnormal.
  const scale = b.bitcast("f32", b.sub(lanesLike(b, x, "i32", 129 << 23), field));
  const scaled = b.bitcast("f32", b.sub(b.bitcast("i32", x), field));
  const f = b.let("f", b.add(scaled, b.fma(scale, like(b, x, 0.25), like(b, x, -1))));
  return keepZero(b, x, logDomain(b, x, -1, logReduced(b, f, b.let("exponent", b.convert("f32", e)))));
}

/** erf(x): an odd polynomial up to 1; beyond, where 1 - erf falls steeply, the 8th power of another. */
export function erf(b: KernelBuilder, x: Expr): Expr {
  const size = b.let("size", atMost(b, b.let("size", b.unary("abs", x)), 4));
  const near = b.mul(size, horner(b, b.let("square", b.mul(size, size)), ERF_NEAR));
  const root = b.let("root", b.div(like(b, x, 1), horner(b, size, ERF_FAR)));
  const second = b.let("second", b.mul(root, root));
  const fourth = b.let("fourth", b.mul(second, second));
  const far = b.sub(1, b.mul(fourth, fourth));
  return flipSign(b, b.select(b.compare("lt", size, 1), near, far), signBit(b, x));
}
