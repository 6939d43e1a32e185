import type { Node } from "../ir/node.ts";
import { isOp, topologicalOrder } from "../ir/node.ts";
import type { GraphBackend, GraphValue } from "../runtime/backend.ts";
import { Several, viewOf, wrapValue, type View } from "../runtime/storage.ts";

const valueOf = (view: View): GraphValue => view.block.value!;

/** Runs one operation on a graph backend. */
export function evaluateNode(backend: GraphBackend, node: Node): View | Several {
  const values = backend.evaluate(node, node.inputs.map((x) => valueOf(viewOf(x))));
  const views = values.map((value) => wrapValue(backend, value, node.op));
  return node.outs === null ? views[0] : new Several(views);
}

/** Runs a whole graph, given the values of some of its nodes; intermediate values go when their last reader ran. */
export function evaluateGraph(
  backend: GraphBackend, outputs: readonly Node[], given: ReadonlyMap<Node, GraphValue>,
): GraphValue[] {
  const values = new Map<Node, readonly GraphValue[]>();
  for (const [node, value] of given) values.set(node, [value]);
  for (const node of topologicalOrder(outputs)) {
    if (values.has(node)) continue;
    if (isOp(node, "buffer")) values.set(node, [valueOf(viewOf(node))]);
    else if (isOp(node, "project")) values.set(node, [values.get(node.inputs[0])![node.params.index]]);
    else values.set(node, backend.evaluate(node, node.inputs.map((x) => values.get(x)![0])));
  }
  return outputs.map((y) => values.get(y)![0]);
}
