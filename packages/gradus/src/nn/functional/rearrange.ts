import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sizeOf } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { permute, reshape, transpose } from "../../ops/movement.ts";
import { batched, eachAxis, type Size } from "./space.ts";
import { fold as foldWindows, windowsOf, windowsOver, type WindowOptions } from "./window.ts";

function divides(name: string, factor: number, axes: readonly number[], x: Tensor): void {
  const wrong = axes.find((axis) => x.shape.at(axis)! % factor !== 0);
  if (wrong === undefined) return;
  throw new ShapeError(`${name}: ${factor} does not divide the ${x.shape.at(wrong)} entries of axis ` +
    `${x.shape.length + wrong} of ${formatShape(x.shape)}`);
}
/** Channels as pixels: (..., C r r, H, W) becomes (..., C, H r, W r). Shi et al. 2016. */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  divides("pixelShuffle", factor * factor, [-3], x);
  const [channels, height, width] = x.shape.slice(-3), out = channels / factor ** 2, lead = x.shape.slice(0, -3);
  const parts = permute(reshape(x, [sizeOf(lead), out, factor, factor, height, width]), [0, 1, 4, 2, 5, 3]);
  return reshape(parts, [...lead, out, height * factor, width * factor]);
}
/** Pixels as channels, the inverse of `pixelShuffle`: (..., C, H r, W r) becomes (..., C r r, H, W). */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  divides("pixelUnshuffle", factor, [-2, -1], x);
  const [channels, height, width] = x.shape.slice(-3), lead = x.shape.slice(0, -3);
  const [h, w] = [height / factor, width / factor];
  const parts = permute(reshape(x, [sizeOf(lead), channels, h, factor, w, factor]), [0, 1, 3, 5, 2, 4]);
  return reshape(parts, [...lead, channels * factor ** 2, h, w]);
}
/** Channels (axis 1) dealt out to groups in turn: (groups, C/groups) is read as its transpose. Zhang et al. 2018. */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  divides("channelShuffle", groups, [1 - x.shape.length], x);
  const [batch, channels, ...space] = x.shape;
  return reshape(transpose(reshape(x, [batch, groups, channels / groups, sizeOf(space)]), 1, 2), x.shape);
}
/** An axis as several, of the sizes given (one may be -1). */
export function unflatten(x: Tensor, axis: number, sizes: readonly number[]): Tensor {
  const at = axis < 0 ? axis + x.shape.length : axis;
  const known = -sizes.reduce((a, b) => a * b, 1);
  const whole = sizes.map((n) => (n === -1 ? x.shape[at] / known : n));
  if (sizeOf(whole) !== x.shape[at] || whole.some((n) => !Number.isInteger(n))) {
    throw new ShapeError(`unflatten: ${formatShape(sizes)} does not make up axis ${axis} of ${formatShape(x.shape)}, ` +
      `which has ${x.shape[at]} entries`);
  }
  return reshape(x, [...x.shape.slice(0, at), ...whole, ...x.shape.slice(at + 1)]);
}

export type FoldOptions = Omit<WindowOptions, "ceilMode">;
/** PyTorch's stride of fold and unfold is 1. */
const steps = (options: FoldOptions): FoldOptions => ({ stride: 1, ...options });
/** The windows of x (N, C, H, W) as columns: (N, C kh kw, windows). */
export const unfold = (x: Tensor, size: Size, options: FoldOptions = {}): Tensor => batched(x, 2, "unfold", (y) => {
  const windows = windowsOver(y.shape.slice(2), size, steps(options), "unfold");
  const columns = permute(windowsOf(y, windows, 0), [0, 1, 4, 5, 2, 3]);
  return reshape(columns, [y.shape[0], y.shape[1] * sizeOf(windows.size), sizeOf(windows.places)]);
});
/** Columns (N, C kh kw, windows) added up where their windows lie: (N, C, ...outputSize); the adjoint of `unfold`. */
export function fold(x: Tensor, outputSize: Size, size: Size, options: FoldOptions = {}): Tensor {
  if (x.shape.length === 2) return reshape(fold(reshape(x, [1, ...x.shape]), outputSize, size, options), [
    -1, ...eachAxis(outputSize, 2, 1, "fold")]);
  const space = eachAxis(outputSize, 2, 1, "fold"), windows = windowsOver(space, size, steps(options), "fold");
  const [batch, rows, columns] = x.shape, cells = sizeOf(windows.size);
  if (columns !== sizeOf(windows.places) || rows % cells !== 0) {
    throw new ShapeError(`fold: ${formatShape(x.shape)} does not fit; an output of ${formatShape(space)} has ` +
      `${sizeOf(windows.places)} windows of ${cells} cells`);
  }
  const parts = reshape(x, [batch, rows / cells, ...windows.size, ...windows.places]);
  return foldWindows(permute(parts, [0, 1, 4, 5, 2, 3]), windows, [batch, rows / cells, ...space]);
}
