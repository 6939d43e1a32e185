import { DTYPES, type DType } from "../vocab/dtype.ts";

/**
 * Kernels: small imperative programs over scalars and vectors, in which everything that runs is written once. The
 * compiler makes them; a backend only prints them. They know nothing of tensors: a buffer is a base address, an index
 * counts elements.
 */

/** `index` is the machine's address width (i32 in WebAssembly, i64 natively); `mask` is a truth value. */
export type Scalar = "f32" | "f64" | "i32" | "u32" | "index" | "mask";
export interface Type {
  readonly scalar: Scalar;
  /** 1, or the number of lanes the kernel is written for. */
  readonly lanes: number;
}

/** A register. `set` may change it when it is mutable. */
export interface Variable {
  readonly id: number;
  readonly name: string;
  readonly type: Type;
}

export type KernelUnary =
  | "neg" | "abs" | "floor" | "ceil" | "trunc" | "sqrt"
  /** Round half to even. */
  | "nearest"
  /** Of a mask. */
  | "not";
export type KernelBinary =
  | "add" | "sub" | "mul"
  /** Floats: IEEE. Integers: toward zero; a divisor of 0 gives 0. */
  | "div"
  /** Integers: sign of the dividend; a divisor of 0 gives 0. */
  | "rem"
  /** NaN if either is NaN. */
  | "min" | "max"
  /** Integers and masks. */
  | "and" | "or" | "xor"
  /** Integers; i32 shifts right with its sign. The amount is a scalar i32 or a vector of the same type. */
  | "shl" | "shr"
  /** High 32 bits of a u32 product. */
  | "mulHigh";
export type KernelCompare = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

export type Expr =
  | { readonly e: "const"; readonly type: Type; readonly value: number }
  | { readonly e: "var"; readonly type: Type; readonly variable: Variable }
  /** A runtime integer of the call: a size, a stride (type index, lanes 1). */
  | { readonly e: "int"; readonly type: Type; readonly slot: number }
  /** A runtime number of the call (type f32 or f64, lanes 1). */
  | { readonly e: "float"; readonly type: Type; readonly slot: number }
  /**
   * `lanes` elements from `index` on, `stride` apart (absent: 1), widened to the dtype's compute type; bool gives i32.
   * Reading up to 64 bytes past the end of a buffer is allowed; those lanes hold anything.
   */
  | { readonly e: "load"; readonly type: Type; readonly buffer: number; readonly index: Expr; readonly stride?: Expr }
  /** One element per lane, at positions given as an i32 vector, counted from `base`. */
  | { readonly e: "gather"; readonly type: Type; readonly buffer: number; readonly base: Expr; readonly indices: Expr }
  | { readonly e: "unary"; readonly type: Type; readonly op: KernelUnary; readonly a: Expr }
  | { readonly e: "binary"; readonly type: Type; readonly op: KernelBinary; readonly a: Expr; readonly b: Expr }
  /** a*b + c, rounded once where the target fuses, twice elsewhere. */
  | { readonly e: "fma"; readonly type: Type; readonly a: Expr; readonly b: Expr; readonly c: Expr }
  | { readonly e: "compare"; readonly type: Type; readonly op: KernelCompare; readonly a: Expr; readonly b: Expr }
  | { readonly e: "select"; readonly type: Type; readonly mask: Expr; readonly a: Expr; readonly b: Expr }
  /** Between scalars of equal lanes. Float to integer truncates and saturates, NaN gives 0; mask gives 0 or 1. */
  | { readonly e: "convert"; readonly type: Type; readonly a: Expr }
  /** The same bits: f32, i32 and u32. */
  | { readonly e: "bitcast"; readonly type: Type; readonly a: Expr }
  | { readonly e: "splat"; readonly type: Type; readonly a: Expr }
  /** 0, 1, 2, ... (i32). */
  | { readonly e: "laneIndex"; readonly type: Type }
  /** One scalar from all lanes, halving: (l0 op l[n/2]) ... so that the order depends on lanes alone. */
  | {
    readonly e: "reduceLanes"; readonly type: Type;
    readonly op: "add" | "mul" | "min" | "max" | "and" | "or"; readonly a: Expr;
  }
  | { readonly e: "extract"; readonly type: Type; readonly a: Expr; readonly lane: number }
  /** Lanes of two vectors of four-byte numbers, picked by number: those of b count on after those of a. */
  | {
    readonly e: "shuffle"; readonly type: Type; readonly a: Expr; readonly b: Expr; readonly pick: readonly number[];
  };

export type Stmt =
  | { readonly s: "let"; readonly variable: Variable; readonly value: Expr }
  | { readonly s: "set"; readonly variable: Variable; readonly value: Expr }
  /** `count`: only the first so many lanes (type index; at most lanes). `stride` as for load. */
  | {
    readonly s: "store"; readonly buffer: number; readonly index: Expr; readonly value: Expr;
    readonly stride?: Expr; readonly count?: Expr;
  }
  /** for (variable = from; variable < to; variable += step), step > 0 constant or runtime. */
  | {
    readonly s: "for"; readonly variable: Variable; readonly from: Expr; readonly to: Expr; readonly step: Expr;
    readonly body: readonly Stmt[];
  }
  | { readonly s: "if"; readonly condition: Expr; readonly then: readonly Stmt[]; readonly else: readonly Stmt[] }
  | { readonly s: "while"; readonly condition: Expr; readonly body: readonly Stmt[] }
  | { readonly s: "comment"; readonly text: string };

export interface KernelBuffer {
  readonly name: string;
  readonly dtype: DType;
  readonly access: "read" | "write" | "readwrite";
}

/**
 * One kernel. A call runs units begin <= u < end; units are independent of each other, so any split over threads gives
 * the same bits. Arguments lie in a block of 8-byte words: for each buffer its byte offset and its byte step per
 * iteration of the loop around it, then the integers, then the numbers (see `runtime/program.ts`).
 */
export interface Kernel {
  /** Readable, [a-z0-9_]. */
  readonly name: string;
  /** Equal keys mean equal kernels. */
  readonly key: string;
  readonly buffers: readonly KernelBuffer[];
  readonly ints: readonly string[];
  readonly floats: readonly string[];
  /** Lanes of its vectors. */
  readonly lanes: number;
  readonly begin: Variable;
  readonly end: Variable;
  readonly body: readonly Stmt[];
}

export const computeType = (dtype: DType, lanes: number): Type => ({ scalar: DTYPES[dtype].compute, lanes });
