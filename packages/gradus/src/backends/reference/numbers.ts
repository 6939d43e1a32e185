/** Numbers of kernels: how each type is read, written, rounded and computed with. */
import type { KernelBinary, KernelCompare, KernelUnary, Scalar } from "../../ir/kernel.ts";
import type { DType } from "../../vocab/dtype.ts";
import { BackendError } from "../../vocab/errors.ts";
import { halfFromNumber, halfToNumber, saturate } from "./round.ts";

export const COMPARE: { readonly [K in KernelCompare]: (x: number, y: number) => boolean } = {
  eq: (x, y) => x === y, ne: (x, y) => x !== y,
  lt: (x, y) => x < y, le: (x, y) => x <= y, gt: (x, y) => x > y, ge: (x, y) => x >= y,
};

export const bits = (scalar: Scalar): "f32" | "i32" | "u32" => {
  if (scalar === "f32" || scalar === "i32" || scalar === "u32") return scalar;
  throw new BackendError(`bits of ${scalar} cannot be reinterpreted; bitcast takes f32, i32 and u32`);
};

export function read(heap: DataView, dtype: DType, address: number): number {
  switch (dtype) {
    case "f32": return heap.getFloat32(address, true);
    case "f64": return heap.getFloat64(address, true);
    case "i32": return heap.getInt32(address, true);
    case "u32": return heap.getUint32(address, true);
    case "i8": return heap.getInt8(address);
    case "u8":
    case "bool": return heap.getUint8(address);
    case "f16":
    case "bf16": return halfToNumber(dtype, heap.getUint16(address, true));
  }
}
/** Narrow integers keep their low bits, narrow floats round to nearest even. */
export function write(heap: DataView, dtype: DType, address: number, value: number): void {
  switch (dtype) {
    case "f32": return heap.setFloat32(address, value, true);
    case "f64": return heap.setFloat64(address, value, true);
    case "i32": return heap.setInt32(address, value, true);
    case "u32": return heap.setUint32(address, value, true);
    case "i8": return heap.setInt8(address, value);
    case "u8":
    case "bool": return heap.setUint8(address, value);
    case "f16":
    case "bf16": return heap.setUint16(address, halfFromNumber(dtype, value), true);
  }
}

/** Brings the exact result of an operation into its type. */
export function rounding(scalar: Scalar): (x: number) => number {
  switch (scalar) {
    case "f32": return Math.fround;
    case "i32": return (x) => x | 0;
    case "u32": return (x) => x >>> 0;
    default: return (x) => x;
  }
}
export const isFloat = (scalar: Scalar): boolean => scalar === "f32" || scalar === "f64";

export function unary(op: KernelUnary, scalar: Scalar): (x: number) => number {
  const round = rounding(scalar);
  switch (op) {
    case "neg": return isFloat(scalar) ? (x) => -x : (x) => round(0 - x);
    case "abs": return (x) => round(Math.abs(x));
    case "floor": return Math.floor;
    case "ceil": return Math.ceil;
    case "trunc": return Math.trunc;
    case "sqrt": return (x) => round(Math.sqrt(x));
    case "nearest": return nearest;
    case "not": return (x) => 1 - x;
  }
}
/** Half to even; keeps the sign of zero. */
function nearest(x: number): number {
  const below = Math.floor(x), up = x - below;
  const rounded = up > 0.5 || (up === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return rounded === 0 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : rounded;
}

export function binary(op: KernelBinary, scalar: Scalar): (x: number, y: number) => number {
  const round = rounding(scalar);
  const float = isFloat(scalar);
  const bitwise = (narrow: (x: number, y: number) => number, wide: (x: bigint, y: bigint) => bigint) =>
    scalar === "index"
      ? (x: number, y: number) => Number(BigInt.asIntN(64, wide(BigInt(x), BigInt(y))))
      : (x: number, y: number) => round(narrow(x, y));
  switch (op) {
    case "add": return (x, y) => round(x + y);
    case "sub": return (x, y) => round(x - y);
    case "mul": return scalar === "i32" || scalar === "u32"
      ? (x, y) => round(Math.imul(x, y))
      : (x, y) => round(x * y);
    case "div": return float
      ? (x, y) => round(x / y)
      : (x, y) => (y === 0 ? 0 : round(Math.trunc(x / y)));
    case "rem": return (x, y) => (y === 0 && !float ? 0 : round(x % y));
    case "min": return Math.min;
    case "max": return Math.max;
    case "and": return bitwise((x, y) => x & y, (x, y) => x & y);
    case "or": return bitwise((x, y) => x | y, (x, y) => x | y);
    case "xor": return bitwise((x, y) => x ^ y, (x, y) => x ^ y);
    // As the machines do, only the low five bits of an amount count.
    case "shl": return bitwise((x, y) => x << y, (x, y) => x << y);
    case "shr": return bitwise(scalar === "u32" ? (x, y) => x >>> y : (x, y) => x >> y, (x, y) => x >> y);
    case "mulHigh": return (x, y) => Number((BigInt(x) * BigInt(y)) >> 32n);
  }
}

/** Between integers the low bits stay; from floats the value is truncated and saturates. */
export function convert(from: Scalar, to: Scalar): (x: number) => number {
  const round = rounding(to);
  switch (to) {
    case "mask": return (x) => Number(x !== 0);
    case "i32": return isFloat(from) ? (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1) : round;
    case "u32": return isFloat(from) ? (x) => saturate(x, 0, 2 ** 32 - 1) : round;
    case "index": return isFloat(from) ? (x) => saturate(x, -(2 ** 53), 2 ** 53) : round;
    default: return round;
  }
}
