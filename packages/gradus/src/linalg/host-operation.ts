import { isFloat } from "../vocab/dtype.ts";
import { DTypeError, ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, sizeOf } from "../vocab/shape.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { add, cast } from "../ops/elementwise.ts";
import { currentTrace } from "../exec/trace.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { matrix, type Matrix } from "./host/matrix.ts";

/** One result of one matrix: a matrix, a vector or a number. */
export type HostResult = Matrix | Float64Array | number;
/** Gradients for the inputs, given inputs, results, and a gradient per result (null: none). */
type Gradient = (
  inputs: readonly Tensor[], outputs: readonly Tensor[], gradients: readonly (Tensor | null)[],
) => readonly (Tensor | null)[];

/**
 * An operation on matrices whose numbers are computed in float64 on the CPU: loops with pivots and convergence, which
 * the compiler has no kernels for. Earlier axes of the inputs are a batch. The gradient is made of tensor operations on
 * inputs and results, so that it can be differentiated again. Runs eagerly only.
 */
export function hostOperation(
  name: string, compute: (...inputs: Matrix[]) => readonly HostResult[], gradient: Gradient | null,
): (...inputs: Tensor[]) => Tensor[] {
  // The results are operands beside the inputs: the node hands them on, and its gradient knows both.
  const definition = (count: number): CompositeDefinition => ({
    name,
    body: (operands) => operands.slice(count).map((y) => add(y, 0)),
    vjp: (operands, outputs, gradients) => [
      ...gradient!(operands.slice(0, count), outputs, gradients), ...operands.slice(count).map(() => null)],
  });
  const definitions = new Map<number, CompositeDefinition>();
  return (...inputs) => {
    const values = noGrad(() => run(name, compute, inputs));
    if (gradient === null || !inputs.some((x) => x.requiresGrad)) return values;
    const count = inputs.length;
    if (!definitions.has(count)) definitions.set(count, definition(count));
    return applyAll(definitions.get(count)!, [...inputs, ...values]);
  };
}

function run(
  name: string, compute: (...inputs: Matrix[]) => readonly HostResult[], inputs: readonly Tensor[],
): Tensor[] {
  if (currentTrace() !== null) {
    throw new UsageError(`linalg.${name} computes on the numbers themselves, which a compiled function does not have ` +
      "yet; call it outside of compile()");
  }
  for (const x of inputs) {
    if (!isFloat(x.dtype)) throw new DTypeError(`linalg.${name}: a matrix of ${x.dtype}; cast it to f32 or f64`);
    if (x.ndim < 2) {
      throw new ShapeError(`linalg.${name}: a tensor of shape ${formatShape(x.shape)} is no matrix; it needs two axes`);
    }
  }
  const lead = inputs[0].shape.slice(0, -2), batch = sizeOf(lead);
  const other = inputs.find((x) => formatShape(x.shape.slice(0, -2)) !== formatShape(lead));
  if (other !== undefined) {
    throw new ShapeError(`linalg.${name}: batches of shapes ${formatShape(inputs[0].shape)} and ` +
      `${formatShape(other.shape)} differ; expand one of them`);
  }
  const numbers = inputs.map((x) => Float64Array.from(x.dataSync()));
  const results = Array.from({ length: batch }, (_, b) => compute(...inputs.map((x, i) => {
    const [rows, columns] = x.shape.slice(-2), size = rows * columns;
    return matrix(rows, columns, numbers[i].slice(b * size, (b + 1) * size));
  })));
  return results[0].map((first, k) => {
    const shape = typeof first === "number" ? [] : first instanceof Float64Array ? [first.length]
      : [first.rows, first.columns];
    const data = new Float64Array(batch * sizeOf(shape));
    results.forEach((made, b) => {
      const part = made[k];
      data.set(typeof part === "number" ? [part] : part instanceof Float64Array ? part : part.data, b * sizeOf(shape));
    });
    return cast(tensor(data, { shape: [...lead, ...shape] }), inputs[0].dtype);
  });
}
