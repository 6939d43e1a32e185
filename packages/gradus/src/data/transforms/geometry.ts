import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { matmul } from "../../ops/contract.ts";
import { take } from "../../ops/indexing.ts";
import { flip, narrow, pad as padZeros, permute, reshape } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sizeOfPictures } from "./transform.ts";

export type Size = readonly [height: number, width: number];

/** Left and right exchanged. */
export const horizontalFlip = (x: Tensor): Tensor => flip(x, [-1]);
/** Top and bottom exchanged. */
export const verticalFlip = (x: Tensor): Tensor => flip(x, [-2]);

/** Sides are left, top, right, bottom; one number means all four. */
export type Sides = number | readonly [left: number, top: number, right: number, bottom: number];
export interface PadOptions {
  /** What stands outside: a value, the edge repeated, or a mirror without (reflect) or with (symmetric) the edge. */
  readonly mode?: "constant" | "edge" | "reflect" | "symmetric";
  readonly value?: number;
}
/** Pixels added around the pictures. */
export function pad(x: Tensor, sides: Sides, options: PadOptions = {}): Tensor {
  const [height, width] = sizeOfPictures(x, "pad");
  const { mode = "constant", value = 0 } = options;
  const [left, top, right, bottom] = typeof sides === "number" ? [sides, sides, sides, sides] : sides;
  if (Math.min(left, top, right, bottom) < 0) throw new UsageError("pad: a side is negative; use crop");
  if (mode === "constant") {
    const rest = x.shape.slice(2).map(() => 0);
    return padZeros(x, [...rest, top, left], [...rest, bottom, right], value);
  }
  const rows = outside(-top, height + bottom, height, mode), columns = outside(-left, width + right, width, mode);
  return take(take(x, tensor(rows), -2), tensor(columns), -1);
}
/** The pixels that stand at positions first .. end - 1 of a line of n. */
function outside(first: number, end: number, n: number, mode: "edge" | "reflect" | "symmetric"): Int32Array {
  return Int32Array.from({ length: end - first }, (_, i) => mirrored(first + i, n, mode));
}
function mirrored(at: number, n: number, mode: "edge" | "reflect" | "symmetric"): number {
  if (mode === "edge" || n === 1) return Math.min(Math.max(at, 0), n - 1);
  const period = mode === "reflect" ? 2 * n - 2 : 2 * n;
  const place = ((at % period) + period) % period;
  return place < n ? place : mode === "reflect" ? period - place : period - 1 - place;
}

/** The part from row `top` and column `left` on, of the given size. */
export function crop(x: Tensor, top: number, left: number, [height, width]: Size): Tensor {
  sizeOfPictures(x, "crop");
  return narrow(narrow(x, -2, top, height), -1, left, width);
}
/** The middle of the pictures; zeros are added where they are smaller. */
export function centerCrop(x: Tensor, [height, width]: Size): Tensor {
  const [h, w] = sizeOfPictures(x, "centerCrop");
  const high = Math.max(0, height - h), wide = Math.max(0, width - w);
  const padded = pad(x, [wide >> 1, high >> 1, (wide + 1) >> 1, (high + 1) >> 1]);
  const half = (n: number): number => {
    // Python's round: halves go to the even neighbour.
    const down = Math.floor(n / 2);
    return n % 2 === 0 || down % 2 === 0 ? down : down + 1;
  };
  return crop(padded, half(h + high - height), half(w + wide - width), [height, width]);
}

/** y = A x along the rows and B along the columns: whatever mixes pixels of a line the same way everywhere. */
export const mixLines = (x: Tensor, rows: Tensor, columns: Tensor): Tensor =>
  matmul(matmul(rows, x), permute(columns, columns.shape.map((_, i, { length: n }) =>
    (i < n - 2 ? i : i === n - 2 ? n - 1 : n - 2))));
/** A matrix [out, in] from its rows, given as numbers or weights at places; in the dtype of x. */
export function lineMatrix(
  x: Tensor, out: number, inputs: number, row: (i: number, add: (at: number, weight: number) => void) => void,
): Tensor {
  const data = new Float64Array(out * inputs);
  for (let i = 0; i < out; i++) row(i, (at, weight) => { data[i * inputs + at] += weight; });
  return reshape(tensor(data, { dtype: x.dtype }), [out, inputs]);
}

export interface ResizeOptions {
  readonly mode?: "nearest" | "bilinear" | "bicubic";
  /** Widens the filter when pictures shrink, so that no pixel is passed over (default: true; nearest has none). */
  readonly antialias?: boolean;
}
/**
 * The pictures in another size, as PyTorch's interpolate with align_corners = false and torchvision's resize: output
 * pixel i looks at (i + 1/2) in/out - 1/2. Bicubic is Keys' kernel (1981) with a = -3/4, with antialias -1/2.
 */
export function resize(x: Tensor, [height, width]: Size, options: ResizeOptions = {}): Tensor {
  const [h, w] = sizeOfPictures(x, "resize");
  checkSize(height, width);
  const { mode = "bilinear" } = options;
  if (mode === "nearest") {
    const places = (out: number, n: number): Tensor =>
      tensor(Int32Array.from({ length: out }, (_, i) => Math.min(n - 1, Math.floor((i * n) / out))));
    return take(take(x, places(height, h), -2), places(width, w), -1);
  }
  return mixLines(x, resizeMatrix(x, height, 0, h, h, options), resizeMatrix(x, width, 0, w, w, options));
}
function checkSize(height: number, width: number): void {
  if (!(Number.isInteger(height) && Number.isInteger(width) && height > 0 && width > 0)) {
    throw new ShapeError(`a picture of ${height} x ${width} pixels is not possible`);
  }
}

/** Resizes the pixels `first` .. `first + length - 1` of a line of n to `out`; the others get no weight. */
export function resizeMatrix(
  x: Tensor, out: number, first: number, length: number, n: number, options: ResizeOptions,
): Tensor {
  const { mode = "bilinear", antialias = true } = options;
  const scale = length / out;
  return lineMatrix(x, out, n, (i, add) => {
    const center = (i + 0.5) * scale;
    if (antialias) {
      const wide = Math.max(scale, 1), support = (mode === "bicubic" ? 2 : 1) * wide;
      const from = Math.max(Math.trunc(center - support + 0.5), 0);
      const to = Math.min(Math.trunc(center + support + 0.5), length);
      const weights = Array.from({ length: to - from }, (_, j) =>
        (mode === "bicubic" ? cubic((j + from - center + 0.5) / wide, -0.5)
          : Math.max(0, 1 - Math.abs((j + from - center + 0.5) / wide))));
      const total = weights.reduce((a, b) => a + b, 0);
      weights.forEach((weight, j) => add(first + from + j, weight / total));
      return;
    }
    const place = mode === "bilinear" ? Math.max(0, center - 0.5) : center - 0.5;
    const base = Math.floor(place), part = place - base;
    const inside = (at: number): number => first + Math.min(Math.max(at, 0), length - 1);
    if (mode === "bilinear") {
      add(inside(base), 1 - part);
      add(inside(base + 1), part);
    } else for (let j = -1; j <= 2; j++) add(inside(base + j), cubic(j - part, -0.75));
  });
}
function cubic(at: number, a: number): number {
  const t = Math.abs(at);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/**
 * A Gaussian filter of `size` x `size` pixels (odd), the edge mirrored: weights exp(-d^2 / (2 sigma^2)), summing to 1.
 */
export function gaussianBlur(x: Tensor, size: number, sigma: number): Tensor {
  const [h, w] = sizeOfPictures(x, "gaussianBlur");
  if (!(Number.isInteger(size) && size > 0 && size % 2 === 1 && sigma > 0)) {
    throw new UsageError(`gaussianBlur: a filter of ${size} pixels and sigma ${sigma} is not possible; size is odd, ` +
      "sigma above 0");
  }
  const half = (size - 1) / 2;
  const weights = Array.from({ length: size }, (_, j) => Math.exp(-0.5 * ((j - half) / sigma) ** 2));
  const total = weights.reduce((a, b) => a + b, 0);
  const matrix = (n: number): Tensor => lineMatrix(x, n, n, (i, add) =>
    weights.forEach((weight, j) => add(mirrored(i + j - half, n, "reflect"), weight / total)));
  return mixLines(x, matrix(h), matrix(w));
}
