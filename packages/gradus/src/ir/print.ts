import { formatShape } from "../vocab/shape.ts";
import { isOp, topologicalOrder, type Aval, type Graph, type Node } from "./node.ts";
import type { OpParams } from "./op.ts";

/**
 * A graph as text, one line per node:
 *
 *     (%0: f32[2, 3], %1: f32[2, 3])
 *       %2 = add %0, %1 : f32[2, 3]
 *       %3 = reduce %2 {kind: sum, axes: [1]} : f32[2]
 *       return %3
 *
 * The body of a composite or a scan stands under it, further in. A number names one node throughout the text.
 */
export function printGraph(graph: Graph): string {
  return new Printer().graph(graph, "").join("\n");
}

class Printer {
  #next = 0;

  graph({ inputs, outputs }: Graph, indent: string): string[] {
    const names = new Map<Node, string>();
    const name = (node: Node): string => {
      let known = names.get(node);
      if (known === undefined) names.set(node, known = `%${this.#next++}`);
      return known;
    };
    const lines = [`${indent}(${inputs.map((x) => `${name(x)}: ${typeName(x)}`).join(", ")})`];
    for (const node of topologicalOrder(outputs)) {
      if (inputs.includes(node)) continue;
      const made = (node.outs ?? [node]).map(typeName).join(", ");
      const operands = node.inputs.map(name).join(", ");
      const words = [`${name(node)} =`, title(node), operands, parameters(node), `: ${made}`];
      const label = node.label === null ? "" : `  # ${node.label}`;
      lines.push(`${indent}  ${words.filter((word) => word !== "").join(" ")}${label}`);
      if (isOp(node, "composite") || isOp(node, "scan")) lines.push(...this.graph(node.params.body, `${indent}    `));
    }
    lines.push(`${indent}  return ${outputs.map(name).join(", ")}`.trimEnd());
    return lines;
  }
}

const typeName = ({ dtype, shape }: Aval): string => dtype + formatShape(shape);

const title = (node: Node): string =>
  isOp(node, "composite") ? `composite ${node.params.definition.name}` : node.op;

/** What a line says of the parameters: not what its type already tells, nor a body. */
function parameters(node: Node): string {
  if (isOp(node, "contract")) return contraction(node.params);
  if (isOp(node, "composite")) return record(node.params.attributes);
  const typed: readonly string[] = node.op === "foldWindows" ? [] : ["shape", "dtype"];
  const shown = Object.entries(node.params).filter(([key]) => key !== "body" && !typed.includes(key));
  return record(Object.fromEntries(shown));
}

/** {mk, kn -> mn}; the operand on the right is the one that is made. */
function contraction({ spec, output }: OpParams["contract"]): string {
  const letters = [spec.x, spec.w, spec.y];
  const [made] = letters.splice(output, 1);
  const windows = spec.windows.map(({ x, w, y, stride, dilation, pad }) =>
    `, ${x} = ${stride}*${y} + ${dilation}*${w} - ${pad}`);
  return `{${letters.join(", ")} -> ${made}${windows.join("")}}`;
}

function record(values: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(values).map(([key, value]) =>
    `${key}: ${Array.isArray(value) ? formatShape(value as number[]) : String(value)}`);
  return entries.length === 0 ? "" : `{${entries.join(", ")}}`;
}
