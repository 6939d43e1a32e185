import type { TypedArray } from "../../vocab/dtype.ts";
import { sizeOf, type Shape } from "../../vocab/shape.ts";

/**
 * Strides describe every view: cell (i, j, ...) of a shape lies at offset + i*strides[0] + j*strides[1] + ... of an
 * array. Transposing permutes strides, broadcasting sets one to 0, flipping negates one.
 */

/**
 * Walks the cells of a shape row by row (a row: the last axis). `cell` counts cells in row-major order, `at` is where
 * the row starts in the strided array, in which neighbours lie `step` apart.
 */
export function eachRow(
  shape: Shape, offset: number, strides: readonly number[],
  visit: (cell: number, at: number, length: number, step: number) => void,
): void {
  const total = sizeOf(shape);
  const last = shape.length - 1;
  const length = last < 0 ? 1 : shape[last];
  const step = last < 0 ? 0 : strides[last];
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let cell = 0; cell < total; cell += length) {
    visit(cell, at, length, step);
    // The next row, like an odometer: the innermost axis that is not at its end moves on.
    for (let axis = last - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
}

/** out[cell] = source[place of the cell] */
export function readStrided<T extends TypedArray>(
  source: TypedArray, offset: number, shape: Shape, strides: readonly number[], out: T,
): T {
  eachRow(shape, offset, strides, (cell, at, length, step) => {
    for (let i = 0; i < length; i++) out[cell + i] = source[at + i * step];
  });
  return out;
}

/** out[place of the cell] = source[cell] */
export function writeStrided(
  out: TypedArray, offset: number, shape: Shape, strides: readonly number[], source: TypedArray,
): void {
  eachRow(shape, offset, strides, (cell, at, length, step) => {
    for (let i = 0; i < length; i++) out[at + i * step] = source[cell + i];
  });
}

/** out[place of the cell] += source[cell] */
export function addStrided(
  out: Float64Array, offset: number, shape: Shape, strides: readonly number[], source: Float64Array,
): void {
  eachRow(shape, offset, strides, (cell, at, length, step) => {
    for (let i = 0; i < length; i++) out[at + i * step] += source[cell + i];
  });
}

/** A shape seen from one axis: `outer` times `size` times `inner` cells. */
export function around(shape: Shape, axis: number): { outer: number; size: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis], inner: sizeOf(shape.slice(axis + 1)) };
}
