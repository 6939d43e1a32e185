import { isFloat } from "../vocab/dtype.ts";
import { DTypeError, ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sameShape, sizeOf } from "../vocab/shape.ts";
import { emit, gradientsEnabled, withGradients } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { gradients, leavesOf, type BackwardOptions } from "../autograd/backward.ts";
import { Leaf } from "../autograd/tape.ts";
import { makeState } from "../exec/eager.ts";
import { currentTrace } from "../exec/trace.ts";
import { onesLike } from "../ops/create.ts";
import { add } from "../ops/elementwise.ts";
import { keepAlive, runScope } from "../runtime/storage.ts";

/** Runs a synchronous body in which nothing is recorded for gradients. */
export const noGrad = <T>(body: () => T): T => withGradients(false, body);
export { gradientsEnabled };

/** The same numbers, through which no gradient flows. */
export const detach = (x: Tensor): Tensor => noGrad(() => emit("reshape", { shape: x.shape }, [x]));

/** Asks for a gradient with respect to a leaf; returns the tensor itself. */
export function requireGradient(x: Tensor): Tensor {
  if (!isFloat(x.dtype)) throw new DTypeError(`requiresGrad: a tensor of ${x.dtype} has no gradient; cast it to f32`);
  return x.tape instanceof Leaf ? (x.requiresGrad = true, x) : makeState(x, true);
}

/**
 * Adds the gradient of `output` to `grad` of every leaf that asked for one, as in PyTorch: repeated calls add up. An
 * output with more than one element needs the gradient that arrives at it.
 */
export function backward(output: Tensor, options: BackwardOptions & { readonly gradient?: Tensor } = {}): void {
  if (!output.requiresGrad) {
    throw new UsageError("backward: nothing this tensor was computed from asks for a gradient; " +
      "use parameters, or tensor(data, { requiresGrad: true }), outside of noGrad");
  }
  if (options.gradient === undefined && sizeOf(output.shape) !== 1) {
    throw new ShapeError(`backward: the output has shape ${formatShape(output.shape)}; reduce it to one number ` +
      "first (mean or sum), or pass { gradient }");
  }
  checkGradient("backward", output, options.gradient);
  const leaves = leavesOf([output]);
  const found = gradients([output], [options.gradient ?? onesLike(output)], leaves, options);
  const trace = currentTrace();
  leaves.forEach((leaf, i) => {
    const g = found[i];
    if (g === null) return;
    const before = leaf.grad;
    if (trace !== null && !trace.touched.has(leaf)) trace.touched.set(leaf, before);
    trace?.gradients.push(g);
    leaf.grad = before === null ? g : withGradients(options.createGraph ?? false, () => add(before, g));
    keepAlive(leaf.grad);
  });
}

function checkGradient(name: string, output: Tensor, gradient: Tensor | undefined): void {
  if (gradient === undefined || sameShape(gradient.shape, output.shape)) return;
  throw new ShapeError(`${name}: the gradient that arrives has shape ${formatShape(gradient.shape)}, but the output ` +
    `has ${formatShape(output.shape)}; they must agree`);
}

/**
 * Gradients of `output` (one number, or weighted by `gradient`) with respect to `inputs`, as new tensors; null where it
 * does not depend on an input. With `createGraph` they can be differentiated again.
 */
export function grad(
  output: Tensor, inputs: readonly Tensor[], options: BackwardOptions & { readonly gradient?: Tensor } = {},
): (Tensor | null)[] {
  if (options.gradient === undefined && sizeOf(output.shape) !== 1) {
    throw new ShapeError(`grad: the output has shape ${formatShape(output.shape)}; reduce it to one number first, ` +
      "or pass { gradient }");
  }
  checkGradient("grad", output, options.gradient);
  return gradients([output], [options.gradient ?? onesLike(output)], inputs, options);
}

/** Every tensor inside a value made of arrays and plain objects. */
export function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value === null || typeof value !== "object") return;
  if ("op" in value && "inputs" in value && "dtype" in value) {
    yield value as Tensor;
    return;
  }
  for (const part of Array.isArray(value) ? value as unknown[] : Object.values(value)) yield* tensorsIn(part);
}

/**
 * Runs a synchronous body and frees every tensor it made, except those it returns (and what their gradients still
 * need), State, and gradients of parameters.
 */
export const scope = <T>(body: () => T): T => runScope(body, function* (result) {
  const stack = [...tensorsIn(result)];
  const seen = new Set<object>();
  while (stack.length > 0) {
    const node = stack.pop()!;
    yield node;
    const tape = node.tape as { inputs?: readonly Tensor[]; outputs?: readonly Tensor[] } | null;
    if (tape === null || seen.has(tape)) continue;
    seen.add(tape);
    stack.push(...(tape.inputs ?? []), ...(tape.outputs ?? []));
  }
});
