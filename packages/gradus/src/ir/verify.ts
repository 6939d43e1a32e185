import { GradusError } from "../vocab/errors.ts";
import { formatShape, sameShape } from "../vocab/shape.ts";
import { infer } from "./infer.ts";
import { isOp, topologicalOrder, type Aval, type Graph, type Node } from "./node.ts";

/**
 * Checks that a graph means something: inputs are distinct `buffer` nodes, every node comes after what it reads, has
 * the shape and dtype that its operation gives it, and picks an output that exists; bodies fit the nodes they stand in
 * and read nothing but their own inputs. Throws a GradusError that names the node. Passes that rewrite graphs run it
 * in tests.
 */
export function verify(graph: Graph): void {
  new Verifier().graph(graph, "graph", false);
}

const typeName = ({ dtype, shape }: Aval): string => dtype + formatShape(shape);
const sameType = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

class Verifier {
  /** Bodies are shared between nodes; each is read once. */
  readonly #seen = new Set<Graph>();

  graph(graph: Graph, where: string, closed: boolean): void {
    if (this.#seen.has(graph)) return;
    this.#seen.add(graph);
    graph.inputs.forEach((x, i) => {
      if (x.op !== "buffer") fail(where, `input ${i} is a ${x.op}; inputs are buffers`);
      if (graph.inputs.indexOf(x) !== i) fail(where, `inputs ${graph.inputs.indexOf(x)} and ${i} are the same node`);
    });
    graph.outputs.forEach((y, i) => {
      if (y.outs !== null) fail(where, `output ${i} is all outputs of ${describe(y)}; project one`);
    });
    const before = new Set<Node>();
    for (const node of topologicalOrder(graph.outputs)) {
      for (const input of node.inputs) {
        if (!before.has(input)) fail(where, `${describe(node)} and ${describe(input)} wait for each other`);
      }
      before.add(node);
      if (closed && node.op === "buffer" && !graph.inputs.includes(node)) {
        fail(where, `${describe(node)} is no input of this body; pass it to the node that has the body`);
      }
      this.#node(node, where);
    }
  }

  #node(node: Node, where: string): void {
    if (isOp(node, "project")) {
      const { outs } = node.inputs[0];
      if (outs === null) return fail(where, `${describe(node)}: ${describe(node.inputs[0])} has one output only`);
      if (outs[node.params.index] === undefined) {
        fail(where, `${describe(node)}: output ${node.params.index} of ${outs.length} does not exist`);
      }
    } else {
      for (const x of node.inputs) {
        if (x.outs !== null) fail(where, `${describe(node)} reads all outputs of ${describe(x)}; project one`);
      }
    }
    if (isOp(node, "composite")) this.#body(node, node.params.body, node.inputs, where);
    if (isOp(node, "scan")) {
      this.#body(node, node.params.body, oneStep(node), where);
      checkScan(node, where);
    }
    checkType(node, where);
  }

  /** `given` are the operands as the body sees them. */
  #body(node: Node, body: Graph, given: readonly Aval[], where: string): void {
    if (given.length !== body.inputs.length) {
      fail(where, `${describe(node)} has ${given.length} inputs, its body takes ${body.inputs.length}`);
    }
    body.inputs.forEach((x, i) => {
      if (!sameType(x, given[i])) {
        fail(where, `${describe(node)}: input ${i} is ${typeName(given[i])}, its body takes ${typeName(x)}`);
      }
    });
    this.graph(body, `${where} / ${describe(node)}`, true);
  }
}

/** What one step of a scan sees: slices in place of sequences. */
const oneStep = ({ inputs, params: { carries, sequences } }: Node<"scan">): Aval[] => inputs.map((x, i) =>
  (i >= carries && i < carries + sequences ? { dtype: x.dtype, shape: x.shape.slice(1) } : x));

function checkScan(node: Node<"scan">, where: string): void {
  const { body: { inputs, outputs }, carries, saved } = node.params;
  if (outputs.length < carries + saved) {
    fail(where, `${describe(node)}: a body with ${outputs.length} outputs has no room for ${carries} carries ` +
      `and ${saved} saved ones`);
  }
  outputs.slice(outputs.length - saved).forEach((y, i) => {
    if (y !== inputs[i]) fail(where, `${describe(node)}: saved result ${i} is not the carry the step began with`);
  });
}

/** The type of a node is what its operation makes of its inputs. */
function checkType(node: Node, where: string): void {
  let made: Aval | readonly Aval[];
  try {
    made = infer(node.op, node.params, node.inputs);
  } catch (error) {
    return fail(where, `${describe(node)}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const wanted = (Array.isArray(made) ? made : [made]) as readonly Aval[];
  const has = node.outs ?? [node];
  if (Array.isArray(made) !== (node.outs !== null) || wanted.length !== has.length) {
    fail(where, `${describe(node)} makes ${wanted.length} output(s), the node has ${has.length}`);
  }
  wanted.forEach((type, i) => {
    if (!sameType(type, has[i]) || (i === 0 && !sameType(type, node))) {
      fail(where, `${describe(node)} makes ${typeName(type)}, the node says ${typeName(i === 0 ? node : has[i])}`);
    }
  });
}

const describe = (node: Node): string => `node ${node.id} (${node.op})`;

function fail(where: string, text: string): never {
  throw new GradusError(`${where}: ${text}`);
}
