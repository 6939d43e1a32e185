import type { Thumbnail } from "./protocol.ts";

const SIDE = 40;

/** Rows and columns that a tensor is drawn with: a kernel has one row per filter, a vector is one row. */
export function matrixOf(shape: readonly number[]): readonly [rows: number, columns: number] {
  if (shape.length === 0) return [1, 1];
  if (shape.length === 1) return [1, shape[0]];
  return [shape[0], shape.slice(1).reduce((a, b) => a * b, 1)];
}

/** Every so many numbers of a matrix, evenly: at most `side` rows and columns. */
export function thumbnail(data: ArrayLike<number>, rows: number, columns: number, side = SIDE): Thumbnail {
  const down = Math.min(rows, side), across = Math.min(columns, side);
  const values = new Float32Array(down * across);
  for (let i = 0; i < down; i++) {
    const row = Math.floor((i * rows) / down);
    for (let j = 0; j < across; j++) values[i * across + j] = data[row * columns + Math.floor((j * columns) / across)];
  }
  return { rows: down, columns: across, values };
}

/** One example inside: sequences as time by width, pictures one below the other, vectors folded into a rectangle. */
export function activationShape(shape: readonly number[]): readonly [rows: number, columns: number] {
  const [, ...rest] = shape;
  if (rest.length === 2) return [rest[0], rest[1]];
  if (rest.length >= 3) return [rest[0] * rest.slice(1, -1).reduce((a, b) => a * b, 1), rest[rest.length - 1]];
  const count = rest[0] ?? 1;
  const rows = Math.max(1, Math.floor(Math.sqrt(count)));
  const divisor = Array.from({ length: rows }, (_, i) => rows - i).find((candidate) => count % candidate === 0)!;
  return [divisor, count / divisor];
}

/** The magnitude that is drawn at full strength: nearly the largest, so that one outlier does not fade all others. */
export function fullScale(values: ArrayLike<number>): number {
  const sizes = Array.from(values, Math.abs).filter(Number.isFinite).sort((a, b) => a - b);
  return sizes[Math.floor(0.98 * (sizes.length - 1))] || sizes.at(-1) || 1;
}
