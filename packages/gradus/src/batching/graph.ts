import { emit, withGradients } from "../ir/emit.ts";
import { isOp, topologicalOrder, type Graph, type Node } from "../ir/node.ts";
import type { Op } from "../ir/op.ts";
import type { Batched, BatchingRule } from "./rule.ts";
import { BATCHING } from "./rules.ts";

/**
 * Writes the graph of one example again for `size` of them, under the interpreter in force: every node that depends on
 * a batched argument by the rule of its primitive, every other as it was.
 */
export function batchGraph(graph: Graph, arguments_: readonly Batched[], size: number): Batched[] {
  const made = new Map<Node, Batched>(graph.inputs.map((x, i) => [x, arguments_[i]]));
  for (const node of topologicalOrder(graph.outputs)) {
    if (made.has(node)) continue;
    if (isOp(node, "buffer")) {
      made.set(node, { node, batched: false });
      continue;
    }
    const inputs = node.inputs.map((x) => made.get(x)!);
    const nodes = inputs.map((x) => x.node), flags = inputs.map((x) => x.batched), batched = flags.includes(true);
    const again = (): Node => (batched
      ? (BATCHING[node.op] as BatchingRule<Op>)(node, nodes, flags, size, batchGraph)
      : emit(node.op, node.params, nodes));
    // What was written under noGrad stays without a gradient.
    const copy = node.requiresGrad ? again() : withGradients(false, again);
    copy.label ??= node.label;
    made.set(node, { node: copy, batched });
  }
  return graph.outputs.map((y) => made.get(y)!);
}
