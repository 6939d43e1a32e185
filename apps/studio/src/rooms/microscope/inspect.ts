import { explain, grad, onesLike, tensor, type CallExplanation, type Explanation, type Tensor } from "gradus";
import { parseGraph, parseLine, type GraphNode, type PrintedGraph } from "../../graph/parse.ts";
import { evaluate, type Step } from "./evaluate.ts";
import { parseExpression, parseInputs } from "./parse.ts";

/** One operation of the expression and all that came of it. */
export interface Row {
  readonly text: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Lines of the expression's graph, and of its gradient's. */
  readonly graph: readonly string[];
  readonly gradient: readonly string[];
  /** The kernels that compute it, by their place in `bands`. */
  readonly bands: readonly number[];
}
/** One kernel in the order of running, with the operations that begin in it. */
export interface Band {
  readonly name: string;
  readonly units: number;
  readonly work: number;
  readonly ir: string;
  readonly source: string;
  readonly rows: readonly number[];
}
export interface View {
  readonly rows: readonly Row[];
  readonly bands: readonly Band[];
  readonly arguments: readonly string[];
  /** Why there is no gradient, or null. */
  readonly noGradient: string | null;
  readonly gradientOperations: number;
  readonly backend: string;
  readonly scratchBytes: number;
}

/** All nodes that outputs need, each after its inputs: the order in which graphs are printed. */
function inPrintedOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [], seen = new Set<Tensor>();
  const visit = (node: Tensor): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.inputs.forEach(visit);
    order.push(node);
  };
  outputs.forEach(visit);
  return order;
}

/** Lines of a printed graph by the node that they stand for. */
function linesOf(graph: PrintedGraph, outputs: readonly Tensor[], inputs: readonly Tensor[]): Map<Tensor, GraphNode> {
  const printed = graph.nodes.filter(({ op }) => op !== "argument");
  const nodes = inPrintedOrder(outputs).filter((node) => !inputs.includes(node));
  return new Map(nodes.map((node, i) => [node, printed[i]]));
}

/** Whose work a node is: the first operation whose result needs it. */
function owners(steps: readonly Step[], inputs: readonly Tensor[]): Map<Tensor, number> {
  const owner = new Map<Tensor, number>();
  steps.forEach(({ output }, i) => {
    for (const node of inPrintedOrder([output])) {
      if (!inputs.includes(node) && !owner.has(node)) owner.set(node, i);
    }
  });
  return owner;
}

export function inspect(expressionText: string, inputsText: string): View {
  const expression = parseExpression(expressionText), declared = parseInputs(inputsText);
  const inputs = declared.map(({ shape, dtype }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return dtype === "f32" ? tensor(new Float32Array(count), { shape: [...shape], requiresGrad: true })
      : tensor(new Int32Array(count), { shape: [...shape] });
  });
  const given = (values: readonly Tensor[]) => Object.fromEntries(declared.map(({ name }, i) => [name, values[i]]));
  const seen: { steps: readonly Step[]; result: Tensor; places: readonly Tensor[] }[] = [];
  const explanation = explain((...values: readonly Tensor[]) => {
    const { result, steps } = evaluate(expression, given(values));
    seen.push({ steps, result, places: values });
    return result;
  }, inputs);
  const [{ steps, result, places }] = seen;
  const graph = parseGraph(explanation.graph);
  const lines = linesOf(graph, [result], places), owner = owners(steps, places);
  const graphOf = (i: number): GraphNode[] =>
    [...lines].filter(([node]) => owner.get(node) === i).map(([, line]) => line).filter((line) => line !== undefined);
  const backward = gradientLines(expressionText, inputs, given);
  const { bands, bandsOf } = kernelsOf(explanation, steps.map((_, i) => graphOf(i)), graph);
  for (const x of inputs) x.dispose();
  return {
    rows: steps.map(({ name, from, to, output }, i) => ({
      text: expressionText.slice(from, to), name, from, to, shape: [...output.shape], dtype: output.dtype,
      graph: graphOf(i).map(({ text }) => text), gradient: backward.lines[i] ?? [], bands: bandsOf[i],
    })),
    bands,
    arguments: graph.nodes.filter(({ op }) => op === "argument").map(({ text }, i) => `${declared[i].name} is ${text}`),
    noGradient: backward.why, gradientOperations: backward.lines.flat().length, backend: explanation.backend,
    scratchBytes: explanation.memory?.scratchBytes ?? 0,
  };
}

/** An expression with the gradient that arrives at each of its values. */
interface Walk {
  readonly steps: readonly Step[];
  readonly outputs: readonly Tensor[];
  readonly places: readonly Tensor[];
  readonly result: Tensor;
  readonly at: ReadonlyMap<Tensor, Tensor>;
}

/** The gradient's operations by the operation of the expression whose rule wrote them down. */
function gradientLines(
  text: string, inputs: readonly Tensor[], given: (values: readonly Tensor[]) => Readonly<Record<string, Tensor>>,
): { readonly lines: readonly (readonly string[])[]; readonly why: string | null } {
  const expression = parseExpression(text);
  const walks: Walk[] = [];
  let why: string | null = null;
  const explanation = explain((...values: readonly Tensor[]) => {
    const { result, steps } = evaluate(expression, given(values));
    if (!result.requiresGrad || !result.dtype.startsWith("f")) {
      why = "The result does not depend smoothly on any input, so there is no gradient.";
      return result;
    }
    const wanted = [...new Set([...values, ...steps.map(({ output }) => output)])].filter((node) => node.requiresGrad);
    const made = grad(result, wanted, { gradient: onesLike(result) });
    const at = new Map(wanted.flatMap((node, i) => (made[i] === null ? [] : [[node, made[i]] as const])));
    const gradients = values.flatMap((value) => at.get(value) ?? []);
    if (gradients.length === 0) why = "No input has a part in this result.";
    // The result stands first, so that both texts number the expression alike.
    const outputs = [result, ...gradients];
    walks.push({ steps, outputs, places: values, result, at });
    return outputs;
  }, inputs);
  if (why !== null || walks.length === 0) return { lines: [], why: why ?? "There is no gradient." };
  const [{ steps, outputs, places, result, at }] = walks;
  const lines = linesOf(parseGraph(explanation.graph), outputs, places);
  const forward = new Set(inPrintedOrder([result]));
  const needs = (node: Tensor | undefined): Set<Tensor> => new Set(node === undefined ? [] : inPrintedOrder([node]));
  const owned = new Map<Tensor, number>();
  // From the end of the expression to its beginning, as the walk backwards goes.
  for (let i = steps.length - 1; i >= 0; i--) {
    const before = needs(at.get(steps[i].output));
    // The walk begins with the gradient that arrives at the result itself: ones.
    if (i === steps.length - 1) for (const node of before) if (!forward.has(node)) owned.set(node, i);
    for (const operand of steps[i].operands) {
      for (const node of needs(at.get(operand))) {
        if (!forward.has(node) && !before.has(node) && !owned.has(node)) owned.set(node, i);
      }
    }
  }
  return {
    why: null,
    lines: steps.map((_, i) =>
      [...lines].filter(([node]) => owned.get(node) === i).flatMap(([, line]) => line?.text ?? [])),
  };
}

/** A value by what it is made of, a few operations deep: the numbers that lines are called by change between texts. */
type Keys = (id: string) => string;
function keysOf(nodes: readonly Omit<GraphNode, "body">[], inner: ReadonlyMap<string, string> = new Map()): Keys {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const key = (id: string, depth: number): string => {
    const at = inner.get(id) ?? id, node = known.get(at);
    if (node === undefined || node.op === "argument" || node.op === "buffer") return "leaf";
    const own = `${node.op}{${node.parameters}}[${node.shape.join()}]`;
    return depth === 0 ? own : `${own}(${node.inputs.map((input) => key(input, depth - 1)).join()})`;
  };
  return (id) => key(id, 3);
}

/** Bodies of composites in place of their calls, so that keys see through them. */
function flattened(graph: PrintedGraph): { nodes: GraphNode[]; links: Map<string, string>; home: Map<string, string> } {
  const nodes: GraphNode[] = [], links = new Map<string, string>(), home = new Map<string, string>();
  const visit = ({ nodes: list }: PrintedGraph, top: string | null): void => {
    for (const node of list) {
      if (node.body === null || !node.composite) {
        nodes.push(node);
        home.set(node.id, top ?? node.id);
        continue;
      }
      node.body.nodes.filter(({ op }) => op === "argument").forEach((argument, i) => {
        links.set(argument.id, resolve(node.inputs[i]));
      });
      visit({ ...node.body, nodes: node.body.nodes.filter(({ op }) => op !== "argument") }, top ?? node.id);
      links.set(node.id, resolve(node.body.outputs[0]));
    }
  };
  const resolve = (id: string): string => links.get(id) ?? id;
  visit(graph, null);
  return { nodes, links, home };
}

/** Kernels in the order they run, and for every operation those that compute a part of it. */
function kernelsOf(
  explanation: Explanation, ownLines: readonly (readonly GraphNode[])[], graph: PrintedGraph,
): { readonly bands: Band[]; readonly bandsOf: readonly (readonly number[])[] } {
  const { nodes, links, home } = flattened(graph);
  const key = keysOf(nodes, links);
  const stepOf = new Map(ownLines.flatMap((list, i) => list.map(({ id }) => [id, i] as const)));
  const wanted = new Map<string, number>();
  for (const { id, op } of nodes) {
    const step = stepOf.get(home.get(id) ?? id);
    if (step !== undefined && !["constant", "reshape", "expand", "permute"].includes(op) && !wanted.has(key(id))) {
      wanted.set(key(id), step);
    }
  }
  const groupLines = explanation.groups.map(({ lines }) => lines.map(parseLine).filter((line) => line !== null));
  const groupKey = keysOf(groupLines.flat());
  const calls = explanation.phases.flatMap(({ calls: list }) => list);
  const bandsOf = ownLines.map((): number[] => []);
  groupLines.forEach((lines, group) => {
    const band = bandOfGroup(group, groupLines.length, calls);
    for (const { id } of lines) {
      const step = wanted.get(groupKey(id));
      if (step !== undefined && band >= 0 && !bandsOf[step].includes(band)) bandsOf[step].push(band);
    }
  });
  // What only looks at numbers differently is done where they are used.
  bandsOf.forEach((list, i) => {
    if (list.length > 0 || calls.length === 0) return;
    list.push(bandsOf.slice(i).find((next) => next.length > 0)?.[0] ?? bandsOf[i - 1]?.at(-1) ?? 0);
  });
  const kernels = kernelOfCalls(explanation, calls);
  return {
    bandsOf,
    bands: calls.map(({ kernel, units, work }, i) => ({
      name: kernel, units, work, ir: kernels[i]?.ir ?? "", source: kernels[i]?.source ?? "",
      rows: bandsOf.flatMap((list, step) => (list[0] === i ? [step] : [])),
    })),
  };
}
/** Kernels that lay numbers out for the next one. */
const PREPARES: ReadonlySet<string> = new Set(["copy", "fill", "aside"]);
/**
 * One call a group, nearly always, besides those that prepare it; where a family of calls belongs to one, they are
 * shared out in order.
 */
function bandOfGroup(group: number, groups: number, calls: readonly CallExplanation[]): number {
  if (groups === calls.length) return group;
  const own = calls.flatMap(({ kernel }, i) => (PREPARES.has(kernel) ? [] : [i]));
  return groups === own.length ? own[group]
    : Math.min(calls.length - 1, Math.floor((group * calls.length) / Math.max(1, groups)));
}

/** The kernel of each call: names may stand for several kernels, which come in the order of their first call. */
function kernelOfCalls({ kernels }: Explanation, calls: readonly CallExplanation[]) {
  const left = kernels.map(({ calls: count }) => count);
  return calls.map(({ kernel }) => {
    const at = kernels.findIndex(({ name }, i) => name === kernel && left[i] > 0);
    if (at >= 0) left[at]--;
    return at >= 0 ? kernels[at] : undefined;
  });
}
