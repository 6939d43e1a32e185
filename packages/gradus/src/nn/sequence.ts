import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { full } from "../ops/create.ts";
import { take } from "../ops/indexing.ts";
import { concat, narrow, reshape, select, stack, transpose } from "../ops/movement.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Whole numbers as a tensor of indices. */
const indices = (values: readonly number[], shape: readonly number[]): Tensor =>
  tensor(new Int32Array(values), { shape });
const inverse = (order: readonly number[]): number[] =>
  order.map((_, i) => i).sort((i, j) => order[i] - order[j]);
const isSorted = (order: readonly number[]): boolean => order.every((at, i) => at === i);

/**
 * Sequences of different lengths without gaps: all their first steps, then all second steps, and so on, the longest
 * sequence first. `data` is (sum of lengths, ...); `batchSizes[t]` sequences have a step t. Recurrent layers take it in
 * place of a tensor and give it back. Made by `packPaddedSequence` or `packSequence`.
 */
export class PackedSequence {
  readonly data: Tensor;
  readonly batchSizes: readonly number[];
  /** Where the sequence at each place of the sorted batch stood before. */
  readonly sortedIndices: readonly number[];

  constructor(data: Tensor, batchSizes: readonly number[], sortedIndices?: readonly number[]) {
    const steps = batchSizes.reduce((a, b) => a + b, 0);
    if (data.shape[0] !== steps) {
      throw new ShapeError(`PackedSequence: batch sizes ${formatShape(batchSizes)} count ${steps} steps, but the ` +
        `data is ${formatShape(data.shape)}; its first axis holds all steps`);
    }
    this.data = data;
    this.batchSizes = batchSizes;
    this.sortedIndices = sortedIndices ?? Array.from({ length: batchSizes[0] }, (_, i) => i);
  }
  /** Where each sequence of the given batch stands in the sorted one. */
  get unsortedIndices(): number[] {
    return inverse(this.sortedIndices);
  }
  /** Lengths in the order of the sorted batch, longest first. */
  get sortedLengths(): number[] {
    return this.sortedIndices.map((_, i) => this.batchSizes.filter((size) => size > i).length);
  }
  /** Other numbers in the same arrangement: data (sum of lengths, ...). */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices);
  }
  /** A batch axis put into the sorted order. */
  sort(x: Tensor, axis: number): Tensor {
    return reorder(x, this.sortedIndices, axis);
  }
  /** A sorted batch axis put back into the given order. */
  unsort(x: Tensor, axis: number): Tensor {
    return reorder(x, this.unsortedIndices, axis);
  }
  /** (T, B, ...) in sorted order, with `value` where a sequence is over. */
  padded(value = 0, steps = this.batchSizes.length): Tensor {
    const batch = this.sortedIndices.length, [total, ...features] = this.data.shape;
    const at: number[] = [];
    let before = 0;
    for (let t = 0; t < steps; t++) {
      const size = this.batchSizes[t] ?? 0;
      for (let b = 0; b < batch; b++) at.push(b < size ? before + b : total);
      before += size;
    }
    const rows = concat([this.data, full([1, ...features], value, this.data.dtype)]);
    return take(rows, indices(at, [steps, batch]));
  }
  /** Bool (T, B, 1), in sorted order: true while a sequence lasts. */
  present(): Tensor {
    const batch = this.sortedIndices.length;
    const flags = this.batchSizes.flatMap((size) => this.sortedIndices.map((_, b) => b < size));
    return tensor(flags, { shape: [this.batchSizes.length, batch, 1] });
  }
  /** The steps of (T, B, ...), in sorted order, in this arrangement. */
  repack(x: Tensor): PackedSequence {
    const batch = this.sortedIndices.length;
    const at = this.batchSizes.flatMap((size, t) => Array.from({ length: size }, (_, b) => t * batch + b));
    return this.with(take(reshape(x, [-1, ...x.shape.slice(2)]), indices(at, [at.length])));
  }
}
const reorder = (x: Tensor, order: readonly number[], axis: number): Tensor =>
  (isSorted(order) ? x : take(x, indices(order, [order.length]), axis));

export interface BatchFirstOption {
  /** Sequences are (B, T, ...) instead of (T, B, ...). */
  readonly batchFirst?: boolean;
}
export interface PackOptions extends BatchFirstOption {
  /** Refuse lengths that do not fall (default true); false sorts the sequences and remembers where they stood. */
  readonly enforceSorted?: boolean;
}
/** Packs a padded batch (T, B, ...) with the length of each sequence. Lengths are plain numbers. */
export function packPaddedSequence(x: Tensor, lengths: ArrayLike<number>, options: PackOptions = {}): PackedSequence {
  const steps = options.batchFirst === true ? transpose(x, 0, 1) : x;        // (T, B, ...)
  const each = Array.from(lengths);
  if (each.length !== steps.shape[1] || each.some((n) => !Number.isInteger(n) || n < 1 || n > steps.shape[0])) {
    throw new ShapeError(`packPaddedSequence: lengths ${formatShape(each)} do not fit ${steps.shape[1]} sequences of ` +
      `up to ${steps.shape[0]} steps; give one whole number from 1 to ${steps.shape[0]} for each`);
  }
  const order = each.map((_, i) => i).sort((i, j) => each[j] - each[i] || i - j);
  if ((options.enforceSorted ?? true) && !isSorted(order)) {
    throw new UsageError(`packPaddedSequence: lengths ${formatShape(each)} do not fall; sort the batch by length, ` +
      "longest first, or pass { enforceSorted: false }");
  }
  const longest = each[order[0]];
  const sizes = Array.from({ length: longest }, (_, t) => each.filter((n) => n > t).length);
  const batch = each.length;
  const at = sizes.flatMap((size, t) => order.slice(0, size).map((b) => t * batch + b));
  const rows = reshape(steps, [-1, ...steps.shape.slice(2)]);
  return new PackedSequence(take(rows, indices(at, [at.length])), sizes, order);
}
export interface PadPackedOptions extends BatchFirstOption {
  /** What stands behind the end of a sequence (default 0). */
  readonly paddingValue?: number;
  /** Steps of the result, at least those of the longest sequence. */
  readonly totalLength?: number;
}
/** The inverse of `packPaddedSequence`: the batch (T, B, ...) in its given order, and the lengths. */
export function padPackedSequence(
  packed: PackedSequence, options: PadPackedOptions = {},
): [x: Tensor, lengths: number[]] {
  const steps = options.totalLength ?? packed.batchSizes.length;
  if (steps < packed.batchSizes.length) {
    throw new ShapeError(`padPackedSequence: totalLength is ${steps}, but the longest sequence has ` +
      `${packed.batchSizes.length} steps; give at least as many`);
  }
  const x = packed.unsort(packed.padded(options.paddingValue, steps), 1);
  const lengths = packed.sortedLengths;
  return [options.batchFirst === true ? transpose(x, 0, 1) : x, packed.unsortedIndices.map((i) => lengths[i])];
}
export interface PadOptions extends BatchFirstOption {
  readonly paddingValue?: number;
  readonly paddingSide?: "right" | "left";
}
/** A list of sequences (T_i, ...) as one batch (T, B, ...), filled up to the longest. */
export function padSequence(sequences: readonly Tensor[], options: PadOptions = {}): Tensor {
  const { paddingValue = 0, paddingSide = "right" } = options;
  const longest = Math.max(...sequences.map((x) => x.shape[0]));
  const filled = sequences.map((x) => {
    if (x.shape[0] === longest) return x;
    const gap = full([longest - x.shape[0], ...x.shape.slice(1)], paddingValue, x.dtype);
    return concat(paddingSide === "right" ? [x, gap] : [gap, x]);
  });
  return stack(filled, options.batchFirst === true ? 0 : 1);
}
/** The sequences of a padded batch (T, B, ...), each cut to its length. */
export function unpadSequence(x: Tensor, lengths: ArrayLike<number>, options: BatchFirstOption = {}): Tensor[] {
  const batchAxis = options.batchFirst === true ? 0 : 1;
  return Array.from(lengths, (n, b) => narrow(select(x, batchAxis, b), 0, 0, n));
}
/** A list of sequences (T_i, ...) packed. */
export const packSequence = (
  sequences: readonly Tensor[], options: { readonly enforceSorted?: boolean } = {},
): PackedSequence => packPaddedSequence(padSequence(sequences), sequences.map((x) => x.shape[0]), options);
/** The sequences of a pack, in the order in which they were given. */
export function unpackSequence(packed: PackedSequence): Tensor[] {
  return unpadSequence(...padPackedSequence(packed));
}
