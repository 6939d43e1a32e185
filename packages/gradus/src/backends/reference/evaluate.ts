import { UsageError } from "../../vocab/errors.ts";
import { philox } from "../../vocab/random.ts";
import { sizeOf } from "../../vocab/shape.ts";
import { infer } from "../../ir/infer.ts";
import { Node, topologicalOrder, type Aval, type Graph } from "../../ir/node.ts";
import type { ArithmeticOp, CompareOp, Op, OpParams, UnaryOp } from "../../ir/op.ts";
import { contract } from "./contract.ts";
import { store, type Dense } from "./dense.ts";
import { arithmetic, bitcast, cast, compare, unary, where } from "./elementwise.ts";
import { gather, scatter, sort } from "./indexing.ts";
import { recurrence, scan } from "./loops.ts";
import {
  concat, expand, flip, foldWindows, pad, permute, reshape, slice, sliceAt, updateAt, windows,
} from "./movement.ts";
import { argReduce, reduce } from "./reduce.ts";

/** What one operation does to values. The node tells the shape and dtype of what is made. */
type Rule<K extends Op> = (params: OpParams[K], inputs: readonly Dense[], node: Node) => Dense | readonly Dense[];

const one = (op: UnaryOp): Rule<UnaryOp> => (_, inputs, node) => unary(op, inputs, node);
const two = (op: ArithmeticOp): Rule<ArithmeticOp> => (_, inputs, node) => arithmetic(op, inputs, node);
const test = (op: CompareOp): Rule<CompareOp> => (_, inputs, node) => compare(op, inputs, node);

/** The meaning of every primitive. Results are computed in float64 and rounded once, to the dtype they are kept in. */
export const EVALUATE: { readonly [K in Op]: Rule<K> } = {
  buffer: (_, __, node) => {
    throw new UsageError(`buffer: node ${node.id} stands for an argument and has no value of its own; upload one`);
  },
  constant: ({ value }, _, node) => store(node, Float64Array.of(value)),
  iota: ({ size }, _, node) => store(node, Float64Array.from({ length: size }, (_, i) => i)),
  random,

  neg: one("neg"), abs: one("abs"), sign: one("sign"), floor: one("floor"), ceil: one("ceil"), round: one("round"),
  trunc: one("trunc"), sqrt: one("sqrt"), reciprocal: one("reciprocal"), exp: one("exp"), log: one("log"),
  expm1: one("expm1"), log1p: one("log1p"), sin: one("sin"), cos: one("cos"), tanh: one("tanh"),
  sigmoid: one("sigmoid"), erf: one("erf"), not: one("not"),
  cast, bitcast,

  add: two("add"), sub: two("sub"), mul: two("mul"), div: two("div"), pow: two("pow"), maximum: two("maximum"),
  minimum: two("minimum"), remainder: two("remainder"), bitAnd: two("bitAnd"), bitOr: two("bitOr"),
  bitXor: two("bitXor"), shiftLeft: two("shiftLeft"), shiftRight: two("shiftRight"),
  eq: test("eq"), ne: test("ne"), lt: test("lt"), le: test("le"), gt: test("gt"), ge: test("ge"),
  where,

  reshape, permute, expand, pad, slice, flip, concat, sliceAt, updateAt, windows, foldWindows,
  reduce, argReduce, gather, scatter, contract, recurrence, sort,

  scan: (params, inputs, node) => scan(params, inputs, node, interpret),
  composite: ({ body }, inputs) => interpret(body, inputs),
  /** Its inputs are all the outputs of the node it picks from. */
  project: ({ index }, inputs) => inputs[index],
};

/** Element i is the first word of the block with counter (i, 0, offset) under the key (seed). */
function random({ shape }: OpParams["random"], [{ data: state }]: readonly Dense[]): Dense {
  const [seedLow, seedHigh, offsetLow, offsetHigh] = state;
  const data = new Uint32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = philox([i, 0, offsetLow, offsetHigh], [seedLow, seedHigh])[0];
  return { shape, dtype: "u32", data };
}

/** Runs one operation: one value for each of its outputs. */
export function evaluate(node: Node, inputs: readonly Dense[]): readonly Dense[] {
  const made = (EVALUATE[node.op] as Rule<Op>)(node.params, inputs, node);
  return Array.isArray(made) ? (made as readonly Dense[]) : [made as Dense];
}

/** Applies an operation to values that belong to no graph. */
export function apply<K extends Op>(op: K, params: OpParams[K], inputs: readonly Dense[]): readonly Dense[] {
  const made = infer(op, params, inputs);
  const outs = Array.isArray(made) ? (made as readonly Aval[]) : null;
  const { shape, dtype } = outs === null ? (made as Aval) : outs[0];
  return evaluate(new Node(op, params, [], shape, dtype, outs), inputs);
}

/** The outputs of a graph for values of its inputs: every node in order, once. */
export function interpret(graph: Graph, inputs: readonly Dense[]): readonly Dense[] {
  const values = new Map<Node, readonly Dense[]>(graph.inputs.map((node, i) => [node, [inputs[i]]]));
  for (const node of topologicalOrder(graph.outputs)) {
    if (values.has(node)) continue;
    const given = node.op === "project"
      ? values.get(node.inputs[0])!
      : node.inputs.map((input) => values.get(input)![0]);
    values.set(node, evaluate(node, given));
  }
  return graph.outputs.map((node) => values.get(node)![0]);
}
