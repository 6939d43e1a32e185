import { DTYPES, type DType, type TypedArray } from "../../vocab/dtype.ts";
import type { Aval } from "../../ir/node.ts";
import { halfFromNumber, halfToNumber } from "./round.ts";

/**
 * A value of the reference backend: all its elements in row-major order, in the typed array of its dtype. bool is 0 or
 * 1; f16 and bf16 are bit patterns. A value never changes, so values may share an array.
 */
export interface Dense extends Aval {
  readonly data: TypedArray;
}

/** The elements of a value as float64, which holds those of every dtype exactly. Not to be written to. */
export function numbersOf(x: Dense): Float64Array {
  if (x.data instanceof Float64Array) return x.data;
  const { dtype } = x;
  if (dtype === "f16" || dtype === "bf16") return Float64Array.from(x.data, (bits) => halfToNumber(dtype, bits));
  return new Float64Array(x.data);
}

/**
 * The one place where numbers are rounded: float64 results become elements of a dtype. f32 rounds to nearest; f16 and
 * bf16 round to f32 and then once more; integers wrap modulo 2^bits; bool is "not zero".
 */
export function store({ shape, dtype }: Aval, numbers: Float64Array): Dense {
  switch (dtype) {
    case "f64": return { shape, dtype, data: numbers };
    case "f32": return { shape, dtype, data: new Float32Array(numbers) };
    case "i32": return { shape, dtype, data: new Int32Array(numbers) };
    case "u32": return { shape, dtype, data: new Uint32Array(numbers) };
    case "i8": return { shape, dtype, data: new Int8Array(numbers) };
    case "u8": return { shape, dtype, data: new Uint8Array(numbers) };
    case "bool": return { shape, dtype, data: Uint8Array.from(numbers, (x) => (x === 0 ? 0 : 1)) };
    case "f16":
    case "bf16": return { shape, dtype, data: Uint16Array.from(numbers, (x) => halfFromNumber(dtype, x)) };
  }
}

/** An array of zeros in the storage of a dtype. */
export const zeros = (dtype: DType, size: number): TypedArray => new DTYPES[dtype].array(size);
