import { UsageError } from "../../vocab/errors.ts";
import type { DType } from "../../vocab/dtype.ts";
import { formatShape } from "../../vocab/shape.ts";
import { withGradients } from "../../ir/emit.ts";
import { isOp, topologicalOrder, type Graph, type Node } from "../../ir/node.ts";
import type { Op } from "../../ir/op.ts";
import { placeholder } from "../../ops/loop.ts";
import { read } from "../../exec/read.ts";
import type { Layer } from "../../nn/module.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../../nn/module.ts";
import { withSpans, type Span } from "../../explain/spans.ts";
import { traceFunction } from "../../explain/trace.ts";
import { GraphBuilder, needed, usedBy, type Batch } from "./builder.ts";
import { COMPOSITES } from "./composites.ts";
import { contract } from "./contract.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { INDEXING } from "./indexing.ts";
import { LOOPS } from "./loops.ts";
import { MOVEMENT } from "./movement.ts";
import { encodeModel, type OnnxTensor, type OnnxValue } from "./proto.ts";
import { WORK, type OnnxRule, type Rules } from "./rule.ts";

export interface OnnxOptions {
  /** Names of the inputs (default "input", or "input0", "input1", ...). */
  readonly inputNames?: readonly string[];
  /** Names of the results (default "output", or "output0", "output1", ...). */
  readonly outputNames?: readonly string[];
  /** Let the first axis of every input be of any size. */
  readonly dynamicBatch?: boolean;
  /** What the graph is called (default "gradus"). */
  readonly name?: string;
}
type Forward = (...inputs: Tensor[]) => unknown;

/** How each primitive is written. */
const RULES: { readonly [K in Op]: OnnxRule<K> } = {
  ...ELEMENTWISE, ...MOVEMENT, ...INDEXING, ...LOOPS, contract,
  buffer: () => { throw new UsageError("exportOnnx: a value of another program is used; return it as an input"); },
  constant: ({ g, node: { params: { value }, dtype } }) => {
    const made = g.scalar(value, WORK[dtype]);
    return g.cast(made, WORK[dtype], dtype);
  },
  iota: ({ g, node, twin }) => {
    const type = WORK[node.dtype], { size } = node.params;
    const stop = size === twin.params.size ? g.scalar(size, type)
      : g.cast(g.node("Squeeze", [g.sizes([size], [twin.params.size])]), "i64", type);
    return g.cast(g.node("Range", [g.scalar(0, type), stop, g.scalar(1, type)]), type, node.dtype);
  },
  random: () => {
    throw new UsageError("exportOnnx: the program draws random numbers, whose generator ONNX does not have; " +
      "call eval() on the model first");
  },
  composite: (site) => {
    const { definition, attributes, body } = site.node.params;
    const rule = Object.hasOwn(COMPOSITES, definition.name) ? COMPOSITES[definition.name] : null;
    const isPlain = site.node.inputs.every(({ dtype }) => dtype === "f32" || dtype === "f64");
    return (isPlain ? rule?.(site, attributes) : null) ??
      site.inline(site.g, body, site.twin.params.body, site.inputs);
  },
  project: ({ g, node }) => g.names.get(node.inputs[0])![node.params.index],
} satisfies Rules<Op>;

/** Which part of a model wrote a node down, as the end of a sentence. */
type PlaceOf = (node: Node) => string;
/** Writes a graph; `twin` is the same graph for another batch size. Returns the names of its outputs. */
function write(g: GraphBuilder, graph: Graph, twin: Graph, placeOf?: PlaceOf): string[] {
  const nodes = topologicalOrder(graph.outputs), twins = topologicalOrder(twin.outputs);
  if (nodes.length !== twins.length || nodes.some(({ op }, i) => op !== twins[i].op)) {
    throw new UsageError("exportOnnx: the program itself depends on the size of the batch; export with a fixed batch");
  }
  nodes.forEach((node, i) => {
    if (g.names.has(node)) return;
    const rule = RULES[node.op] as OnnxRule<Op>;
    const inputs = node.inputs.map((x) => g.names.get(x)![0]);
    try {
      const made = rule({ g, node, twin: twins[i], inputs, inline });
      g.names.set(node, typeof made === "string" ? [made] : made);
    } catch (cause) {
      if (placeOf === undefined || !(cause instanceof UsageError)) throw cause;
      throw new UsageError(`${cause.message} (${placeOf(node)})`, { cause });
    }
  });
  return graph.outputs.map((y) => g.names.get(y)![0]);
}
/** The body of a loop or a composite may be written several times, each time for other values. */
function inline(g: GraphBuilder, graph: Graph, twin: Graph, inputs: readonly string[]): string[] {
  const before = new Map(g.names);
  const own = topologicalOrder(graph.outputs).filter((node) => !isOp(node, "buffer"));
  for (const node of own) g.names.delete(node);
  graph.inputs.forEach((x, i) => { g.names.set(x, [inputs[i]]); });
  const outputs = write(g, graph, twin);
  g.names.clear();
  for (const [node, names] of before) g.names.set(node, names);
  return outputs;
}

/**
 * Writes what a model computes as an ONNX file (operator set 20): its forward pass for inputs of these shapes and
 * dtypes, as recorded by `compile`. Parameters and buffers keep the keys of the state dict. Operations that ONNX has
 * are written as such, and all others as the primitives they are made of. With `dynamicBatch` the first axis of every
 * input may have any size. Throws a UsageError that names operation and layer for what ONNX cannot say: random numbers
 * (a model in training mode), reading the bits of a number as another type, convolutions over more than three axes.
 * Source: onnx.ai/onnx, Operator Schemas and IR.
 */
export async function exportOnnx(
  model: Module | Forward, inputs: readonly Tensor[], options: OnnxOptions = {},
): Promise<Uint8Array> {
  const forward: Forward = model instanceof Module
    ? (...given) => (model as Layer).forward(...(given as [Tensor])) : model;
  const named = (given: readonly string[] | undefined, what: string, count: number): readonly string[] =>
    checkNames(given ?? Array.from({ length: count }, (_, i) => (count === 1 ? what : `${what}${i}`)), count, what);
  const inputNames = named(options.inputNames, "input", inputs.length);
  const dynamic = options.dynamicBatch === true ? batchOf(inputs, inputNames) : null;
  const traceWith = (batch: number | null): Graph => {
    const given = inputs.map(({ shape, dtype }) =>
      placeholder({ dtype, shape: batch === null ? shape : [batch, ...shape.slice(1)] }));
    const { graph, results } = withGradients(false, () => traceFunction(forward, given));
    return { inputs: graph.inputs, outputs: graph.outputs.slice(0, results) };
  };
  const record = (): Graph => traceWith(dynamic?.first ?? null);
  const { result: graph, spans } = model instanceof Module ? withSpans(model, record)
    : { result: record(), spans: [] };
  const twin = dynamic === null ? graph : traceWith(dynamic.second);

  const g = new GraphBuilder(dynamic);
  graph.inputs.forEach((x, i) => { g.names.set(x, [inputNames[i]]); });
  const weights = await nameWeights(g, graph, model, inputNames);
  const results = write(g, graph, twin, placesIn(model, spans));
  const outputNames = named(options.outputNames, "output", results.length);
  results.forEach((name, i) => {
    g.nodes.push({ op: "Identity", inputs: [name], outputs: [outputNames[i]], attributes: {} });
  });
  const nodes = needed(g.nodes, outputNames);
  const used = new Set(nodes.flatMap((node) => [...usedBy(node)]));
  const valueOf = (node: Node, other: Node, name: string): OnnxValue => ({
    name, dtype: node.dtype, shape: node.shape.map((n, i) => (n === other.shape[i] ? n
      : n === dynamic?.first && other.shape[i] === dynamic.second ? "batch" : null)),
  });
  return encodeModel({
    nodes, initializers: new Map([...weights, ...g.shared.initializers].filter(([name]) => used.has(name))),
    inputs: graph.inputs.map((x, i) => valueOf(x, twin.inputs[i], inputNames[i])),
    outputs: graph.outputs.map((y, i) => valueOf(y, twin.outputs[i], outputNames[i])),
  }, options.name ?? "gradus");
}

/** Says where a node comes from: the operation, and the innermost layer that wrote it down. */
function placesIn(model: Module | Forward, spans: readonly Span[]): PlaceOf {
  const names = new Map(model instanceof Module ? model.namedModules().map(([name, module]) => [module, name]) : []);
  return (node) => {
    const operation = isOp(node, "composite") ? node.params.definition.name : node.op;
    const span = spans.find(({ from, to }) => node.id > from && node.id < to);
    if (span === undefined) return `operation ${operation}`;
    const name = names.get(span.module) ?? "";
    const layer = name === "" ? "the model" : `layer "${name}"`;
    return `operation ${operation} in ${layer}, ${span.module.constructor.name}`;
  };
}
function checkNames(names: readonly string[], count: number, what: string): readonly string[] {
  if (names.length === count && new Set(names).size === count && !names.includes("")) return names;
  throw new UsageError(`exportOnnx: there are ${count} ${what}s, and their names are ${JSON.stringify(names)}; give ` +
    "each a name of its own");
}
/** Sizes of batch to trace with: primes, so that they are not mistaken for other sizes. */
function batchOf(inputs: readonly Tensor[], names: readonly string[]): Batch {
  const flat = inputs.findIndex(({ shape }) => shape.length === 0);
  if (flat >= 0 || inputs.length === 0) {
    throw new UsageError(`exportOnnx: dynamicBatch needs inputs with a first axis, and input ${Math.max(flat, 0)} ` +
      `has shape ${formatShape(inputs[flat]?.shape ?? [])}`);
  }
  return { first: 5, second: 7, input: names[0] };
}

/** Names every stored tensor that the program uses, and copies its numbers. */
async function nameWeights(
  g: GraphBuilder, graph: Graph, model: Module | Forward, taken: readonly string[],
): Promise<Map<string, OnnxTensor>> {
  const keys = new Map(model instanceof Module
    ? [...model.namedParameters(), ...model.namedBuffers()].map(([key, x]) => [x, key]) : []);
  const weights = new Map<string, OnnxTensor>();
  for (const node of buffersOf(graph)) {
    if (g.names.has(node)) continue;
    let name = keys.get(node) ?? `constant${weights.size}`;
    while (taken.includes(name) || weights.has(name)) name = `${name}_`;
    const { buffer, byteOffset, byteLength } = await read(node);
    weights.set(name, {
      dtype: node.dtype satisfies DType, shape: node.shape, bytes: new Uint8Array(buffer, byteOffset, byteLength),
    });
    g.names.set(node, [name]);
  }
  return weights;
}
/** Leaves of a graph with numbers, those that the bodies of its loops use too. */
function buffersOf(graph: Graph): Node[] {
  return topologicalOrder(graph.outputs).flatMap((node) => {
    if (isOp(node, "scan") || isOp(node, "composite")) return buffersOf(node.params.body);
    return isOp(node, "buffer") && node.storage !== null ? [node] : [];
  });
}
