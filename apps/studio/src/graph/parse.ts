/** Reads graphs as the library prints them (`explain`), so that pages can draw them and count in them. */

/** One line of a printed graph: an operation, or with `op` "argument" one of its inputs. */
export interface GraphNode {
  /** The number the text calls it by: "%3". */
  readonly id: string;
  /** "add", "contract", or the name of a composite. */
  readonly op: string;
  readonly composite: boolean;
  readonly inputs: readonly string[];
  /** What stands between braces: "kind: sum, axes: [1]". */
  readonly parameters: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The line as it was printed, without its indentation. */
  readonly text: string;
  /** What a composite or a loop is made of. */
  readonly body: PrintedGraph | null;
}
export interface PrintedGraph {
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

const LINE = /^(%\d+) = (composite )?(\S+) ?((?:%\d+(?:, )?)*) ?(?:\{(.*)\} )?: (\w+)\[([^\]]*)\]/;
const sizes = (text: string): number[] => (text.trim() === "" ? [] : text.split(",").map(Number));

/** One operation of a line such as "%2 = add %0, %1 : f32[2, 3]"; null where it is none. */
export function parseLine(text: string): Omit<GraphNode, "body"> | null {
  const found = LINE.exec(text.trim());
  if (found === null) return null;
  const [, id, composite, op, inputs, parameters = "", dtype, shape] = found;
  return {
    id, op, composite: composite !== undefined, inputs: inputs.match(/%\d+/g) ?? [], parameters: parameters ?? "",
    dtype, shape: sizes(shape), text: text.trim(),
  };
}

/** A whole graph, bodies below their operations. */
export function parseGraph(text: string): PrintedGraph {
  const lines = text.split("\n");
  let at = 0;
  const depthOf = (line: string): number => line.length - line.trimStart().length;
  const graph = (depth: number): PrintedGraph => {
    const given = lines[at++].matchAll(/(%\d+): (\w+)\[([^\]]*)\]/g);
    const nodes: GraphNode[] = [...given].map(([text, id, dtype, shape]) => ({
      id, op: "argument", composite: false, inputs: [], parameters: "", dtype, shape: sizes(shape), text, body: null,
    }));
    while (at < lines.length && depthOf(lines[at]) > depth) {
      const line = lines[at];
      if (line.trim().startsWith("return")) {
        at++;
        return { nodes, outputs: line.match(/%\d+/g) ?? [] };
      }
      at++;
      const node = parseLine(line);
      const inner = at < lines.length && depthOf(lines[at]) > depthOf(line) ? graph(depthOf(lines[at])) : null;
      if (node !== null) nodes.push({ ...node, body: inner });
    }
    return { nodes, outputs: [] };
  };
  return graph(0);
}

/** Multiply-adds of a graph's contractions: the product of all extents, bodies included, loops counted each time. */
export function multiplyAdds({ nodes }: PrintedGraph): number {
  const known = new Map(nodes.map((node) => [node.id, node]));
  return nodes.reduce((total, node) => total + (node.body === null ? own(node, known)
    : Math.max(1, loopLength(node)) * multiplyAdds(node.body)), 0);
}
const loopLength = ({ op, parameters }: GraphNode): number =>
  (op === "scan" ? Number(/length: (\d+)/.exec(parameters)?.[1] ?? 1) : 1);

function own(node: GraphNode, known: ReadonlyMap<string, GraphNode>): number {
  if (node.op !== "contract") return 0;
  const [left, made] = node.parameters.split(", ").slice(0, 2).join(", ").split(" -> ");
  if (made === undefined) return 0;
  const operands = [...left.split(", "), made.split(",")[0]];
  const shapes = [...node.inputs.map((id) => known.get(id)?.shape ?? []), node.shape];
  const extents = new Map<string, number>();
  operands.forEach((letters, i) => [...letters].forEach((letter, axis) => extents.set(letter, shapes[i][axis] ?? 1)));
  // Under a window the place in the picture follows from the place in the result and in the kernel.
  for (const [, place] of node.parameters.matchAll(/, (\w) = \d+\*/g)) extents.delete(place);
  return [...extents.values()].reduce((a, b) => a * b, 1);
}

/** What only views or makes numbers up costs nothing and is left out of short lists. */
const QUIET = new Set(["argument", "buffer", "constant", "reshape", "expand", "project", "cast", "permute", "iota"]);

/** The primitives that compute, in order, equal neighbours counted: [["contract", 1], ["add", 2]]. */
export function primitives(graph: PrintedGraph): [op: string, count: number][] {
  const found: [string, number][] = [];
  const visit = ({ nodes }: PrintedGraph): void => {
    for (const node of nodes) {
      if (node.body !== null) visit(node.body);
      else if (!QUIET.has(node.op)) {
        const last = found.at(-1);
        if (last?.[0] === node.op) last[1]++;
        else found.push([node.op, 1]);
      }
    }
  };
  visit(graph);
  return found;
}
export const isQuiet = ({ op }: Pick<GraphNode, "op">): boolean => QUIET.has(op);
