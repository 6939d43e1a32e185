import { DTYPES, isFloat, type DType } from "../vocab/dtype.ts";
import type { Expr } from "../ir/kernel.ts";
import { ARITHMETIC, COMPARE, UNARY, type ArithmeticOp, type CompareOp, type Op, type ReduceKind, type UnaryOp } from "../ir/op.ts";
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
/** What a narrow storage type would hold of a wider register. */
function narrow(b: KernelBuilder, x: Expr, dtype: DType): Expr {
  if (dtype === "u8") return { e: "binary", type: x.type, op: "and", a: x, b: b.constant(255, x.type) };
  if (dtype === "i8") {
    const amount = b.constant(24, x.type);
    return { e: "binary", type: x.type, op: "shr", a: { e: "binary", type: x.type, op: "shl", a: x, b: amount }, b: amount };
  }
  return x;
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
