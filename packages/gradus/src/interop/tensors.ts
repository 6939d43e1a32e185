import { DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DataError, DTypeError } from "../vocab/errors.ts";
import { sizeOf } from "../vocab/shape.ts";
import { fromTyped, read } from "../exec/read.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readSafetensors, writeSafetensors, type SafeDType, type SafeTensor } from "./safetensors.ts";

const IN_FILE: Readonly<Record<DType, SafeDType>> = {
  f32: "F32", f64: "F64", f16: "F16", bf16: "BF16", i32: "I32", u32: "U32", i8: "I8", u8: "U8", bool: "BOOL",
};
const IN_MEMORY = new Map(Object.entries(IN_FILE).map(([dtype, name]) => [name, dtype as DType]));

/** Integers of other widths become i32, if they fit. */
const WIDENED: Readonly<Partial<Record<SafeDType, (view: DataView, index: number) => number>>> = {
  I64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  U64: (view, i) => Number(view.getBigUint64(8 * i, true)),
  I16: (view, i) => view.getInt16(2 * i, true),
  U16: (view, i) => view.getUint16(2 * i, true),
};

/** A tensor of a file as a tensor in memory. Throws a DataError if an integer does not fit into 32 bits. */
export function tensorFromFile(name: string, { dtype, shape, bytes }: SafeTensor): Tensor {
  const known = IN_MEMORY.get(dtype);
  if (known !== undefined) {
    // A copy: the bytes of a file may lie at any offset, an array's elements may not. (Buffer's slice would not copy.)
    const data = new DTYPES[known].view(Uint8Array.from(bytes).buffer, 0, sizeOf(shape));
    return fromTyped(known === "bool" ? data.map((v) => (v === 0 ? 0 : 1)) : data, shape, known);
  }
  const readOne = WIDENED[dtype];
  if (readOne === undefined) {
    throw new DTypeError(`tensor "${name}" is of dtype ${dtype}, which Gradus does not compute with`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const value = readOne(view, i);
    if (value !== (value | 0)) throw new DataError(`tensor "${name}" holds ${value}, which does not fit into 32 bits`);
    return value;
  });
  return fromTyped(data, shape, "i32");
}

/** A tensor as it goes into a file; `dtype: "I64"` writes an i32 tensor as PyTorch keeps its integers. */
export async function tensorForFile(x: Tensor, dtype: SafeDType = IN_FILE[x.dtype]): Promise<SafeTensor> {
  const data = await read(x);
  return { dtype, shape: [...x.shape], bytes: dtype === IN_FILE[x.dtype] ? bytesOf(data) : widen(x, data, dtype) };
}
const bytesOf = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
function widen(x: Tensor, data: TypedArray, dtype: SafeDType): Uint8Array {
  if (dtype !== "I64" || x.dtype !== "i32") {
    throw new DTypeError(`a tensor of ${x.dtype} is not written as ${dtype}; cast it first`);
  }
  return bytesOf(new Int32Array(BigInt64Array.from(data as Int32Array, BigInt).buffer));
}

/** The tensors of a safetensors file by name: what `loadStateDict` takes. */
export function loadSafetensors(bytes: Uint8Array, name?: string): Record<string, Tensor> {
  const { tensors } = readSafetensors(bytes, name);
  // fromEntries defines keys: one called __proto__ is a key like any other.
  return Object.fromEntries([...tensors].map(([key, entry]) => [key, tensorFromFile(key, entry)]));
}
/** A record of tensors, such as a state dict, as a safetensors file. */
export async function saveSafetensors(
  record: Readonly<Record<string, Tensor>>, metadata?: ReadonlyMap<string, string>,
): Promise<Uint8Array> {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, x] of Object.entries(record)) {
    // PyTorch counts batches in 64 bits and expects them so.
    const wide = name.endsWith("num_batches_tracked") && x.dtype === "i32";
    tensors.set(name, await tensorForFile(x, wide ? "I64" : undefined));
  }
  return writeSafetensors(tensors, metadata);
}
