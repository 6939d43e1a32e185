/** Functions that JavaScript does not have, or has with other corner cases than C and PyTorch. */

const TWO_OVER_SQRT_PI = 1.1283791670955126;

/**
 * erf(x) = 2/sqrt(pi) * integral of exp(-t^2) from 0 to x, to double precision.
 * Near 0 by the series 2/sqrt(pi) exp(-x^2) * sum of 2^n x^(2n+1) / (1*3*5*...*(2n+1)), whose terms are all of one
 * sign; further out by the continued fraction of 1 - erf.
 * Source: Abramowitz and Stegun 1964, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (z >= 6) return Math.sign(x); // 1 - erf(6) is 2e-17
  if (z >= 2) return Math.sign(x) * (1 - erfcFraction(z));
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-square) * sum;
}

/** 1 - erf(z) for z >= 2: exp(-z^2)/sqrt(pi) / (z + (1/2)/(z + (2/2)/(z + (3/2)/(z + ...)))), from the inside. */
function erfcFraction(z: number): number {
  let tail = z;
  for (let n = 60; n >= 1; n--) tail = z + n / 2 / tail;
  return (Math.exp(-z * z) * TWO_OVER_SQRT_PI) / 2 / tail;
}

/** 1 / (1 + exp(-x)), written so that exp never overflows. */
export function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** As in C: 1 to any power is 1, and so is -1 to an infinite one (JavaScript says NaN). */
export function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Infinity) return 1;
  return base ** exponent;
}

/** By repeated squaring, modulo 2^32. A negative exponent leaves 0, except for the bases 1 and -1. */
export function integerPower(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/** What is left of a divided by b, with the sign of b: a - b*floor(a/b). */
export function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** The nearest integer; of two equally near ones the even one. */
export function roundHalfEven(x: number): number {
  const size = Math.abs(x);
  // From 2^52 on every double is an integer. Below, adding 2^52 leaves no room for a fraction: the sum is rounded.
  if (!(size < 2 ** 52)) return x;
  const rounded = size + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}
