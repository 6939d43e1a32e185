import { isQuiet, type GraphNode, type PrintedGraph } from "./parse.ts";

/** A graph as it is drawn: views and constants are left out, and edges go through them. */
export interface DrawnNode {
  readonly id: string;
  readonly node: GraphNode;
  /** Captured parameters that reach it, by the number of their line: what its weights are. */
  readonly parameters: readonly string[];
  readonly result: boolean;
}
export interface DrawnGraph {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}
const THROUGH = new Set(["narrow", "select", "transpose", "flip", "slice", "pad", "detach"]);

/**
 * Leaves out what only rearranges, and with `foldBias` the addition of a learned vector. Arguments stay; parameters
 * hang from the operations that use them.
 */
export function visible(graph: PrintedGraph, { foldBias = false } = {}): DrawnGraph {
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  const addsVector = ({ op, inputs }: GraphNode): boolean => op === "add" && inputs.some((id) => {
    let at = known.get(id);
    while (at !== undefined && isQuiet(at) && at.inputs.length === 1) at = known.get(at.inputs[0]);
    return at?.op === "buffer" && at.shape.length === 1;
  });
  const shown = (node: GraphNode): boolean => node.op === "argument" || node.body !== null ||
    !(isQuiet(node) || THROUGH.has(node.op) || (foldBias && addsVector(node)));
  const sources = new Map<string, readonly string[]>();
  /** The shown nodes and parameters that a value comes from. */
  const sourcesOf = (id: string): readonly string[] => {
    const node = known.get(id);
    if (node === undefined) return [];
    if (shown(node) || node.op === "buffer") return [id];
    let found = sources.get(id);
    if (found === undefined) sources.set(id, found = [...new Set(node.inputs.flatMap(sourcesOf))]);
    return found;
  };
  const results = new Set(graph.outputs.flatMap(sourcesOf));
  const nodes = graph.nodes.filter(shown).map((node): DrawnNode => ({
    id: node.id, node, result: results.has(node.id),
    parameters: node.inputs.flatMap(sourcesOf).filter((id) => known.get(id)?.op === "buffer"),
  }));
  const edges = nodes.flatMap(({ id, node }) => [...new Set(node.inputs.flatMap(sourcesOf))]
    .filter((from) => known.get(from)?.op !== "buffer").map((from) => [from, id] as const));
  return { nodes, edges };
}

/** How often a graph adds to what it was given: 2 for x + f(x) followed by + g; 0 where nothing is kept. */
export function additionsToInput(graph: PrintedGraph): number {
  const { nodes, edges } = visible(graph);
  const first = nodes.find(({ node }) => node.op === "argument")?.id;
  let at = nodes.find(({ result }) => result), additions = 0;
  // A nonlinearity after the sum, as in the first residual networks.
  if (at !== undefined && at.node.op !== "add") {
    const before = edges.filter(([, to]) => to === at!.id).map(([from]) => from);
    at = before.length === 1 ? nodes.find(({ id }) => id === before[0]) : undefined;
  }
  while (at?.node.op === "add" && at.parameters.length === 0) {
    additions++;
    const before = edges.filter(([, to]) => to === at!.id).map(([from]) => from);
    if (before.includes(first!)) return additions;
    at = nodes.find(({ id, node, parameters }) => before.includes(id) && node.op === "add" && parameters.length === 0);
  }
  return 0;
}
