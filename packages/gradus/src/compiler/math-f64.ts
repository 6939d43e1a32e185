import type { Expr } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";
import {
  atLeast, atMost, horner, keepZero, lanesLike, like, logDomain, shiftLeft, shiftRight, TWO_THIRDS,
} from "./math-parts.ts";

/**
 * The functions of f64, to about 1e-15: Taylor series after the same reductions as for f32. Bits of an f64 cannot be
 * touched in a kernel, so powers of two are made of f32 ones.
 */

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts; the first has 41 bits, so that its product with an exponent is exact. */
const LN2_HIGH = 0.693147180559663;
const LN2_LOW = 2.8235290563031577e-13;

/** 1/from!, -1/(from + 2)!, ... or, with step 1 and one sign, the tail of exp. */
function factorials(from: number, to: number, step: number, alternate: boolean): number[] {
  const c: number[] = [];
  for (let n = from; n <= to; n += step) {
    let product = 1;
    for (let k = 2; k <= n; k++) product *= k;
    c.push((alternate && c.length % 2 === 1 ? -1 : 1) / product);
  }
  return c;
}
/** expm1(r) = r + r^2 (1/2! + r/3! + ...) on |r| <= ln(2)/2. */
const EXPM1 = factorials(2, 15, 1, false);
/** sin(r) = r - r^3 (1/3! - r^2/5! + ...), cos(r) = 1 - r^2 (1/2! - r^2/4! + ...) on |r| <= pi/4. */
const SIN = factorials(3, 19, 2, true), COS = factorials(2, 18, 2, true);
/** log((1 + s)/(1 - s)) = 2s + s^3 (2/3 + 2/5 s^2 + ...) on |s| <= 1/5. */
const LOG = Array.from({ length: 12 }, (_, k) => 2 / (2 * k + 3));
/** erf(x) = x (c0 + c1 x^2 + ...) on |x| <= 1: 2/sqrt(pi) (-1)^k / (k! (2k + 1)). */
const ERF_NEAR = factorials(0, 19, 1, true).map((c, k) => (1.1283791670955126 * c) / (2 * k + 1));
/** exp(x^2) (1 - erf(x)) in t = (x - 2)/(x + 2) on 1 <= x <= 6, as Chebyshev's series gives it; error 2e-19. */
const ERF_FAR = [
  0.25539567631050575, -0.4271858474139584, 0.24165819424246646, -0.07897858101573213, 0.003732892404327764,
  0.006997461739200444, -0.0008471432509203844, -0.000981977026567889, 4.355560219515472e-5, 0.00017436116545392264,
  2.7525480361206068e-5, -2.7579864674305787e-5, -1.396807230177146e-5, 1.392621183618803e-6, 3.789215643758464e-6,
  1.1780775215625583e-6, -5.322696855655786e-7, -4.215301054238321e-7,
];
/** pi/2 in parts; the first two have 33 bits. */
const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21];

/** 2^n as f64, for an i32 -126 <= n <= 127. */
const smallPower = (b: KernelBuilder, n: Expr): Expr =>
  b.convert("f64", b.bitcast("f32", shiftLeft(b, b.add(n, 127), 23)));
/** 2^n for an i32 -1000 <= n <= 1000: the eighth power of 2^(n/8), and what is left. */
export function power64(b: KernelBuilder, n: Expr): Expr {
  let root = b.let("root", smallPower(b, shiftRight(b, n, 3)));
  for (let k = 0; k < 3; k++) root = b.let("root", b.mul(root, root));
  return b.let("power", b.mul(root, smallPower(b, b.binary("and", n, lanesLike(b, n, "i32", 7)))));
}
/** x 2^n, rounded once though neither end of the range holds 2^n. */
function scale(b: KernelBuilder, x: Expr, n: Expr): Expr {
  const half = b.let("half", shiftRight(b, n, 1));
  return b.mul(b.mul(x, power64(b, half)), power64(b, b.let("rest", b.sub(n, half))));
}

/** x = n ln 2 + r. */
function reduceExp(b: KernelBuilder, x: Expr): { r: Expr; n: Expr } {
  const n = b.let("n", b.unary("nearest", b.mul(x, LOG2_E)));
  const r = b.fma(n, like(b, x, -LN2_LOW), b.fma(n, like(b, x, -LN2_HIGH), x));
  return { r: b.let("r", r), n: b.let("n", b.convert("i32", n)) };
}
const expm1Reduced = (b: KernelBuilder, r: Expr): Expr => b.fma(b.mul(r, r), horner(b, r, EXPM1), r);

/** exp(x + low), for a low that only corrects the rounding of x. */
export function exp64(b: KernelBuilder, x: Expr, low?: Expr): Expr {
  const { r, n } = reduceExp(b, b.let("bounded", atLeast(b, b.let("x", atMost(b, x, 710)), -746)));
  const corrected = low === undefined ? r : b.let("r", b.add(r, low));
  return scale(b, b.add(expm1Reduced(b, corrected), 1), n);
}
export function expm1(b: KernelBuilder, x: Expr): Expr {
  const { r, n } = reduceExp(b, b.let("bounded", atLeast(b, b.let("x", atMost(b, x, 710)), -40)));
  const half = b.let("half", scale(b, like(b, x, 0.5), n));
  const result = b.let("half", b.fma(expm1Reduced(b, r), half, b.sub(half, 0.5)));
  return b.select(b.compare("lt", b.unary("abs", x), 2 ** -54), x, b.add(result, result));
}
/** 1 / (1 + e) or e / (1 + e) with e = exp(-|x|). */
export function sigmoid(b: KernelBuilder, x: Expr): Expr {
  const e = b.let("e", exp64(b, b.let("x", b.unary("neg", b.unary("abs", x)))));
  return b.div(b.select(b.compare("lt", x, 0), e, like(b, x, 1)), b.add(e, 1));
}
/** E / (E + 2) with E = expm1(2|x|). */
export function tanh(b: KernelBuilder, x: Expr): Expr {
  const size = b.let("size", atMost(b, b.let("size", b.unary("abs", x)), 20));
  const e = b.let("e", expm1(b, b.let("twice", b.add(size, size))));
  return odd(b, x, b.div(e, b.add(e, 2)));
}
/** f(|x|) with the sign of x; x itself at 0. */
function odd(b: KernelBuilder, x: Expr, f: Expr): Expr {
  const size = b.let("size", f);
  return keepZero(b, x, b.select(b.compare("lt", x, 0), b.unary("neg", size), size));
}

/** x = m 2^e with m about [2/3, 4/3), for positive finite x. The exponent comes as i32. */
export function mantissa64(b: KernelBuilder, x: Expr): { m: Expr; e: Expr } {
  let rest = x;
  let e = lanesLike(b, x, "i32", 0);
  // Into the range of f32, by powers of two.
  for (const k of [512, 256, 128, 64]) {
    for (const [compare, sign] of [["ge", 1], ["lt", -1]] as const) {
      const far = b.let("far", b.compare(compare, rest, 2 ** (sign * k)));
      rest = b.let("rest", b.select(far, b.mul(rest, 2 ** (-sign * k)), rest));
      e = b.let("e", b.select(far, b.add(e, sign * k), e));
    }
  }
  const bits = b.bitcast("i32", b.convert("f32", rest));
  const last = b.let("last", shiftRight(b, b.sub(bits, TWO_THIRDS), 23));
  return {
    m: b.let("m", b.mul(rest, smallPower(b, b.sub(lanesLike(b, x, "i32", 0), last)))),
    e: b.let("e", b.add(e, last)),
  };
}
/** log(1 + f) + e ln 2. */
function logReduced(b: KernelBuilder, f: Expr, e: Expr): Expr {
  const s = b.let("s", b.div(f, b.add(f, 2)));
  const square = b.let("square", b.mul(s, s));
  const exponent = b.let("exponent", b.convert("f64", e));
  const tail = b.fma(b.mul(s, square), horner(b, square, LOG), b.mul(exponent, LN2_LOW));
  // f - s f is 2s, without the rounding of s in the leading term.
  return b.fma(exponent, like(b, f, LN2_HIGH), b.sub(f, b.sub(b.mul(s, f), tail)));
}
export function log(b: KernelBuilder, x: Expr): Expr {
  const { m, e } = mantissa64(b, x);
  return logDomain(b, x, 0, logReduced(b, b.let("f", b.sub(m, 1)), e));
}
export function log1p(b: KernelBuilder, x: Expr): Expr {
  const { e } = mantissa64(b, b.let("sum", b.add(x, 1)));
  const down = b.let("down", b.sub(lanesLike(b, x, "i32", 0), e));
  const f = b.let("f", b.add(scale(b, x, down), b.sub(scale(b, like(b, x, 1), down), 1)));
  return keepZero(b, x, logDomain(b, x, -1, logReduced(b, f, e)));
}

/** sin(x), or cos(x) as the sine a quarter further. Exact reduction up to |x| = 1e6, meaningless from 1e9 on. */
function sine(b: KernelBuilder, x: Expr, quarters: 0 | 1): Expr {
  const q = b.let("q", b.unary("nearest", b.mul(x, 0.6366197723675814)));
  let rest = x;
  for (const part of HALF_PI) rest = b.fma(q, like(b, x, -part), rest);
  const r = b.let("r", atLeast(b, b.let("r", atMost(b, b.let("r", rest), 0.8)), -0.8));
  const square = b.let("square", b.mul(r, r));
  const minus = b.let("minus", b.unary("neg", square));
  const sin = b.fma(b.mul(minus, r), horner(b, square, SIN), r);
  const cos = b.fma(minus, horner(b, square, COS), like(b, x, 1));
  const quadrant = b.let("quadrant", b.add(b.convert("i32", q), quarters));
  const bit = (value: number): Expr =>
    b.compare("ne", b.binary("and", quadrant, lanesLike(b, x, "i32", value)), 0);
  const size = b.let("value", b.select(bit(1), cos, sin));
  return b.select(bit(2), b.unary("neg", size), size);
}
export const sin = (b: KernelBuilder, x: Expr): Expr => keepZero(b, x, sine(b, x, 0));
export const cos = (b: KernelBuilder, x: Expr): Expr => sine(b, x, 1);

/** A series up to 1, beyond it 1 - exp(-x^2) g(x). */
export function erf(b: KernelBuilder, x: Expr): Expr {
  const size = b.let("size", atMost(b, b.let("size", b.unary("abs", x)), 6));
  const square = b.let("square", b.mul(size, size));
  const near = b.let("near", b.mul(size, horner(b, square, ERF_NEAR)));
  const t = b.let("t", b.div(b.sub(size, 2), b.add(size, 2)));
  const decay = exp64(b, b.let("minus", b.unary("neg", square)));
  const far = b.let("far", b.sub(1, b.mul(decay, horner(b, t, ERF_FAR))));
  return odd(b, x, b.select(b.compare("lt", size, 1), near, far));
}
