import { UsageError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { pad, type PadOptions } from "./functional/pad.ts";
import type { Size } from "./functional/space.ts";
import { Module } from "./module.ts";

/** Cells added around the last axes; the subclasses fix the mode and how many axes. */
abstract class Padding extends Module {
  /** (low, high) of the last axis, then of the one before it, ... */
  readonly padding: readonly number[];
  readonly #options: PadOptions;

  constructor(rank: number, padding: Size, options: PadOptions) {
    super();
    this.padding = typeof padding === "number" ? new Array<number>(2 * rank).fill(padding) : padding;
    if (this.padding.length !== 2 * rank) {
      throw new UsageError(`${this.constructor.name}: a padding of ${formatShape(this.padding)} should be one number ` +
        `or ${2 * rank}: (low, high) of the last axis, then of the one before it`);
    }
    this.#options = options;
  }
  forward(x: Tensor): Tensor {
    return pad(x, this.padding, this.#options);
  }
  protected override describe(): string {
    const { value = 0 } = this.#options;
    return formatShape(this.padding) + (value === 0 ? "" : `, value=${value}`);
  }
}
type PaddingLayer = new (padding: Size) => Padding;
type ConstantPaddingLayer = new (padding: Size, value: number) => Padding;

function padding(name: string, rank: number, options: PadOptions): PaddingLayer {
  const made = class extends Padding {
    constructor(amount: Size) {
      super(rank, amount, options);
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made;
}
function constantPadding(name: string, rank: number): ConstantPaddingLayer {
  const made = class extends Padding {
    constructor(amount: Size, value: number) {
      super(rank, amount, { value });
    }
  };
  Object.defineProperty(made, "name", { value: name });
  return made;
}
/** The mirror image around x (N, C, L), without the cell at the edge. */
export const ReflectionPad1d = padding("ReflectionPad1d", 1, { mode: "reflect" });
/** The mirror image around x (N, C, H, W). */
export const ReflectionPad2d = padding("ReflectionPad2d", 2, { mode: "reflect" });
/** The mirror image around x (N, C, D, H, W). */
export const ReflectionPad3d = padding("ReflectionPad3d", 3, { mode: "reflect" });
/** The cells at the edge again around x (N, C, L). */
export const ReplicationPad1d = padding("ReplicationPad1d", 1, { mode: "replicate" });
/** The cells at the edge again around x (N, C, H, W). */
export const ReplicationPad2d = padding("ReplicationPad2d", 2, { mode: "replicate" });
/** The cells at the edge again around x (N, C, D, H, W). */
export const ReplicationPad3d = padding("ReplicationPad3d", 3, { mode: "replicate" });
/** The cells of the other end around x (N, C, L). */
export const CircularPad1d = padding("CircularPad1d", 1, { mode: "circular" });
/** The cells of the other end around x (N, C, H, W). */
export const CircularPad2d = padding("CircularPad2d", 2, { mode: "circular" });
/** The cells of the other end around x (N, C, D, H, W). */
export const CircularPad3d = padding("CircularPad3d", 3, { mode: "circular" });
/** Zeros around x (N, C, L). */
export const ZeroPad1d = padding("ZeroPad1d", 1, {});
/** Zeros around x (N, C, H, W). */
export const ZeroPad2d = padding("ZeroPad2d", 2, {});
/** Zeros around x (N, C, D, H, W). */
export const ZeroPad3d = padding("ZeroPad3d", 3, {});
/** A number around x (N, C, L). */
export const ConstantPad1d = constantPadding("ConstantPad1d", 1);
/** A number around x (N, C, H, W). */
export const ConstantPad2d = constantPadding("ConstantPad2d", 2);
/** A number around x (N, C, D, H, W). */
export const ConstantPad3d = constantPadding("ConstantPad3d", 3);
