import { sizeOf, type Shape } from "../vocab/shape.ts";
import { isOp, topologicalOrder, type Node } from "../ir/node.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Module } from "../nn/module.ts";
import { withSpans } from "./spans.ts";
import { traceFunction } from "./trace.ts";

/** Multiply-adds of a matrix product or convolution: one for each pair of a result (y) and a weight (w) that meet. */
function ofContract(node: Node<"contract">): number {
  const { spec, output, shape } = node.params;
  const shapes: Shape[] = node.inputs.map((x) => x.shape);
  shapes.splice(output, 0, shape);
  const sizes = new Map<string, number>();
  [spec.x, spec.w, spec.y].forEach((letters, i) => {
    // An axis of x that windows slide along is no index of its own: place and cell give it.
    if (i > 0) [...letters].forEach((letter, k) => sizes.set(letter, shapes[i][k]));
  });
  return sizeOf([...sizes.values()]);
}
/** Multiply-adds of the matrix products and convolutions of a node, those inside of composites and loops included. */
export function multiplyAdds(node: Node): number {
  if (isOp(node, "contract")) return ofContract(node);
  if (isOp(node, "composite")) return ofNodes(node.params.body.outputs);
  return isOp(node, "scan") ? node.params.length * ofNodes(node.params.body.outputs) : 0;
}
const ofNodes = (outputs: readonly Node[]): number =>
  topologicalOrder(outputs).reduce((total, node) => total + multiplyAdds(node), 0);

/** What one module does in a forward pass. */
export interface LayerCost {
  /** Its name in the model; "" is the model itself. */
  readonly name: string;
  readonly module: string;
  /** Shapes of the tensors that it gave back, in the last call. */
  readonly output: readonly Shape[];
  /** How often it was called. */
  readonly calls: number;
  /** Numbers that it and the modules in it learn. */
  readonly parameters: number;
  /** Multiply-adds of matrix products and convolutions, in all calls, those of the modules in it included. */
  readonly multiplyAdds: number;
}

/**
 * What each module does when the model is called with these inputs, in the order of `namedModules`. The model is
 * written down as `compile` does it and not run; multiply-adds are counted from the operations themselves, so that
 * they are right for layers of any kind.
 */
export function layerCosts(model: Module, inputs: readonly unknown[]): LayerCost[] {
  const call = (...args: readonly unknown[]): unknown =>
    (Reflect.get(model, "forward") as (...args: readonly unknown[]) => unknown).apply(model, [...args]);
  const { result: { graph }, spans } = withSpans(model, () => noGrad(() => traceFunction(call, inputs)));
  const costs = topologicalOrder(graph.outputs)
    .map((node) => ({ id: node.id, count: multiplyAdds(node) })).filter(({ count }) => count > 0);
  return model.namedModules().flatMap(([name, module]) => {
    const calls = spans.filter((span) => span.module === module);
    if (calls.length === 0) return [];
    const total = costs.filter(({ id }) => calls.some(({ from, to }) => id > from && id < to))
      .reduce((sum, { count }) => sum + count, 0);
    return [{
      name, module: module.constructor.name, output: calls[calls.length - 1].output, calls: calls.length,
      parameters: module.parameterCount(), multiplyAdds: total,
    }];
  });
}
