import { emit, outputsOf } from "../ir/emit.ts";
import { isOp, topologicalOrder, type Graph, type Node } from "../ir/node.ts";
import type { Attributes, CompositeDefinition, OpParams } from "../ir/op.ts";
import { applyAll } from "../ops/composite.ts";
import { zeros } from "../ops/create.ts";
import type { Differentiate, Step } from "./rule.ts";

/** Writes a graph again with other arguments, under the interpreter in force. */
export function inline(graph: Graph, arguments_: readonly Node[]): Node[] {
  const made = new Map<Node, Node>(graph.inputs.map((x, i) => [x, arguments_[i]]));
  for (const node of topologicalOrder(graph.outputs)) {
    if (made.has(node)) continue;
    if (isOp(node, "buffer")) {
      made.set(node, node);
      continue;
    }
    const copy = emit(node.op, node.params as OpParams[typeof node.op], node.inputs.map((x) => made.get(x)!));
    copy.label ??= node.label;
    made.set(node, copy);
  }
  return graph.outputs.map((y) => made.get(y)!);
}

/** The gradient of each composite, as a composite: it runs the body again and differentiates it. */
const derived = new WeakMap<Graph, Map<string, CompositeDefinition>>();

/**
 * Gradients for a composite's operands: by its own rule where it has one, else by a second composite whose body is the
 * derivative of the first one's body (forward values are computed again, not saved).
 */
export function compositeGradient(
  { params, inputs, outputs, wants, differentiate }: Step<"composite">, all: readonly (Node | null)[],
): readonly (Node | null)[] {
  const { definition, attributes, body } = params;
  if (definition.vjp !== undefined) return definition.vjp(inputs, outputs, all, attributes);
  const wanted = inputs.flatMap((_, i) => (wants[i] ? [i] : []));
  const given = all.flatMap((g, i) => (g === null ? [] : [i]));
  if (wanted.length === 0 || given.length === 0) return inputs.map(() => null);
  const key = `${wanted.join(",")}|${given.join(",")}`;
  let known = derived.get(body);
  if (known === undefined) derived.set(body, known = new Map());
  let gradient = known.get(key);
  if (gradient === undefined) {
    gradient = derive(definition.name, body, wanted, given, differentiate);
    known.set(key, gradient);
  }
  const made = applyAll(gradient, [...inputs, ...given.map((i) => all[i]!)], attributes);
  const result: (Node | null)[] = inputs.map(() => null);
  wanted.forEach((i, k) => { result[i] = made[k]; });
  return result;
}

function derive(
  name: string, body: Graph, wanted: readonly number[], given: readonly number[],
  differentiate: Differentiate,
): CompositeDefinition {
  return {
    name: `${name}Gradient`,
    body(arguments_: readonly Node[], _: Attributes): readonly Node[] {
      const xs = arguments_.slice(0, body.inputs.length), gs = arguments_.slice(body.inputs.length);
      const ys = inline(body, xs).flatMap((y) => outputsOf(y).slice(0, 1));
      const asked = wanted.map((i) => xs[i]);
      const found = differentiate(given.map((i) => ys[i]), gs, asked);
      return found.map((d, k) => d ?? zeros(asked[k].shape, asked[k].dtype));
    },
  };
}
