import { DTYPES, isFloat, type DType } from "../vocab/dtype.ts";
import type { Expr } from "../ir/kernel.ts";
import {
  ARITHMETIC, COMPARE, UNARY, type ArithmeticOp, type CompareOp, type Op, type ReduceKind, type UnaryOp,
} from "../ir/op.ts";
import type { KernelBuilder } from "./build.ts";
import { mathBinary, mathUnary } from "./math.ts";

const unary: ReadonlySet<string> = new Set(UNARY);
const arithmetic: ReadonlySet<string> = new Set(ARITHMETIC);
const compare: ReadonlySet<string> = new Set(COMPARE);

/** A loaded element as the compiler computes with it: truth values are masks. */
export const fromMemory = (b: KernelBuilder, dtype: DType, x: Expr): Expr =>
  dtype === "bool" ? b.compare("ne", x, b.splat(b.constant(0, "i32"), x.type.lanes)) : x;
/** And back, as it is stored. */
export const toMemory = (b: KernelBuilder, dtype: DType, x: Expr): Expr =>
  dtype === "bool" ? b.convert("i32", x) : x;

/** One element-wise primitive on registers. */
export function emitOperation(
  b: KernelBuilder, op: Op, args: readonly Expr[], from: readonly DType[], dtype: DType,
): Expr {
  if (op === "where") return b.select(args[0], args[1], args[2]);
  if (op === "cast") return cast(b, args[0], from[0], dtype);
  if (op === "bitcast") return b.bitcast(DTYPES[dtype].compute, args[0]);
  if (compare.has(op)) {
    const [x, y] = from[0] === "bool" ? args.map((a) => b.convert("i32", a)) : args;
    return b.compare(op as CompareOp, x, y);
  }
  // 8-bit integers wrap at their width: computed in i32, cut after each step.
  if (from[0] === "bool" && (op === "maximum" || op === "minimum")) {
    return { e: "binary", type: args[0].type, op: op === "maximum" ? "or" : "and", a: args[0], b: args[1] };
  }
  if (unary.has(op)) return narrow(b, mathUnary(b, op as UnaryOp, args[0]), dtype);
  if (arithmetic.has(op)) return narrow(b, mathBinary(b, op as ArithmeticOp, args[0], args[1]), dtype);
  throw new Error(`${op} is not element-wise`);
}
/** What a narrow storage type would hold of a wider register: 16-bit floats are rounded, 8-bit integers wrap. */
export function narrow(b: KernelBuilder, x: Expr, dtype: DType): Expr {
  if (dtype === "u8") return { e: "binary", type: x.type, op: "and", a: x, b: b.constant(255, x.type) };
  if (dtype === "i8") {
    const amount = b.constant(24, x.type);
    const left: Expr = { e: "binary", type: x.type, op: "shl", a: x, b: amount };
    return { e: "binary", type: x.type, op: "shr", a: left, b: amount };
  }
  if (dtype === "bf16") return roundBits(b, x, 16);
  if (dtype === "f16") return roundHalf(b, x);
  return x;
}
const bits = (b: KernelBuilder, op: "and" | "or" | "add" | "shr", x: Expr, y: number | Expr): Expr =>
  b.binary(op, x, typeof y === "number" ? b.constant(y, x.type) : y);
/** f32 with its last bits rounded away, to nearest, ties to even; NaN stays NaN. */
function roundBits(b: KernelBuilder, x: Expr, cut: number): Expr {
  const u = b.let("u", b.bitcast("u32", x));
  const amount = b.constant(cut, u.type);
  const odd = bits(b, "and", b.binary("shr", u, amount), 1);
  const up = bits(b, "add", bits(b, "add", u, 2 ** (cut - 1) - 1), odd);
  const cleared = b.bitcast("f32", bits(b, "and", up, 2 ** 32 - 2 ** cut));
  return b.let("rounded", b.select(b.compare("eq", x, x), cleared, x));
}
/** f32 rounded to what f16 holds: 11 bits, steps of 2^-24 below 2^-14, infinity from 65520 on. */
function roundHalf(b: KernelBuilder, x: Expr): Expr {
  const size = b.let("size", b.unary("abs", x));
  const normal = roundBits(b, size, 13);
  // Next to 1/2 the steps of f32 are those of a subnormal f16.
  const small = b.sub(b.add(size, 0.5), 0.5);
  const inRange = b.select(b.compare("lt", size, 2 ** -14), small, normal);
  const held = b.select(b.compare("ge", inRange, 65520), b.constant(Infinity, x.type), inRange);
  const sign = bits(b, "and", b.bitcast("u32", x), 0x80000000);
  const signed = b.bitcast("f32", bits(b, "or", b.bitcast("u32", held), sign));
  return b.let("half", b.select(b.compare("eq", x, x), signed, x));
}
function cast(b: KernelBuilder, x: Expr, from: DType, to: DType): Expr {
  if (to === "bool") return b.compare("ne", x, b.constant(0, x.type));
  const wanted = DTYPES[to].compute;
  // Float to u32 goes by i32 for negative numbers, as in C on common machines.
  const made = from === "bool" ? b.convert(wanted, b.convert("i32", x)) : b.convert(wanted, x);
  return narrow(b, made, to);
}

/** What a reduction starts from. */
export function identityOf(b: KernelBuilder, kind: ReduceKind, dtype: DType): Expr {
  if (dtype === "bool") {
    const word = b.constant(kind === "min" ? 1 : 0, "i32");
    return b.compare("ne", word, b.constant(0, "i32"));
  }
  const scalar = DTYPES[dtype].compute;
  if (kind === "sum") return b.constant(0, scalar);
  if (kind === "prod") return b.constant(1, scalar);
  if (isFloat(dtype)) return b.constant(kind === "max" ? -Infinity : Infinity, scalar);
  if (scalar === "u32") return b.constant(kind === "max" ? 0 : 0xffffffff, scalar);
  return b.constant(kind === "max" ? -0x80000000 : 0x7fffffff, scalar);
}
/** Joins two partial results. */
export function combine(b: KernelBuilder, kind: ReduceKind, dtype: DType, x: Expr, y: Expr): Expr {
  if (dtype === "bool") return { e: "binary", type: x.type, op: kind === "max" ? "or" : "and", a: x, b: y };
  return b.binary(({ sum: "add", prod: "mul", max: "max", min: "min" } as const)[kind], x, y);
}
