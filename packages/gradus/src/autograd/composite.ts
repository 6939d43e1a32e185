import { outputsOf } from "../ir/emit.ts";
import type { Graph, Node } from "../ir/node.ts";
import type { Attributes, CompositeDefinition } from "../ir/op.ts";
import { inline } from "../ir/rewrite.ts";
import { applyAll } from "../ops/composite.ts";
import { zeros } from "../ops/create.ts";
import type { Differentiate, Step } from "./rule.ts";

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
