import { emit } from "../ir/emit.ts";
import type { Node } from "../ir/node.ts";
import type { WindowParams } from "../ir/op.ts";

/** All windows along some axes; the window axes stand at the end (`WindowParams`). */
export const windows = (x: Node, params: WindowParams): Node => emit("windows", params, [x]);
/** The adjoint of `windows`: overlapping cells add up in a tensor of `shape`. */
export const foldWindows = (x: Node, params: WindowParams, shape: readonly number[]): Node =>
  emit("foldWindows", { ...params, shape }, [x]);
