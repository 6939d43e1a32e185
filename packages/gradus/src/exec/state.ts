import { DTypeError, ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { withInterpreter } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { keepAlive, replaceStorage, View, viewOf } from "../runtime/storage.ts";
import { EAGER, isState, materialize } from "./eager.ts";
import { currentTrace } from "./trace.ts";

/**
 * Gives State new numbers: now in eager mode, as an effect in program order while tracing. Nothing else changes in
 * place, and earlier results keep the numbers they were computed from.
 */
export function assign(state: Tensor, value: Tensor): void {
  if (!isState(state)) {
    throw new UsageError("assign: only State (parameters, buffers, optimizer slots) can be assigned; " +
      "make one with state(tensor) or nn.Parameter");
  }
  if (!sameShape(state.shape, value.shape)) {
    throw new ShapeError(`assign: a value of shape ${formatShape(value.shape)} does not fit State of ` +
      formatShape(state.shape));
  }
  if (state.dtype !== value.dtype) {
    throw new DTypeError(`assign: a ${value.dtype} value does not fit ${state.dtype} State`);
  }
  const trace = currentTrace();
  if (trace !== null) {
    trace.assign(state, value);
    return;
  }
  const view = viewOf(materialize(value));
  replaceStorage(state, new View(view.block, view.offset, view.strides));
  keepAlive(state);
}

/** Runs a body eagerly even while tracing: for State that is made on first use. */
export function eagerly<T>(body: () => T): T {
  return withInterpreter(EAGER, body);
}
