import { ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { broadcastTo, concat, flip, narrow, pad as padConstant } from "../../ops/movement.ts";

/** What new cells hold: a number, the mirror image, the cell at the edge, or the other end. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";
export interface PadOptions {
  /** Default "constant". */
  readonly mode?: PadMode;
  /** What new cells hold in mode "constant" (default 0). */
  readonly value?: number;
}

/**
 * Cells added around x: `padding` is (low, high) of the last axis, then of the one before it, and so on; negative
 * amounts cut off. Modes as in PyTorch: of 1 2 3, two more at the end are 0 0, 2 1 (reflect), 3 3 (replicate) or 1 2
 * (circular). Throws when a mirror or a turn would need more cells than there are.
 */
export function pad(x: Tensor, padding: readonly number[], options: PadOptions = {}): Tensor {
  const rank = x.shape.length;
  if (padding.length % 2 !== 0 || padding.length > 2 * rank) {
    throw new UsageError(`pad: ${formatShape(padding)} is not a (low, high) pair for each of the last axes of ` +
      `${formatShape(x.shape)}; write [left, right] or [left, right, top, bottom]`);
  }
  const low = new Array<number>(rank).fill(0), high = new Array<number>(rank).fill(0);
  for (let i = 0; 2 * i < padding.length; i++) {
    low[rank - 1 - i] = padding[2 * i];
    high[rank - 1 - i] = padding[2 * i + 1];
  }
  return padAxes(x, low, high, options);
}
/** As `pad`, with amounts for every axis in order. */
export function padAxes(
  x: Tensor, low: readonly number[], high: readonly number[], { mode = "constant", value = 0 }: PadOptions = {},
): Tensor {
  const kept = x.shape.reduce((y, n, axis) => {
    const from = Math.max(0, -low[axis]), cut = from + Math.max(0, -high[axis]);
    return cut === 0 ? y : narrow(y, axis, from, n - cut);
  }, x);
  const before = low.map((n) => Math.max(0, n)), after = high.map((n) => Math.max(0, n));
  if (mode === "constant") return padConstant(kept, before, after, value);
  return kept.shape.reduce((y, _, axis) => padAlong(y, axis, before[axis], after[axis], mode), kept);
}

/** The cells that stand before and after an axis: `count` of them, taken from x. */
const EDGES: Readonly<Record<Exclude<PadMode, "constant">, {
  readonly spare: number;
  before(x: Tensor, axis: number, count: number): Tensor;
  after(x: Tensor, axis: number, count: number): Tensor;
}>> = {
  reflect: {
    spare: 1,
    before: (x, axis, count) => flip(narrow(x, axis, 1, count), [axis]),
    after: (x, axis, count) => flip(narrow(x, axis, x.shape[axis] - 1 - count, count), [axis]),
  },
  replicate: {
    spare: -Infinity,
    before: (x, axis, count) => repeated(narrow(x, axis, 0, 1), axis, count),
    after: (x, axis, count) => repeated(narrow(x, axis, -1, 1), axis, count),
  },
  circular: {
    spare: 0,
    before: (x, axis, count) => narrow(x, axis, x.shape[axis] - count, count),
    after: (x, axis, count) => narrow(x, axis, 0, count),
  },
};
const repeated = (x: Tensor, axis: number, count: number): Tensor =>
  broadcastTo(x, x.shape.map((n, i) => (i === axis ? count : n)));

function padAlong(x: Tensor, axis: number, low: number, high: number, mode: keyof typeof EDGES): Tensor {
  const { spare, before, after } = EDGES[mode];
  if (Math.max(low, high) > x.shape[axis] - spare) {
    throw new ShapeError(`pad: ${Math.max(low, high)} cells in mode "${mode}" need a longer axis than axis ${axis} ` +
      `of ${formatShape(x.shape)}; at most ${x.shape[axis] - spare} fit`);
  }
  const pieces = [
    ...(low > 0 ? [before(x, axis, low)] : []), x, ...(high > 0 ? [after(x, axis, high)] : []),
  ];
  return concat(pieces, axis);
}
