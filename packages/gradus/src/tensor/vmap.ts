import { isFloat } from "../vocab/dtype.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, normalizeAxis } from "../vocab/shape.ts";
import { withGradients, withInterpreter } from "../ir/emit.ts";
import { Tensor } from "../ir/node.ts";
import { moveAxis } from "../ops/movement.ts";
import { placeholder } from "../ops/loop.ts";
import { batchGraph } from "../batching/graph.ts";
import { spread } from "../batching/rule.ts";
import { currentTrace, recordIn, tap, Trace } from "../exec/trace.ts";

/** Axes of the examples: one for everything, or one per argument; null: the argument is the same for all examples. */
export type InAxes = number | null | readonly (number | null)[];
/** Where the examples are. */
export interface VmapOptions {
  /** Where arguments have the examples (default 0); it holds for all tensors of an argument. */
  readonly inAxes?: InAxes;
  /** Where results have them (default 0): one for all tensors of the result, or one per tensor in order. */
  readonly outAxes?: number | readonly number[];
}

/** The same value with other tensors in the places of its own. */
function replaceTensors(value: unknown, replace: (x: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return replace(value);
  if (Array.isArray(value)) return value.map((part: unknown) => replaceTensors(part, replace));
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaceTensors(part, replace)]));
}

/**
 * A function of one example as a function of many: `vmap(f)(xs)[i] = f(xs[i])`, computed at once, without a loop. It
 * may be called eagerly, inside `compile` and inside another `vmap`; gradients go through it, and `grad` inside of it
 * gives gradients per example: `vmap((x, y) => grad(loss(x, y), parameters))(xs, ys)`. Throws a ShapeError when the
 * arguments have different numbers of examples, and a UsageError when the function assigns State (batch norm in
 * training, random numbers): draw random numbers outside and hand them over. As torch.func.vmap, JAX's vmap.
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R, options: VmapOptions = {},
): (...args: A) => R {
  const { inAxes = 0, outAxes = 0 } = options;
  return (...args) => {
    const axisOf = (i: number): number | null => {
      if (inAxes === null || typeof inAxes === "number") return inAxes;
      if (inAxes.length !== args.length) {
        throw new UsageError(`vmap: inAxes names ${inAxes.length} axes for ${args.length} arguments; give one each`);
      }
      return inAxes[i];
    };
    const places: Tensor[] = [], values: Tensor[] = [];
    let size = -1;
    const example = args.map((arg, i) => {
      const axis = axisOf(i);
      return axis === null ? arg : replaceTensors(arg, (x) => {
        if (x.shape.length === 0) {
          throw new ShapeError(`vmap: argument ${i} is a scalar and has no axis of examples; give it null in inAxes`);
        }
        const moved = moveAxis(x, normalizeAxis(axis, x.shape.length, "vmap"), 0);
        if (size < 0) size = moved.shape[0];
        else if (moved.shape[0] !== size) {
          throw new ShapeError(`vmap: argument ${i} of shape ${formatShape(x.shape)} has ${moved.shape[0]} examples ` +
            `along axis ${axis}, an earlier one has ${size}; they must agree, or be null in inAxes`);
        }
        const place = placeholder({ shape: moved.shape.slice(1), dtype: moved.dtype });
        place.requiresGrad = isFloat(place.dtype);
        places.push(place);
        values.push(moved);
        return place;
      });
    }) as unknown as A;
    if (size < 0) throw new UsageError("vmap: no argument has an axis of examples; give at least one in inAxes");

    const { result, taps } = record(() => fn(...example));
    const outputs: Tensor[] = [];
    replaceTensors(result, (y) => (outputs.push(y), y));
    const graph = { inputs: places, outputs: [...outputs, ...taps.values()] };
    const made = batchGraph(graph, values.map((node) => ({ node, batched: true })), size).map((y) => spread(y, size));
    [...taps.keys()].forEach((name, i) => tap(name, made[outputs.length + i]));
    let at = 0;
    return replaceTensors(result, () => {
      const axis = typeof outAxes === "number" ? outAxes : outAxes[at];
      if (axis === undefined) {
        throw new UsageError(`vmap: outAxes names ${(outAxes as readonly number[]).length} axes for ` +
          `${outputs.length} results; give one each`);
      }
      return moveAxis(made[at++], 0, axis);
    }) as R;
  };
}

/** What the function does for one example, written down; nothing runs. */
function record<R>(body: () => R): { readonly result: R; readonly taps: ReadonlyMap<string, Tensor> } {
  const outer = currentTrace(), trace = new Trace();
  let result: R;
  try {
    result = recordIn(trace, () => withInterpreter(trace, () => withGradients(true, body)));
  } finally {
    for (const [leaf, before] of trace.touched) leaf.grad = before;
  }
  if (trace.assigned.size > 0) {
    throw new UsageError("vmap: the function assigns State, of which there is one for all examples (running " +
      "averages, counters, the random generator); use eval(), or draw random numbers outside and hand them over");
  }
  if (trace.touched.size > 0) {
    throw new UsageError("vmap: backward() adds to one gradient for all examples; return grad(output, inputs) instead");
  }
  outer?.guards.push(...trace.guards);
  return { result, taps: trace.taps };
}
