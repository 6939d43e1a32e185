import { contiguousStrides, isContiguous, sizeOf } from "../vocab/shape.ts";

const WORDS: Readonly<Record<number, new (buffer: ArrayBuffer) => { [i: number]: number | bigint; length: number }>> = {
  1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array,
};

/**
 * The elements of a strided view as bytes in row-major order. `width` is 1, 2, 4 or 8 bytes, `offset` and `strides`
 * count elements; the caller has checked that the view lies inside of `bytes`.
 */
export function rowMajor(
  bytes: Uint8Array, width: number, offset: number, shape: readonly number[], strides: readonly number[],
): Uint8Array {
  const count = sizeOf(shape), start = offset * width;
  if (count === 0) return new Uint8Array(0);
  if (isContiguous(shape, strides)) return bytes.subarray(start, start + count * width);
  const Words = WORDS[width];
  // A copy: the bytes of a file may lie at any offset, words may not.
  const from = new Words(Uint8Array.from(bytes.subarray(0, bytes.length - bytes.length % width)).buffer);
  const out = new Uint8Array(count * width), to = new Words(out.buffer);
  const index = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    to[i] = from[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}
/** Strides of an array whose first axis runs fastest. */
export const columnMajorStrides = (shape: readonly number[]): number[] =>
  contiguousStrides([...shape].reverse()).reverse();

/** The same elements with the bytes of each in the opposite order. */
export function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += width) {
    for (let k = 0; k < width; k++) out[i + k] = bytes[i + width - 1 - k];
  }
  return out;
}
