import { DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DataError, DTypeError } from "../vocab/errors.ts";
import { sizeOf } from "../vocab/shape.ts";
import { fromTyped, read } from "../exec/read.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { readNpz, writeNpz } from "./npz.ts";
import { readPt } from "./pytorch.ts";
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

// fromEntries defines keys: one called __proto__ is a key like any other.
const toTensors = (files: Iterable<readonly [string, SafeTensor]>): Record<string, Tensor> =>
  Object.fromEntries(Array.from(files, ([key, entry]) => [key, tensorFromFile(key, entry)]));

/** A record of tensors as they go into a file. */
export async function tensorsForFile(record: Readonly<Record<string, Tensor>>): Promise<Map<string, SafeTensor>> {
  const tensors = new Map<string, SafeTensor>();
  for (const [name, x] of Object.entries(record)) {
    // PyTorch counts batches in 64 bits and expects them so.
    const wide = name.endsWith("num_batches_tracked") && x.dtype === "i32";
    tensors.set(name, await tensorForFile(x, wide ? "I64" : undefined));
  }
  return tensors;
}

/** The tensors of a safetensors file by name: what `loadStateDict` takes. */
export const loadSafetensors = (bytes: Uint8Array, name?: string): Record<string, Tensor> =>
  toTensors(readSafetensors(bytes, name).tensors);
/** A record of tensors, such as a state dict, as a safetensors file. */
export const saveSafetensors = async (
  record: Readonly<Record<string, Tensor>>, metadata?: ReadonlyMap<string, string>,
): Promise<Uint8Array> => writeSafetensors(await tensorsForFile(record), metadata);
/** The array of a NumPy file (.npy). */
export const loadNpy = (bytes: Uint8Array, name = "npy file"): Tensor => tensorFromFile(name, readNpy(bytes, name));
/** A tensor as a NumPy file (.npy). */
export const saveNpy = async (x: Tensor): Promise<Uint8Array> => writeNpy(await tensorForFile(x));
/** The arrays of a NumPy archive (.npz) by name. */
export const loadNpz = async (bytes: Uint8Array, name?: string): Promise<Record<string, Tensor>> =>
  toTensors(await readNpz(bytes, name));
/** A record of tensors as a NumPy archive (.npz), stored or deflated. */
export const saveNpz = async (
  record: Readonly<Record<string, Tensor>>, options: { readonly deflate?: boolean } = {},
): Promise<Uint8Array> => writeNpz(await tensorsForFile(record), options);
/**
 * The tensors of a PyTorch file (.pt, .pth) by name; `under` picks those of a nested dict: `loadPt(bytes, { under:
 * "model" })` gives "layer.weight" for what the file calls "model.layer.weight". See `readPt` for what is read.
 */
export async function loadPt(
  bytes: Uint8Array, options: { readonly name?: string; readonly under?: string } = {},
): Promise<Record<string, Tensor>> {
  const { name = "PyTorch file", under } = options;
  const { tensors } = await readPt(bytes, name);
  if (under === undefined) return toTensors(tensors);
  const found = [...tensors].filter(([key]) => key.startsWith(`${under}.`));
  if (found.length === 0) {
    const tops = [...new Set(Array.from(tensors.keys(), (key) => key.split(".")[0]))].slice(0, 8).join(", ");
    throw new DataError(`${name} holds no tensors under "${under}"; names begin with ${tops}`);
  }
  return toTensors(found.map(([key, tensor]) => [key.slice(under.length + 1), tensor]));
}
