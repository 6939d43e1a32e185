import { DTypeError } from "./errors.ts";

/** Element types. Arithmetic runs on the first five; the last four are storage only and widen on load. */
export type DType = "f32" | "f64" | "i32" | "u32" | "bool" | "f16" | "bf16" | "i8" | "u8";

export type TypedArray =
  | Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Int8Array | Uint8Array;

/** What one element of a dtype is: its size in memory and the type it is computed in. */
interface DTypeInfo {
  readonly bytes: number;
  readonly float: boolean;
  /** The type of a register that holds it (16-bit floats widen to f32, 8-bit integers to i32). */
  readonly compute: "f32" | "f64" | "i32" | "u32";
  readonly array: new (length: number) => TypedArray;
  readonly view: new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;
}

const info = (
  bytes: number, float: boolean, compute: DTypeInfo["compute"], array: unknown,
): DTypeInfo => ({
  bytes, float, compute,
  array: array as DTypeInfo["array"],
  view: array as DTypeInfo["view"],
});

export const DTYPES: { readonly [K in DType]: DTypeInfo } = {
  f32: info(4, true, "f32", Float32Array),
  f64: info(8, true, "f64", Float64Array),
  i32: info(4, false, "i32", Int32Array),
  u32: info(4, false, "u32", Uint32Array),
  bool: info(1, false, "i32", Uint8Array),
  f16: info(2, true, "f32", Uint16Array),
  bf16: info(2, true, "f32", Uint16Array),
  i8: info(1, false, "i32", Int8Array),
  u8: info(1, false, "i32", Uint8Array),
};

/** The dtype, if it is one. `where` begins the message otherwise, which knows names such as float32 and uint8. */
export function checkDType(dtype: DType, where: string): DType {
  if (Object.hasOwn(DTYPES, dtype)) return dtype;
  const known = Object.keys(DTYPES), name = String(dtype), short = name.replace(/loat|(?<=u)int|nt/, "");
  const meant = known.includes(short) ? `; "${short}" is what it is called here` : "";
  throw new DTypeError(`${where}: there is no dtype "${name}"${meant} (one of ${known.join(", ")})`);
}
export const isFloat = (dtype: DType): boolean => DTYPES[dtype].float;
export const bytesOf = (dtype: DType): number => DTYPES[dtype].bytes;

/** Order of promotion: the later of two wins, and any float beats any integer. */
const RANK: readonly DType[] = ["bool", "u8", "i8", "u32", "i32", "f16", "bf16", "f32", "f64"];

/**
 * The dtype in which two operands meet. As in PyTorch, except that f16 with bf16 gives f32 and
 * i32 with u32 gives i32.
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  if ((a === "f16" && b === "bf16") || (a === "bf16" && b === "f16")) return "f32";
  if ((a === "u8" && b === "i8") || (a === "i8" && b === "u8")) return "i32";
  return RANK.indexOf(a) > RANK.indexOf(b) ? a : b;
}
