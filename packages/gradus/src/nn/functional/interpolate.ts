import { UsageError } from "../../vocab/errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { tensor } from "../../tensor/create.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { broadcastTo, reshape, unsqueeze } from "../../ops/movement.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "./adaptive-pool.ts";
import { eachAxis, needsSpace, type Size } from "./space.ts";

export type InterpolationMode =
  "nearest" | "nearest-exact" | "linear" | "bilinear" | "trilinear" | "bicubic" | "area";
export interface InterpolateOptions {
  /** The spatial size wanted; this or `scaleFactor`. */
  readonly size?: Size;
  readonly scaleFactor?: Size;
  /** Default "nearest"; "linear", "bilinear" and "trilinear" are for one, two and three spatial axes. */
  readonly mode?: InterpolationMode;
  /** Whether the centres of corner cells stay in place (default false: their outer edges do). Not for nearest, area. */
  readonly alignCorners?: boolean;
}
/** What one cell of the result reads along an axis: cells of the input and their shares; null: the first cell alone. */
interface Taps {
  readonly cells: readonly Int32Array[];
  readonly shares: readonly Float64Array[] | null;
}
/** Input cells per output cell: what the scale asked for says, or the two sizes. */
interface Axis {
  readonly n: number;
  readonly out: number;
  readonly step: number;
}
const AXES: Readonly<Partial<Record<InterpolationMode, number>>> = { linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 };
const clip = (i: number, n: number): number => Math.min(Math.max(i, 0), n - 1);

/** The cell that holds the point; single precision decides at the edges of cells, as it does in PyTorch. */
function nearest({ n, out, step }: Axis, shift: number): Taps {
  const single = Math.fround(step);
  return { cells: [Int32Array.from({ length: out }, (_, i) => clip(Math.floor(Math.fround((i + shift) * single)), n))],
    shares: null };
}
/** Where the centre of a cell of the result lies among the cells of the input. */
function centre({ n, out, step }: Axis, i: number, align: boolean): number {
  if (align) return out === 1 ? 0 : i * (n - 1) / (out - 1);
  return step * (i + 0.5) - 0.5;
}
function linear(axis: Axis, align: boolean): Taps {
  const { n, out } = axis, at = Float64Array.from({ length: out }, (_, i) => Math.max(0, centre(axis, i, align)));
  const first = Int32Array.from(at, (x) => clip(Math.floor(x), n));
  const share = at.map((x, i) => Math.min(x - first[i], 1));
  return { cells: [first, first.map((i) => clip(i + 1, n))], shares: [share.map((t) => 1 - t), share] };
}
/** Keys's kernel (1981) of parameter a at distance t. */
function keys(t: number, a = -0.75): number {
  const d = Math.abs(t);
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}
function cubic(axis: Axis, align: boolean): Taps {
  const { n, out } = axis, at = Float64Array.from({ length: out }, (_, i) => centre(axis, i, align));
  const offsets = [-1, 0, 1, 2];
  return {
    cells: offsets.map((k) => Int32Array.from(at, (x) => clip(Math.floor(x) + k, n))),
    shares: offsets.map((k) => at.map((x) => keys(x - Math.floor(x) - k))),
  };
}
function tapsOf(axis: Axis, mode: InterpolationMode, align: boolean): Taps {
  if (mode === "nearest" || mode === "nearest-exact") return nearest(axis, mode === "nearest" ? 0 : 0.5);
  return mode === "bicubic" ? cubic(axis, align) : linear(axis, align);
}
/** An axis of x read through its taps. */
function along(x: Tensor, axis: number, { cells, shares }: Taps): Tensor {
  const n = x.shape[axis], out = cells[0].length;
  if (shares === null) {
    // A whole factor repeats cells: a view, and its gradient is a sum.
    const factor = out / n;
    if (cells[0].every((cell, i) => cell === Math.floor(i / factor)) && Number.isInteger(factor)) {
      const wide = [...x.shape.slice(0, axis + 1), factor, ...x.shape.slice(axis + 1)];
      return reshape(broadcastTo(unsqueeze(x, axis + 1), wide),
        [...x.shape.slice(0, axis), out, ...x.shape.slice(axis + 1)]);
    }
    return take(x, tensor(cells[0]), axis);
  }
  const shape = [out, ...x.shape.slice(axis + 1).map(() => 1)];
  return cells.map((index, k) =>
    mul(take(x, tensor(index), axis), reshape(tensor(shares[k], { dtype: x.dtype }), shape)))
    .reduce((a, b) => add(a, b));
}

/**
 * x (N, C, ...space) at another resolution: (N, C, ...size), size = floor(scaleFactor n). Modes and corners as in
 * PyTorch. Throws when not exactly one of `size` and `scaleFactor` is given, or the mode is for other axes.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const rank = x.shape.length - 2, { mode = "nearest", size, scaleFactor, alignCorners = false } = options;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new UsageError("interpolate: give either size or scaleFactor, and not both");
  }
  needsSpace(x, AXES[mode] ?? Math.min(Math.max(rank, 1), 3), `interpolate (${mode})`);
  if (alignCorners && (mode === "area" || mode.startsWith("nearest"))) {
    throw new UsageError(`interpolate: alignCorners means nothing in mode "${mode}"; leave it out`);
  }
  const factors = scaleFactor === undefined ? null : eachAxis(scaleFactor, rank, 1, "interpolate");
  const wanted = factors === null ? eachAxis(size, rank, 1, "interpolate")
    : factors.map((factor, i) => Math.floor(x.shape[i + 2] * factor));
  if (mode === "area") return [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][rank - 1](x, wanted);
  return wanted.reduce((y, out, i) => {
    const n = x.shape[i + 2], step = factors === null ? n / out : 1 / factors[i];
    return n === out && step === 1 ? y : along(y, i + 2, tapsOf({ n, out, step }, mode, alignCorners));
  }, x);
}
