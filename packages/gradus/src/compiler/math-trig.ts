import type { Expr } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";
import { atLeast, atMost, flipSign, horner, keepZero, lanesLike, like, shiftLeft } from "./math-parts.ts";

/** sin and cos of f32: x = q pi/2 + r, a polynomial in r chosen by q's last bit and a sign by the one before. */

/**
 * pi/2 in parts. All but the last have at most 8 bits, so that their products with q < 2^16 are exact without fused
 * multiply-add too (Cody and Waite 1980). The first three end at 2^-24, so that what they leave is exact as well.
 */
const HALF_PI = [
  1.5703125, 0.000484466552734375, -6.556510925292969e-7, 1.594889909029007e-8, -5.5706550483591855e-11,
  6.223371969669989e-14,
];
const TWO_OVER_PI = 0.636619772;
const ROUND = 1.5 * 2 ** 23;
/** sin(r) = r + r^3 (c0 + c1 r^2 + ...) on |r| <= pi/4; relative error 2^-27. */
const SIN = [-0.166666552, 0.00833218917, -0.00019518286];
/** cos(r) = 1 + r^2 (c0 + c1 r^2 + ...) on |r| <= pi/4; relative error 2^-32. */
const COS = [-0.5, 0.0416666456, -0.00138873106, 0.0000244325638];

/**
 * sin(x), or cos(x) as the sine a quarter further. Exact reduction up to |x| = 1e5. From there to 6e6 the result is
 * that of an argument a few spacings of x away; beyond, a number between -1 and 1 that means nothing.
 */
function sine(b: KernelBuilder, x: Expr, quarters: 0 | 1): Expr {
  const shifted = b.let("shifted", b.fma(x, like(b, x, TWO_OVER_PI), like(b, x, ROUND)));
  const q = b.let("q", b.sub(shifted, ROUND));
  const parts = HALF_PI.map((part) => like(b, x, -part));
  const exact = b.let("exact", b.fma(q, parts[2], b.fma(q, parts[1], b.fma(q, parts[0], x))));
  // A large remainder is rounded here, and `lost` remembers by how much; a small one is not, so all its digits count.
  const fourth = b.let("fourth", b.fma(q, parts[3], exact));
  const fifth = b.let("fifth", b.fma(q, parts[4], fourth));
  const lost = b.add(b.fma(q, parts[3], b.sub(exact, fourth)), b.fma(q, parts[4], b.sub(fourth, fifth)));
  const rest = b.let("rest", b.add(fifth, b.fma(q, parts[5], lost)));
  // Of use beyond 1e5 only: keeps the polynomials bounded.
  const r = b.let("r", atLeast(b, b.let("r", atMost(b, rest, 0.8)), -0.8));
  const square = b.let("square", b.mul(r, r));
  const sin = b.fma(b.mul(square, r), horner(b, square, SIN), r);
  const cos = b.fma(square, horner(b, square, COS), like(b, x, 1));
  const integer = b.bitcast("i32", shifted);
  const quadrant = quarters === 0 ? integer : b.let("quadrant", b.add(integer, quarters));
  const odd = b.compare("ne", b.binary("and", quadrant, lanesLike(b, x, "i32", 1)), 0);
  const top = b.binary("and", shiftLeft(b, quadrant, 30), lanesLike(b, x, "i32", -(2 ** 31)));
  return flipSign(b, b.select(odd, cos, sin), top);
}

export const sin = (b: KernelBuilder, x: Expr): Expr => keepZero(b, x, sine(b, x, 0));
export const cos = (b: KernelBuilder, x: Expr): Expr => sine(b, x, 1);
