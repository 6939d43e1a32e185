import { ShapeError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Attributes, WindowParams } from "../../ir/op.ts";
import { pad, reshape, slice } from "../../ops/movement.ts";
import { foldWindows, windows } from "../../ops/window.ts";
import { eachAxis, type Size } from "./space.ts";

export interface WindowOptions {
  /** Steps between windows; default: the window itself, so that windows do not overlap. */
  readonly stride?: Size;
  /** Cells added on both sides. */
  readonly padding?: Size;
  /** Steps between the cells of a window. */
  readonly dilation?: Size;
  /** Also windows that reach beyond the end, if they begin before it. */
  readonly ceilMode?: boolean;
}
/** Windows over the spatial axes of (N, C, ...space), as attributes of a composite. */
export type Windows = Attributes & {
  readonly size: readonly number[]; readonly stride: readonly number[]; readonly dilation: readonly number[];
  /** Cells before and after each axis; more after it where a window of `ceilMode` reaches beyond. */
  readonly low: readonly number[]; readonly high: readonly number[];
  /** Windows along each axis. */
  readonly places: readonly number[];
};

/** Windows of a size over spatial axes of lengths `space`. Throws where no window fits. */
export function windowsOver(
  space: readonly number[], size: Size, options: WindowOptions, name: string,
): Windows {
  const rank = space.length, window = eachAxis(size, rank, 1, name);
  const stride = eachAxis(options.stride ?? window, rank, 1, name);
  const dilation = eachAxis(options.dilation, rank, 1, name);
  const low = eachAxis(options.padding, rank, 0, name);
  const places = space.map((n, i) => {
    const room = (n + 2 * low[i] - dilation[i] * (window[i] - 1) - 1) / stride[i];
    if (options.ceilMode !== true) return Math.floor(room) + 1;
    const count = Math.ceil(room) + 1;
    return (count - 1) * stride[i] >= n + low[i] ? count - 1 : count;
  });
  if (places.some((n) => n < 1)) {
    throw new ShapeError(`${name}: a window of ${formatShape(window)} does not fit an input of ${formatShape(space)} ` +
      `with padding ${formatShape(low)}; enlarge the input or the padding`);
  }
  const high = space.map((n, i) =>
    Math.max(low[i], (places[i] - 1) * stride[i] + dilation[i] * (window[i] - 1) + 1 - n - low[i]));
  return { size: window, stride, dilation, low, high, places };
}
const list = (value: Attributes[string]): readonly number[] => value as readonly number[];
const params = ({ size, stride, dilation }: Attributes): WindowParams => ({
  axes: list(size).map((_, i) => i + 2), size: list(size), stride: list(stride), dilation: list(dilation),
});
const around = (cells: Attributes[string]): number[] => [0, 0, ...list(cells)];

/** The windows of x (N, C, ...space), with `fill` around it: (N, C, ...places, ...size). */
export const windowsOf = (x: Tensor, attributes: Attributes, fill: number): Tensor =>
  windows(pad(x, around(attributes.low), around(attributes.high), fill), params(attributes));
/** The windows of x as the last axis of (N, C, ...places, cells). */
export function cellsOf(x: Tensor, attributes: Attributes, fill: number): Tensor {
  const found = windowsOf(x, attributes, fill);
  return reshape(found, [...found.shape.slice(0, x.shape.length), -1]);
}
/** The adjoint of `windowsOf`: overlapping cells add up in a tensor of `shape` (N, C, ...space). */
export function fold(pieces: Tensor, attributes: Attributes, shape: readonly number[]): Tensor {
  const low = around(attributes.low), high = around(attributes.high);
  const padded = foldWindows(pieces, params(attributes), shape.map((n, i) => n + low[i] + high[i]));
  return slice(padded, low, shape.map((n, i) => n + low[i]));
}
