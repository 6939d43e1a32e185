import type { DType } from "../vocab/dtype.ts";
import type { Kernel } from "../ir/kernel.ts";
import type { Layout } from "./layout.ts";

/** A result to write: the value and where its cells lie. */
export interface Store {
  readonly value: number;
  readonly dtype: DType;
  readonly layout: Layout;
  /** One per kept cell, not per cell. */
  readonly perRow: boolean;
}
/** A kernel with the arguments of one call; buffers: the sources of the group, then its stores, then the error word. */
export interface Lowered {
  readonly kernel: Kernel;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly units: number;
  /** Elementary steps of the whole call, for sharing it between threads. */
  readonly work: number;
  /** True when the last buffer is the error word that indices are checked into. */
  readonly checked: boolean;
}
