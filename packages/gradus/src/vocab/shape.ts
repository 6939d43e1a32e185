import { ShapeError } from "./errors.ts";

/** Sizes of the axes, outermost first. A scalar is `[]`. */
export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** Strides, in elements, of a row-major array. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** True when the strides walk memory in row-major order; axes of size 1 do not matter. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i];
  }
  return true;
}

/** The common shape of two operands, axes aligned from the right, size 1 stretching. */
export function broadcastShapes(a: Shape, b: Shape, what = "operands"): Shape {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeError(
        `${what}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
        `axis ${rank - i} has ${m} and ${n}; make them equal or make one of them 1`);
    }
    out[rank - i] = m === 1 ? n : m;
  }
  return out;
}

/** Turns a possibly negative axis into one in [0, rank), or says what is wrong. */
export function normalizeAxis(axis: number, rank: number, what = "axis"): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= Math.max(rank, 1)) {
    throw new ShapeError(
      `${what}: axis ${axis} is out of range for a tensor of rank ${rank}` +
      (rank > 0 ? `; use an integer from ${-rank} to ${rank - 1}` : ""));
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes as a sorted list without repeats; undefined means all of them. */
export function normalizeAxes(
  axes: number | readonly number[] | undefined, rank: number, what = "axes",
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === "number" ? [axes] : [...axes]).map((a) => normalizeAxis(a, rank, what));
  const unique = [...new Set(list)].sort((a, b) => a - b);
  if (unique.length !== list.length) {
    throw new ShapeError(`${what}: an axis stands twice in ${formatShape(axes as number[])}`);
  }
  return unique;
}

/** A sound shape: every size a non-negative safe integer. */
export function checkShape(shape: Shape, what = "shape"): Shape {
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || n < 0) {
      throw new ShapeError(`${what}: ${formatShape(shape)} holds ${n}; sizes are integers >= 0`);
    }
  }
  return shape;
}
