import { emit, outputsOf } from "../ir/emit.ts";
import type { Graph, Tensor } from "../ir/node.ts";
import type { Attributes, CompositeDefinition } from "../ir/op.ts";
import { trace } from "./loop.ts";

/** Bodies already written down, by definition and then by attributes and operand types. */
const bodies = new WeakMap<CompositeDefinition, Map<string, Graph>>();

/** The body of a composite for given operand types; traced once. */
function bodyOf(definition: CompositeDefinition, attributes: Attributes, inputs: readonly Tensor[]): Graph {
  let known = bodies.get(definition);
  if (known === undefined) bodies.set(definition, known = new Map());
  const key = JSON.stringify(attributes) + inputs.map((x) => `${x.dtype}${x.shape.join(",")}`).join(";");
  let graph = known.get(key);
  if (graph === undefined) {
    graph = trace(inputs, (...nodes) => {
      const out = definition.body(nodes, attributes);
      return Array.isArray(out) ? out as readonly Tensor[] : [out as Tensor];
    });
    known.set(key, graph);
  }
  return graph;
}
/** Applies a composite that has one output. */
export const apply = (
  definition: CompositeDefinition, inputs: readonly Tensor[], attributes: Attributes = {},
): Tensor =>
  emit("composite", { definition, attributes, body: bodyOf(definition, attributes, inputs) }, inputs);
/** Applies a composite and gives all its outputs. */
export const applyAll = (
  definition: CompositeDefinition, inputs: readonly Tensor[], attributes: Attributes = {},
): Tensor[] => outputsOf(apply(definition, inputs, attributes));
