import type { Expr } from "../ir/kernel.ts";
import type { KernelBuilder } from "./build.ts";
import { expSum, mantissa, power32 } from "./math-f32.ts";
import { exp64, mantissa64, power64 } from "./math-f64.ts";
import { atLeast, atMost, horner, like, shiftRight } from "./math-parts.ts";

/** x to the y and the remainder, of floats and integers. */

/** What pow needs to know of a float type. */
interface Format {
  /** Multiplying by it splits a number into two halves (Veltkamp 1968). */
  readonly split: number;
  /** ln 2, rounded so that its product with an exponent is exact, and the rest. */
  readonly ln2: readonly [number, number];
  /** log((1 + s)/(1 - s)) = 2s + s^3 (c0 + c1 s^2 + ...) on |s| <= 1/5. */
  readonly log: readonly number[];
  /** Even integer so large that x^y is 0, 1 or infinite from there on. */
  readonly largest: number;
  /** What a correction to the exponent may be. */
  readonly correction: number;
}
const series = (length: number): number[] => Array.from({ length }, (_, k) => 2 / (2 * k + 3));
const F32: Format = {
  split: 2 ** 12 + 1, ln2: [0.693145751953125, 1.42860682e-6], log: series(5), largest: 2 ** 32,
  correction: 2 ** -16,
};
const F64: Format = {
  split: 2 ** 27 + 1, ln2: [0.693147180559663, 2.8235290563031577e-13], log: series(12), largest: 2 ** 64,
  correction: 2 ** -40,
};
const formatOf = (x: Expr): Format => (x.type.scalar === "f32" ? F32 : F64);

/** x = high + low, each with half of the bits. */
function halves(b: KernelBuilder, x: Expr, factor: number): [high: Expr, low: Expr] {
  const t = b.let("t", b.mul(x, factor));
  const high = b.let("high", b.sub(t, b.sub(t, x)));
  return [high, b.let("low", b.sub(x, high))];
}
/** x y = product + rest, exactly (Dekker 1971); needs no fused multiply-add. */
function exactProduct(b: KernelBuilder, x: Expr, y: Expr): [product: Expr, rest: Expr] {
  const { split } = formatOf(x);
  const [xh, xl] = halves(b, x, split), [yh, yl] = halves(b, y, split);
  const product = b.let("product", b.mul(x, y));
  const rest = b.add(b.add(b.add(b.sub(b.mul(xh, yh), product), b.mul(xh, yl)), b.mul(xl, yh)), b.mul(xl, yl));
  return [product, b.let("rest", rest)];
}
/** x + y = sum + rest, exactly, where |x| >= |y| or x is 0 (Dekker 1971). */
function exactSum(b: KernelBuilder, x: Expr, y: Expr): [sum: Expr, rest: Expr] {
  const sum = b.let("sum", b.add(x, y));
  return [sum, b.sub(y, b.sub(sum, x))];
}

/** x = m 2^e with m about 1 and an i32 e, for positive finite x. */
const mantissaOf = (b: KernelBuilder, x: Expr): { m: Expr; e: Expr } =>
  x.type.scalar === "f32" ? mantissa(b, x) : mantissa64(b, x);
/** 2^n in x's type, for an i32 n. */
const powerOfTwo = (b: KernelBuilder, x: Expr, n: Expr): Expr =>
  x.type.scalar === "f32" ? power32(b, n) : power64(b, n);

/** size^y for 0 < size < infinity: exp(y log(size)), the logarithm in two numbers. */
function positivePower(b: KernelBuilder, size: Expr, y: Expr): Expr {
  const format = formatOf(size);
  const parts = mantissaOf(b, size);
  const f = b.let("f", b.sub(parts.m, 1)), e = b.let("e", b.convert(size.type.scalar, parts.e));
  // s = f / (2 + f), corrected by what its rounding leaves of f.
  const divisor = b.let("divisor", b.add(f, 2));
  const lost = b.let("lost", b.sub(f, b.sub(divisor, 2)));
  const inverse = b.let("inverse", b.div(like(b, f, 1), divisor));
  const s = b.let("s", b.mul(f, inverse));
  const [product, rest] = exactProduct(b, s, divisor);
  const correction = b.mul(b.sub(b.sub(b.sub(f, product), rest), b.mul(s, lost)), inverse);
  const square = b.let("square", b.mul(s, s));
  const tail = b.add(b.mul(b.mul(s, square), horner(b, square, format.log)), b.mul(correction, 2));
  const [high, left] = exactSum(b, b.let("scaled", b.mul(e, format.ln2[0])), b.let("twice", b.add(s, s)));
  const low = b.add(left, b.add(b.mul(e, format.ln2[1]), tail));
  // y log(size), again in two numbers.
  const bounded = b.let("y", atLeast(b, b.let("y", atMost(b, y, format.largest)), -format.largest));
  const [main, error] = exactProduct(b, bounded, high);
  const small = b.let("small", b.add(error, b.mul(bounded, low)));
  const [exponent, leftover] = exactSum(b, main, small);
  // Out of range the exponential is 0 or infinite, if the correction stays small.
  const fine = b.let("fine", atMost(b, b.let("fine", leftover), format.correction));
  const correct = b.let("fine", atLeast(b, fine, -format.correction));
  return size.type.scalar === "f32" ? expSum(b, exponent, correct) : exp64(b, exponent, correct);
}
/** x^y with the special cases of C: pow(x, 0) = pow(1, y) = 1 even of NaN; x < 0 needs an integer y. */
export function power(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const number = (value: number): Expr => like(b, x, value);
  const both = (p: Expr, q: Expr): Expr => b.binary("and", p, q);
  const size = b.let("size", b.unary("abs", x));
  const finite = positivePower(b, size, y);
  const zero = b.let("zero", b.compare("eq", x, 0));
  const extreme = b.binary("or", zero, b.compare("eq", size, Infinity));
  const falls = b.binary("xor", zero, b.compare("lt", y, 0));
  const magnitude = b.let("magnitude", b.select(extreme, b.select(falls, number(0), number(Infinity)), finite));

  const half = b.let("half", b.mul(y, 0.5));
  const whole = b.let("whole", b.compare("eq", b.unary("trunc", y), y));
  const odd = both(whole, b.compare("ne", b.unary("trunc", half), half));
  // -0 counts as negative: its inverse is.
  const below = b.binary("or", b.compare("lt", x, 0), b.compare("lt", b.div(number(1), x), 0));
  const signed = b.select(both(odd, below), b.unary("neg", magnitude), magnitude);

  const root = both(both(b.compare("lt", x, 0), b.compare("gt", x, -Infinity)), b.unary("not", whole));
  const defined = both(both(b.compare("eq", x, x), b.compare("eq", y, y)), b.unary("not", root));
  const one = b.binary("or", b.compare("eq", y, 0), b.compare("eq", x, 1));
  return b.select(one, number(1), b.select(defined, signed, number(NaN)));
}

/** x^y of integers by repeated squaring. A negative y leaves 0, except for the bases 1 and -1. */
export function integerPower(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const number = (value: number): Expr => like(b, x, value);
  const isOdd = (n: Expr): Expr => b.compare("ne", b.binary("and", n, number(1)), 0);
  const result = b.mutable("result", number(1));
  const base = b.mutable("base", x);
  const rest = b.mutable("rest", x.type.scalar === "u32" ? y : b.max(y, 0));
  b.while(b.reduceLanes("or", b.compare("gt", b.read(rest), 0)), () => {
    b.set(result, b.select(isOdd(b.read(rest)), b.mul(b.read(result), b.read(base)), b.read(result)));
    b.set(base, b.mul(b.read(base), b.read(base)));
    b.set(rest, shiftRight(b, b.read(rest), 1));
  });
  if (x.type.scalar === "u32") return b.read(result);
  const minusOne = b.select(isOdd(y), number(-1), number(1));
  const inverse = b.select(b.compare("eq", x, 1), number(1),
    b.select(b.compare("eq", x, -1), minusOne, number(0)));
  return b.select(b.compare("lt", y, 0), inverse, b.read(result));
}

/**
 * x - y floor(x/y), exactly as of real numbers. With x = m 2^e and y = n 2^d the quotient is taken eight bits at a
 * time: m := 2^8 m - n round(2^8 m/n) until the exponents meet. Each step is exact, because n times eight bits is, half
 * by half.
 */
export function remainder(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const number = (value: number): Expr => like(b, x, value);
  const valid = b.let("valid", b.binary("and",
    b.compare("lt", b.unary("abs", x), Infinity), b.compare("gt", b.unary("abs", y), 0)));
  const dividend = b.let("dividend", b.select(valid, b.unary("abs", x), number(0)));
  const divisor = b.let("divisor", b.select(valid, b.unary("abs", y), number(1)));
  const { m, e } = mantissaOf(b, divisor);
  const from = mantissaOf(b, dividend);
  const [high, low] = halves(b, m, formatOf(x).split);
  const reduced = (r: Expr): Expr => {
    const times = b.let("times", b.unary("nearest", b.div(r, m)));
    return b.sub(b.sub(r, b.mul(times, high)), b.mul(times, low));
  };
  const distance = b.let("distance", b.sub(from.e, e));
  const left = b.mutable("left", reduced(from.m));
  const steps = b.mutable("steps", distance);
  b.while(b.reduceLanes("or", b.compare("gt", b.read(steps), 0)), () => {
    // Lanes that are done stay: a shift by 0 and a quotient of 0.
    const shift = b.let("shift", b.max(b.min(b.read(steps), 8), 0));
    const shifted = b.let("shifted", b.mul(b.read(left), powerOfTwo(b, x, shift)));
    b.set(left, reduced(shifted));
    b.set(steps, b.sub(b.read(steps), shift));
  });
  const half = b.let("half", shiftRight(b, e, 1));
  const scaled = b.mul(b.mul(b.read(left), powerOfTwo(b, x, half)), powerOfTwo(b, x, b.let("rest", b.sub(e, half))));
  const size = b.let("size", b.select(b.compare("lt", dividend, divisor), dividend, scaled));
  const rest = b.let("rest", b.select(b.compare("lt", x, 0), b.unary("neg", size), size));
  const other = b.binary("xor", b.compare("lt", rest, 0), b.compare("lt", y, 0));
  const wrong = b.binary("and", other, b.compare("ne", rest, 0));
  return b.select(valid, b.select(wrong, b.add(rest, y), rest), number(NaN));
}
/** The same for integers; 0 for a divisor of 0. */
export function integerRemainder(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const rest = b.binary("rem", x, y);
  if (x.type.scalar === "u32") return rest;
  const left = b.let("rest", rest);
  const other = b.compare("lt", b.binary("xor", left, y), 0);
  const wrong = b.binary("and", other, b.compare("ne", left, 0));
  return b.select(wrong, b.add(left, y), left);
}
