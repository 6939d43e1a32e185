import type { Graph, Node } from "../ir/node.ts";
import type { CompositeDefinition, OpParams } from "../ir/op.ts";
import { apply } from "../ops/composite.ts";
import { mul } from "../ops/elementwise.ts";
import { trace } from "../ops/loop.ts";
import { sum } from "../ops/reduce.ts";
import { spread, type BatchGraph, type BatchingRule } from "./rule.ts";

/** Composites for many examples, by the body for one, and then by which operands are batched. */
const known = new WeakMap<Graph, Map<string, CompositeDefinition>>();

/** A composite stays one: its body is batched, and so is its own gradient where it has one. */
export const batchComposite: BatchingRule<"composite"> = ({ params }, inputs, batched, size, batchGraph) => {
  let definitions = known.get(params.body);
  if (definitions === undefined) known.set(params.body, definitions = new Map());
  const key = `${batched.map(Number).join("")}|${size}`;
  let definition = definitions.get(key);
  if (definition === undefined) definitions.set(key, definition = batchedDefinition(params, batched, size, batchGraph));
  return apply(definition, inputs, params.attributes);
};

function batchedDefinition(
  { definition, body }: OpParams["composite"], batched: readonly boolean[], size: number,
  batchGraph: BatchGraph,
): CompositeDefinition {
  const { vjp } = definition;
  return {
    name: `${definition.name}Batched`,
    body: (nodes) => batchGraph(body, nodes.map((node, i) => ({ node, batched: batched[i] })), size)
      .map((y) => spread(y, size)),
    ...(vjp === undefined ? {} : {
      vjp(inputs, outputs, gradients, attributes) {
        const given = gradients.flatMap((g, i) => (g === null ? [] : [i]));
        let wanted: number[] = [];
        // The rule for one example, written down, and then batched like anything else.
        const rule = trace([...body.inputs, ...body.outputs, ...given.map((i) => body.outputs[i])], (...nodes) => {
          const xs = nodes.splice(0, body.inputs.length), ys = nodes.splice(0, body.outputs.length);
          const gs = body.outputs.map((_, i) => nodes[given.indexOf(i)] ?? null);
          const found = vjp(xs, ys, gs, attributes);
          wanted = found.flatMap((d, i) => (d === null ? [] : [i]));
          return wanted.map((i) => found[i]!);
        });
        const made = batchGraph(rule, [
          ...inputs.map((node, i) => ({ node, batched: batched[i] })),
          ...[...outputs, ...given.map((i) => gradients[i]!)].map((node) => ({ node, batched: true })),
        ], size);
        const result: (Node | null)[] = inputs.map(() => null);
        wanted.forEach((i, k) => {
          const one = made[k];
          // An operand that all examples share gets the sum of what they give.
          result[i] = batched[i] ? spread(one, size) : one.batched ? sum(one.node, 0) : mul(one.node, size);
        });
        return result;
      },
    }),
  };
}
