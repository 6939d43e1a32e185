import type { Expr, KernelBinary, KernelUnary, Scalar } from "../ir/kernel.ts";
import type { ArithmeticOp, UnaryOp } from "../ir/op.ts";
import { DTypeError } from "../vocab/errors.ts";
import { PHILOX } from "../vocab/random.ts";
import type { KernelBuilder } from "./build.ts";
import * as f32 from "./math-f32.ts";
import * as f64 from "./math-f64.ts";
import { lanesLike, like } from "./math-parts.ts";
import { integerPower, integerRemainder, power, remainder } from "./math-power.ts";
import { cos, sin } from "./math-trig.ts";

/**
 * What the element-wise operations are as kernel expressions: once for all backends, for one lane and for many.
 * Targets with and without fused multiply-add differ in the last bits, threads and lane counts do not.
 */

type Unary = (b: KernelBuilder, x: Expr) => Expr;
type Binary = (b: KernelBuilder, x: Expr, y: Expr) => Expr;
type Kind = "f32" | "f64" | "integer" | "mask";

const direct = (op: KernelUnary): Unary => (b, x) => b.unary(op, x);
const same: Unary = (_, x) => x;
const reciprocal: Unary = (b, x) => b.div(like(b, x, 1), x);
/** -1, 0 or 1; NaN gives 0. */
const sign: Unary = (b, x) => {
  const below = x.type.scalar === "u32"
    ? like(b, x, 0)
    : b.select(b.compare("lt", x, 0), like(b, x, -1), like(b, x, 0));
  return b.select(b.compare("gt", x, 0), like(b, x, 1), below);
};
/** A bool outside of memory is 0 or 1. */
const isZero: Unary = (b, x) => b.convert(x.type.scalar, b.compare("eq", x, 0));

const FLOAT_UNARY = {
  neg: direct("neg"), abs: direct("abs"), sign, floor: direct("floor"), ceil: direct("ceil"), round: direct("nearest"),
  trunc: direct("trunc"), sqrt: direct("sqrt"), reciprocal, not: isZero,
} as const;
const UNARY: { readonly [K in Kind]: { readonly [O in UnaryOp]?: Unary } } = {
  f32: {
    ...FLOAT_UNARY, exp: f32.exp, log: f32.log, expm1: f32.expm1, log1p: f32.log1p, sin, cos, tanh: f32.tanh,
    sigmoid: f32.sigmoid, erf: f32.erf,
  },
  f64: {
    ...FLOAT_UNARY, exp: f64.exp64, log: f64.log, expm1: f64.expm1, log1p: f64.log1p, sin: f64.sin, cos: f64.cos,
    tanh: f64.tanh, sigmoid: f64.sigmoid, erf: f64.erf,
  },
  integer: {
    neg: direct("neg"), abs: (b, x) => (x.type.scalar === "u32" ? x : b.unary("abs", x)), sign,
    floor: same, ceil: same, round: same, trunc: same, not: isZero,
  },
  mask: { not: direct("not") },
};

const pair = (op: KernelBinary): Binary => (b, x, y) => b.binary(op, x, y);
/** A single lane is shifted by an i32, several by their own type. */
const shift = (op: "shl" | "shr"): Binary => (b, x, y) =>
  b.binary(op, x, x.type.lanes === 1 ? b.convert("i32", y) : y);

const NUMBERS = {
  add: pair("add"), sub: pair("sub"), mul: pair("mul"), div: pair("div"), maximum: pair("max"), minimum: pair("min"),
} as const;
const BITS = { bitAnd: pair("and"), bitOr: pair("or"), bitXor: pair("xor") } as const;
const ARITHMETIC: { readonly [K in Kind]: { readonly [O in ArithmeticOp]?: Binary } } = {
  f32: { ...NUMBERS, pow: power, remainder },
  f64: { ...NUMBERS, pow: power, remainder },
  integer: {
    ...NUMBERS, ...BITS, pow: integerPower, remainder: integerRemainder,
    shiftLeft: shift("shl"), shiftRight: shift("shr"),
  },
  mask: BITS,
};

function kindOf(scalar: Scalar): Kind {
  return scalar === "i32" || scalar === "u32" || scalar === "index" ? "integer" : scalar;
}

/**
 * op(x) lane by lane. Errors in f32: exp, log, expm1, log1p, tanh, sigmoid, sin and cos (|x| <= 1e5) at most 2 ulp,
 * erf at most 4; in f64 about 1e-15 (relative).
 * @throws DTypeError if the operation has no meaning for x's scalar.
 */
export function mathUnary(b: KernelBuilder, op: UnaryOp, x: Expr): Expr {
  const rule = UNARY[kindOf(x.type.scalar)][op];
  if (rule === undefined) throw undefinedFor(op, x);
  return rule(b, b.let("x", x));
}

/**
 * op(x, y) lane by lane, of operands of one type. pow follows C (f32: at most 4 ulp), remainder Python (exact).
 * @throws DTypeError if the operation has no meaning for the operands' scalar.
 */
export function mathBinary(b: KernelBuilder, op: ArithmeticOp, x: Expr, y: Expr): Expr {
  const rule = ARITHMETIC[kindOf(x.type.scalar)][op];
  if (rule === undefined) throw undefinedFor(op, x);
  return rule(b, b.let("x", x), b.let("y", y));
}

function undefinedFor(op: string, x: Expr): DTypeError {
  return new DTypeError(`${op} is not defined for ${x.type.scalar}; cast the operand to f32 first`);
}

/**
 * 32 random bits per lane: the first word of Philox4x32-10 with counter (index, 0, offset low, offset high) and key
 * (seed low, seed high), the bits of `philox` in vocab/random.ts.
 * `state`: seed low, seed high, offset low, offset high, each u32 with the lanes of `index`.
 */
export function philoxWord(b: KernelBuilder, index: Expr, state: readonly [Expr, Expr, Expr, Expr]): Expr {
  const word = (value: number): Expr => lanesLike(b, index, "u32", value);
  const xor = (x: Expr, y: Expr): Expr => b.binary("xor", x, y);
  let [k0, k1, c2, c3] = state;
  let c0 = b.let("c0", index);
  let c1 = word(0);
  for (let round = 0; round < PHILOX.rounds; round++) {
    const high0 = b.binary("mulHigh", c0, word(PHILOX.M0)), low0 = b.let("low0", b.mul(c0, word(PHILOX.M0)));
    const high1 = b.binary("mulHigh", c2, word(PHILOX.M1)), low1 = b.let("low1", b.mul(c2, word(PHILOX.M1)));
    const next0 = b.let("c0", xor(xor(high1, c1), k0)), next2 = b.let("c2", xor(xor(high0, c3), k1));
    [c0, c1, c2, c3] = [next0, low1, next2, low0];
    k0 = b.let("k0", b.add(k0, word(PHILOX.W0)));
    k1 = b.let("k1", b.add(k1, word(PHILOX.W1)));
  }
  return c0;
}
