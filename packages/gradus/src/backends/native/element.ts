import type { Scalar, Type } from "../../ir/kernel.ts";
import type { DType } from "../../vocab/dtype.ts";

/** An element type of C: of a register or, for the narrow ones, of memory only. */
export type Element = "f32" | "f64" | "i32" | "u32" | "i64" | "u64" | "u16" | "u8" | "i8";

export const BYTES: { readonly [K in Element]: number } = {
  f32: 4, f64: 8, i32: 4, u32: 4, i64: 8, u64: 8, u16: 2, u8: 1, i8: 1,
};

/** What an element of a dtype looks like in memory. */
export const STORAGE: { readonly [K in DType]: Element } = {
  f32: "f32", f64: "f64", i32: "i32", u32: "u32", bool: "u8", f16: "u16", bf16: "u16", i8: "i8", u8: "u8",
};

/** A register's element. Masks are 32-bit integers: 0 or 1 in a scalar, 0 or -1 in the lanes of a vector. */
const ELEMENT: { readonly [K in Scalar]: Element } = {
  f32: "f32", f64: "f64", i32: "i32", u32: "u32", index: "i64", mask: "i32",
};

export const elementOf = (type: Type): Element => ELEMENT[type.scalar];
export const isFloatElement = (element: Element): boolean => element === "f32" || element === "f64";
/** The integer of the same width: of a comparison's result, of the bits of a float. */
export const integerOf = (element: Element): Element => BYTES[element] === 8 ? "i64" : "i32";
export const vectorName = (element: Element, lanes: number): string => lanes === 1 ? element : `${element}x${lanes}`;
