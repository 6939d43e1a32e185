import { emit, RECORD, withGradients, withInterpreter } from "./emit.ts";
import { isOp, topologicalOrder, type Graph, type Node } from "./node.ts";

/** Writes a graph again with other arguments, under the interpreter in force. */
export function inline(graph: Graph, arguments_: readonly Node[]): Node[] {
  const made = new Map<Node, Node>(graph.inputs.map((x, i) => [x, arguments_[i]]));
  for (const node of topologicalOrder(graph.outputs)) {
    if (made.has(node)) continue;
    if (isOp(node, "buffer")) {
      made.set(node, node);
      continue;
    }
    // What was written under noGrad (a shift that cancels, a detached value) stays without a gradient.
    const again = (): Node => emit(node.op, node.params, node.inputs.map((x) => made.get(x)!));
    const copy = node.requiresGrad ? again() : withGradients(false, again);
    copy.label ??= node.label;
    made.set(node, copy);
  }
  return graph.outputs.map((y) => made.get(y)!);
}

/**
 * Replaces composites by their bodies, except those that `keep` wants whole, and other nodes by what `replace` writes
 * in their place (null: nothing), and merges equal nodes. Leaves stay the same nodes.
 */
export function expandComposites(
  outputs: readonly Node[], keep: (node: Node<"composite">) => boolean, replace: (node: Node) => Node | null,
): Node[] {
  const same = new Map<string, Node>();
  /** Nodes of the result, and what replaced nodes became. */
  const settled = new Map<Node, Node>();
  const ids = new Map<object, number>();
  const idOf = (x: object): number => {
    let id = ids.get(x);
    if (id === undefined) ids.set(x, id = ids.size);
    return id;
  };
  const shown = (value: unknown): unknown => {
    if (typeof value === "number") return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
    if (value === null || typeof value !== "object") return typeof value === "function" ? idOf(value) : value;
    if (Array.isArray(value)) return value.map(shown);
    if ("inputs" in value && "outputs" in value) return `graph${idOf(value)}`;
    return Object.entries(value).map(([k, v]) => [k, shown(v)]);
  };
  /** An equal node made before, or this one. */
  const unique = (node: Node): Node => {
    const key = `${node.op}|${JSON.stringify(shown(node.params))}|${node.inputs.map(idOf).join(",")}`;
    const known = same.get(key);
    if (known !== undefined) return known;
    same.set(key, node);
    return node;
  };
  /** The final form of a node whose operands may be new too: merged with its equal, replaced until nothing is left. */
  const settle = (node: Node): Node => {
    const known = settled.get(node);
    if (known !== undefined) return known;
    if (isOp(node, "buffer")) return node;
    const inputs = node.inputs.map(settle);
    const same = inputs.every((x, i) => x === node.inputs[i]);
    const copy = unique(same ? node : emit(node.op, node.params, inputs));
    let done = settled.get(copy);
    if (done === undefined) {
      const other = replace(copy);
      settled.set(copy, done = other === null ? copy : settle(other));
      settled.set(done, done);
    }
    settled.set(node, done);
    return done;
  };
  /** The body of a loop gets the same treatment. */
  const bodies = new Map<Graph, Graph>();
  const insideOf = (body: Graph): Graph => {
    let done = bodies.get(body);
    if (done === undefined) {
      bodies.set(body, done = { inputs: body.inputs, outputs: expandComposites(body.outputs, keep, replace) });
    }
    return done;
  };
  /** Results of nodes; a composite with several outputs has several. */
  const made = new Map<Node, readonly Node[]>();
  const write = (root: readonly Node[], given: Map<Node, readonly Node[]>): void => {
    for (const node of topologicalOrder(root)) {
      if (given.has(node)) continue;
      if (isOp(node, "buffer")) given.set(node, [node]);
      else if (isOp(node, "project")) {
        const parts = given.get(node.inputs[0])!;
        given.set(node, [parts.length > 1 || node.inputs[0].outs === null ? parts[node.params.index]
          : unique(emit("project", node.params, [parts[0]]))]);
      } else if (isOp(node, "composite") && !keep(node)) {
        const { body } = node.params;
        const inner = new Map<Node, readonly Node[]>(body.inputs.map((x, i) => [x, given.get(node.inputs[i])!]));
        write(body.outputs, inner);
        given.set(node, body.outputs.map((y) => inner.get(y)![0]));
      } else {
        const inputs = node.inputs.map((x) => given.get(x)![0]);
        const params = isOp(node, "scan") ? { ...node.params, body: insideOf(node.params.body) } : node.params;
        const copy = emit(node.op, params, inputs);
        copy.label ??= node.label;
        given.set(node, [settle(copy)]);
      }
    }
  };
  withInterpreter(RECORD, () => write(outputs, made));
  return outputs.map((y) => made.get(y)![0]);
}
