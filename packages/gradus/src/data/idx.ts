import type { TypedArray } from "../vocab/dtype.ts";
import { DataError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { gunzip, isGzip } from "./gzip.ts";

/** An array of an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

type Reader = (view: DataView, at: number) => number;
interface IdxType {
  readonly bytes: number;
  readonly array: new (length: number) => TypedArray;
  readonly read: Reader;
}
/** The third byte of the magic number. 16-bit integers widen to 32 bits. */
const TYPES: Readonly<Record<number, IdxType>> = {
  0x08: { bytes: 1, array: Uint8Array, read: (view, at) => view.getUint8(at) },
  0x09: { bytes: 1, array: Int8Array, read: (view, at) => view.getInt8(at) },
  0x0b: { bytes: 2, array: Int32Array, read: (view, at) => view.getInt16(at) },
  0x0c: { bytes: 4, array: Int32Array, read: (view, at) => view.getInt32(at) },
  0x0d: { bytes: 4, array: Float32Array, read: (view, at) => view.getFloat32(at) },
  0x0e: { bytes: 8, array: Float64Array, read: (view, at) => view.getFloat64(at) },
};

/**
 * Reads an IDX file (the format of MNIST): two zero bytes, a type, the number of axes, each axis as a big-endian 32-bit
 * integer, then the numbers. Throws a DataError when bytes are missing or left over.
 * Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
 */
export function parseIdx(bytes: Uint8Array, name = "IDX file"): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) throw new DataError(`${name} is cut off: ${bytes.length} bytes are no IDX header`);
  const type = TYPES[bytes[2]] as IdxType | undefined;
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined) {
    throw new DataError(`${name} is not an IDX file: it starts with ${hex(bytes.subarray(0, 4))}`);
  }
  const axes = bytes[3];
  if (axes === 0 || axes > 8) throw new DataError(`${name}: ${axes} axes; an IDX file has between 1 and 8`);
  const header = 4 + 4 * axes;
  if (bytes.length < header) throw new DataError(`${name} is cut off inside its header of ${header} bytes`);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const elements = shape.reduce((product, size) => product * size, 1);
  const expected = header + elements * type.bytes;
  if (expected !== bytes.length) {
    const fault = expected > bytes.length ? "is cut off" : "has bytes left over";
    throw new DataError(`${name} ${fault}: shape ${formatShape(shape)} needs ${expected} bytes, the file has ` +
      `${bytes.length}; fetch it again`);
  }
  const data = new type.array(elements);
  for (let i = 0; i < elements; i++) data[i] = type.read(view, header + i * type.bytes);
  return { shape, data };
}
const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ");

/** Reads an IDX file, compressed by gzip or not. */
export const readIdx = async (bytes: Uint8Array, name = "IDX file"): Promise<IdxArray> =>
  parseIdx(isGzip(bytes) ? await gunzip(bytes, { name }) : bytes, name);

/** Writes an IDX file of bytes. */
export function writeIdx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + 4 * shape.length + data.length);
  const view = new DataView(out.buffer);
  out[2] = 0x08;
  out[3] = shape.length;
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  out.set(data, 4 + 4 * shape.length);
  return out;
}
