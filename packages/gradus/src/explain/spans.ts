import type { Shape } from "../vocab/shape.ts";
import { constant } from "../ops/create.ts";
import type { Module } from "../nn/module.ts";
import { tensorsIn } from "../tensor/gradient.ts";

/** One call of a module: the nodes that it wrote down have ids between `from` and `to`. */
export interface Span {
  readonly module: Module;
  readonly from: number;
  readonly to: number;
  /** Shapes of the tensors that it gave back. */
  readonly output: readonly Shape[];
}
/** A place in the order in which nodes are written down. */
const now = (): number => constant(0).id;

/** Runs something that calls a model, and notes each call of a module in it, the innermost first. */
export function withSpans<R>(model: Module, run: () => R): { readonly result: R; readonly spans: readonly Span[] } {
  const spans: Span[] = [], open: number[] = [];
  const hooks = model.modules().flatMap((module) => [
    module.registerForwardPreHook(() => {
      open.push(now());
      return undefined;
    }),
    module.registerForwardHook((_, __, output) => {
      const from = open.pop()!;
      spans.push({ module, from, to: now(), output: [...tensorsIn(output)].map((x) => x.shape) });
      return undefined;
    }),
  ]);
  try {
    return { result: run(), spans };
  } finally {
    for (const hook of hooks) hook.remove();
  }
}
