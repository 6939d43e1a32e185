import { DTYPES, type DType } from "../../vocab/dtype.ts";
import { UsageError } from "../../vocab/errors.ts";
import { sameShape } from "../../vocab/shape.ts";
import type { Node } from "../../ir/node.ts";
import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from "./proto.ts";
import { dataTypeOf } from "./proto.ts";

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** How a size depends on the batch: the program was traced with these two batch sizes; null: sizes are fixed. */
export interface Batch {
  readonly first: number;
  readonly second: number;
  /** The input whose leading axis is the batch. */
  readonly input: string;
}

/** What all graphs of a model share: constants, and names that occur once. */
class Shared {
  readonly initializers = new Map<string, OnnxTensor>();
  readonly constants = new Map<string, string>();
  readonly batch: Batch | null;
  #count = 0;

  constructor(batch: Batch | null) {
    this.batch = batch;
  }
  name(): string {
    return `v${this.#count++}`;
  }
}

/** Writes nodes of a graph of ONNX; values are their names. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly shared: Shared;
  /** The model's own graph: what stands there is seen in the bodies of loops too. */
  readonly root: GraphBuilder;
  /** What each of our nodes became: a name per output. */
  readonly names: Map<Node, readonly string[]>;
  /** Where reshaped values came from. */
  readonly #reshaped = new Map<string, { readonly source: string; readonly shape: readonly number[] }>();
  #batch: string | null = null;

  constructor(batch: Batch | null, parent?: GraphBuilder) {
    this.shared = parent?.shared ?? new Shared(batch);
    this.root = parent?.root ?? this;
    this.names = new Map(parent?.names);
  }
  /** A graph inside this one: the body of a loop. */
  inner(): GraphBuilder {
    return new GraphBuilder(null, this);
  }
  name(): string {
    return this.shared.name();
  }
  /** Writes a node of one output. */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.several(op, inputs, 1, attributes)[0];
  }
  /** Writes a node of several outputs. */
  several(op: string, inputs: readonly string[], count: number, attributes: Attributes = {}): string[] {
    const outputs = Array.from({ length: count }, () => this.name());
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }
  cast(x: string, from: OnnxType, to: OnnxType): string {
    return from === to ? x : this.node("Cast", [x], { to: dataTypeOf(to) });
  }

  /** A constant, written once for all that need it. */
  constant(dtype: OnnxType, shape: readonly number[], values: readonly number[]): string {
    const key = `${dtype}|${shape.join()}|${values.map((v) => (Object.is(v, -0) ? "-0" : v)).join()}`;
    let name = this.shared.constants.get(key);
    if (name === undefined) {
      name = this.name();
      this.shared.constants.set(key, name);
      this.shared.initializers.set(name, { dtype, shape, bytes: bytesOf(dtype, values) });
    }
    return name;
  }
  scalar(value: number, dtype: OnnxType): string {
    return this.constant(dtype, [], [value]);
  }
  /** A vector of 64-bit integers that are the same for every batch. */
  ints(values: readonly number[]): string {
    return this.constant("i64", [values.length], values);
  }
  /** A vector of sizes; where those of the two traces differ, they are computed from the batch. */
  sizes(first: readonly number[], second: readonly number[]): string {
    if (sameShape(first, second)) return this.ints(first);
    const parts = first.map((size, i) => (size === second[i] ? this.ints([size]) : this.#ofBatch(size, second[i])));
    return parts.length === 1 ? parts[0] : this.node("Concat", parts, { axis: 0 });
  }
  /** The size factor * batch + rest that both traces agree with, as a vector of one. */
  #ofBatch(first: number, second: number): string {
    const { batch } = this.shared;
    if (batch === null) throw new UsageError("exportOnnx: a size differs between equal traces");
    const factor = (second - first) / (batch.second - batch.first), rest = first - factor * batch.first;
    if (!Number.isInteger(factor)) {
      throw new UsageError(`exportOnnx: a size is ${first} for batches of ${batch.first} and ${second} for batches ` +
        `of ${batch.second}, which is no multiple of the batch; export with a fixed batch`);
    }
    const { root } = this;
    root.#batch ??= root.node("Gather", [root.node("Shape", [batch.input]), root.ints([0])], { axis: 0 });
    const product = factor === 1 ? root.#batch : this.node("Mul", [root.#batch, this.ints([factor])]);
    return rest === 0 ? product : this.node("Add", [product, this.ints([rest])]);
  }
  /** Throws where something that ONNX fixes would depend on the batch. */
  fixed(first: readonly number[], second: readonly number[], what: string): readonly number[] {
    if (sameShape(first, second)) return first;
    throw new UsageError(`exportOnnx: ${what} depends on the size of the batch; export with a fixed batch`);
  }

  /** `x`, of the shape `from`, in another shape. Reshapes in a row become one. */
  reshape(x: string, from: readonly number[], first: readonly number[], second: readonly number[]): string {
    const { source, shape } = this.#reshaped.get(x) ?? { source: x, shape: from };
    if (sameShape(shape, first)) return source;
    const free = first.flatMap((size, i) => (size === second[i] ? [] : [i]));
    const sizes = free.length === 1 && !first.includes(0)
      ? this.ints(first.map((size, i) => (i === free[0] ? -1 : size))) : this.sizes(first, second);
    const made = this.node("Reshape", [source, sizes], first.includes(0) ? { allowzero: 1 } : {});
    this.#reshaped.set(made, { source, shape });
    return made;
  }
  transpose(x: string, axes: readonly number[]): string {
    return axes.every((axis, i) => axis === i) ? x : this.node("Transpose", [x], { perm: axes });
  }
}

function bytesOf(dtype: OnnxType, values: readonly number[]): Uint8Array {
  if (dtype === "i64") return new Uint8Array(BigInt64Array.from(values, (v) => BigInt(v)).buffer);
  if (dtype === "f16" || dtype === "bf16") throw new UsageError(`exportOnnx: constants of ${dtype} are made by a cast`);
  const data = new DTYPES[dtype satisfies DType].array(values.length);
  data.set(values);
  return new Uint8Array(data.buffer);
}

/** The nodes of a graph that its outputs need. */
export function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const wanted = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((name) => wanted.has(name))) continue;
    kept.push(node);
    for (const name of usedBy(node)) wanted.add(name);
  }
  return kept.reverse();
}
/** Values that a node reads, those inside of its bodies too. */
export function* usedBy(node: OnnxNode): Generator<string> {
  yield* node.inputs;
  for (const value of Object.values(node.attributes)) {
    if (typeof value === "object" && "nodes" in value) for (const inner of value.nodes) yield* usedBy(inner);
  }
}
