import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import type { WindowParams } from "../ir/op.ts";

/** All windows along some axes; the window axes stand at the end (`WindowParams`). */
export const windows = (x: Tensor, params: WindowParams): Tensor => emit("windows", params, [x]);
/** The adjoint of `windows`: overlapping cells add up in a tensor of `shape`. */
export const foldWindows = (x: Tensor, params: WindowParams, shape: readonly number[]): Tensor =>
  emit("foldWindows", { ...params, shape }, [x]);
