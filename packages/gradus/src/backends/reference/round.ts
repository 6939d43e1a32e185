/** Roundings that JavaScript lacks: fused multiply-add, 16-bit floats, saturation. All exact. */

const F64 = new Float64Array(1);
const U32 = new Uint32Array(F64.buffer);
const F32 = new Float32Array(1);
const F32_BITS = new Uint32Array(F32.buffer);

/**
 * a*b + c of f32 values, rounded once. The product is exact in double; the sum is rounded to odd, which keeps the
 * second rounding innocent because double has more than two bits to spare.
 * Source: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", IEEE Transactions on Computers 57 (2008).
 */
export function fmaF32(a: number, b: number, c: number): number {
  const p = a * b;
  const s = p + c;
  // Knuth's two-sum: s + error is the sum exactly.
  const t = s - p;
  const error = (p - (s - t)) + (c - t);
  if (error === 0 || error !== error) return Math.fround(s);
  F64[0] = s;
  if ((U32[0] & 1) === 0) {
    // The exact sum lies between s and a neighbour with an odd last bit: take that one.
    if (error > 0 === s > 0) U32[0] |= 1;
    else if (U32[0]-- === 0) U32[1]--;
  }
  return Math.fround(F64[0]);
}

/** a*b + c of f64 values, rounded once (twice where the result is subnormal), by integers: slow. */
export function fmaF64(a: number, b: number, c: number): number {
  const plain = a * b + c;
  if (a === 0 || b === 0 || !Number.isFinite(a) || !Number.isFinite(b)) return plain;
  if (!Number.isFinite(c)) return c;
  const [ma, ea] = split(a), [mb, eb] = split(b), [mc, ec] = split(c);
  const product = ma * mb, exponent = ea + eb;
  const low = c === 0 ? exponent : Math.min(exponent, ec);
  const sum = (product << BigInt(exponent - low)) + (c === 0 ? 0n : mc << BigInt(ec - low));
  if (sum === 0n) return plain;
  // Keep well over 53 bits and a sticky one, so that Number() does not overflow and rounds half to even.
  const excess = Math.max(0, sum.toString(16).length * 4 - 128);
  const kept = sum >> BigInt(excess);
  const sticky = kept << BigInt(excess) === sum ? kept : kept | 1n;
  return scale(Number(sticky), low + excess);
}
/** x = mantissa * 2^exponent, exactly. */
function split(x: number): [mantissa: bigint, exponent: number] {
  F64[0] = x;
  const field = (U32[1] >>> 20) & 0x7ff;
  const fraction = (BigInt(U32[1] & 0xfffff) << 32n) | BigInt(U32[0]);
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  return [x < 0 ? -mantissa : mantissa, Math.max(field, 1) - 1075];
}
/** x * 2^n in steps that do not overflow on the way. */
function scale(x: number, n: number): number {
  while (n > 1000) [x, n] = [x * 2 ** 1000, n - 1000];
  while (n < -1000) [x, n] = [x * 2 ** -1000, n + 1000];
  return x * 2 ** n;
}

/** The value of 16 bits. */
export function halfToNumber(dtype: "f16" | "bf16", bits: number): number {
  if (dtype === "bf16") {
    F32_BITS[0] = bits << 16;
    return F32[0];
  }
  const exponent = (bits >>> 10) & 31, fraction = bits & 0x3ff;
  const magnitude = exponent === 0 ? fraction * 2 ** -24
    : exponent === 31 ? (fraction === 0 ? Infinity : NaN)
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}
/** The 16 bits nearest to an f32 value; half to even, too large gives infinity. */
export function halfFromNumber(dtype: "f16" | "bf16", value: number): number {
  F32[0] = value;
  const bits = F32_BITS[0];
  if (dtype === "bf16") {
    if (value !== value) return (bits >>> 16) | 0x40;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  const sign = (bits >>> 16) & 0x8000;
  if (value !== value) return sign | 0x7e00;
  const x = Math.abs(F32[0]);
  if (x >= 65520) return sign | 0x7c00;
  // The last bit of the result weighs 2^quantum; adding and removing 1.5 * 2^52 of it rounds half to even.
  const quantum = Math.max(((bits >>> 23) & 0xff) - 127, -14) - 10;
  const units = x * 2 ** -quantum + 2 ** 52 - 2 ** 52;
  return sign | (units < 1024 ? units : units + ((quantum + 24) << 10));
}

/** Toward zero, into [low, high]; NaN gives 0. */
export function saturate(x: number, low: number, high: number): number {
  return x !== x ? 0 : Math.trunc(Math.min(Math.max(x, low), high));
}
