import type { Expr, Scalar } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";

/** Small pieces that the expansions of functions share. Operands used twice are expected to be named already. */

/** A number of x's type. */
export const like = (b: KernelBuilder, x: Expr, value: number): Expr => b.constant(value, x.type);
/** A number of another scalar, with x's lanes. */
export const lanesLike = (b: KernelBuilder, x: Expr, scalar: Scalar, value: number): Expr =>
  b.constant(value, { scalar, lanes: x.type.lanes });

/** c[0] + c[1] x + c[2] x^2 + ... by Horner's scheme. */
export function horner(b: KernelBuilder, x: Expr, c: readonly number[]): Expr {
  let sum = like(b, x, c[c.length - 1]);
  for (let k = c.length - 2; k >= 0; k--) sum = b.fma(sum, x, like(b, x, c[k]));
  return sum;
}

/** min(x, high), but NaN stays: the one-instruction form of machines. */
export function atMost(b: KernelBuilder, x: Expr, high: number): Expr {
  const bound = like(b, x, high);
  return b.select(b.compare("lt", bound, x), bound, x);
}
/** max(x, low), but NaN stays. */
export function atLeast(b: KernelBuilder, x: Expr, low: number): Expr {
  const bound = like(b, x, low);
  return b.select(b.compare("gt", bound, x), bound, x);
}

/** Integer shift by a known amount. */
export const shiftLeft = (b: KernelBuilder, x: Expr, amount: number): Expr =>
  b.binary("shl", x, b.constant(amount, "i32"));
export const shiftRight = (b: KernelBuilder, x: Expr, amount: number): Expr =>
  b.binary("shr", x, b.constant(amount, "i32"));

/** f32: the sign bit of x, alone, as i32. */
export const signBit = (b: KernelBuilder, x: Expr): Expr =>
  b.binary("and", b.bitcast("i32", x), lanesLike(b, x, "i32", -(2 ** 31)));
/** f32: turns the sign of x over where the i32 has its top bit set. */
export const flipSign = (b: KernelBuilder, x: Expr, top: Expr): Expr =>
  b.bitcast("f32", b.binary("xor", b.bitcast("i32", x), top));

/** x where it is +0 or -0, otherwise f: for odd functions whose expansion loses the sign of zero. */
export const keepZero = (b: KernelBuilder, x: Expr, f: Expr): Expr => b.select(b.compare("eq", x, 0), x, f);

/** Bits of 2/3 in f32: exponents counted from here leave mantissas in [2/3, 4/3), around 1. */
export const TWO_THIRDS = 0x3f2aaaab;

/** A logarithm: `inside` where low < x < infinity; at the ends -infinity and infinity, otherwise NaN. */
export function logDomain(b: KernelBuilder, x: Expr, low: number, inside: Expr): Expr {
  const finite = b.select(b.compare("lt", x, Infinity), inside, x);
  const below = b.select(b.compare("eq", x, low), like(b, x, -Infinity), like(b, x, NaN));
  return b.select(b.compare("gt", x, low), finite, below);
}
