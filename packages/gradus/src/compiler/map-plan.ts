import type { Fused } from "./fused.ts";
import type { Store } from "./lowered.ts";
import type { Dim } from "./space.ts";

/** Which loop the lanes run along: a kept one (each lane its own reduction) or the reduced one (lanes share it). */
export type Mode = "kept" | "reduced";
/** What a kernel of a map is written from: its loops, and for each value what it varies with and when it is known. */
export interface Plan {
  readonly fused: Fused;
  readonly stores: readonly Store[];
  readonly lanes: number;
  readonly mode: Mode;
  readonly outer: readonly Dim[];
  readonly inner: readonly Dim[];
  readonly vector: Dim;
  readonly depends: readonly { vector: boolean; inner: boolean }[];
  readonly phase: readonly number[];
  readonly layoutAt: readonly number[];
  readonly unroll: number;
  readonly layouts: number;
  readonly checked: boolean;
  readonly across: boolean;
  /** Rows of `unroll` vectors and no more. */
  readonly short: boolean;
  /** A value that a reduction pays for and a later pass wants again waits where a store of that pass will go. */
  readonly kept: { readonly value: number; readonly store: number } | null;
}
