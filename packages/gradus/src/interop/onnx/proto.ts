import { DataError } from "../../vocab/errors.ts";
import type { DType } from "../../vocab/dtype.ts";
import { Message } from "./protobuf.ts";

/** Element types of values in a graph of ONNX: ours, and the 64-bit integers that its shapes are made of. */
export type OnnxType = DType | "i64";
/** Numbers of TensorProto.DataType. */
const DATA_TYPE: Readonly<Record<OnnxType, number>> = {
  f32: 1, u8: 2, i8: 3, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11, u32: 12, bf16: 16,
};
export const dataTypeOf = (dtype: OnnxType): number => DATA_TYPE[dtype];

export interface OnnxTensor {
  readonly dtype: OnnxType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}
/** An attribute; a whole number is written as one, so a float that may be whole stands in `{ float }`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number } | OnnxGraph;
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}
/** A value that enters or leaves a graph; an axis whose size is not fixed has a name or is null. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: OnnxType;
  /** Null: unknown. */
  readonly shape: readonly (number | string | null)[] | null;
}
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
}

/** Version of the operators that we write, and of the format that goes with it. */
export const OPSET = 20;
const IR_VERSION = 9;
/** Protocol buffers end at 2 GiB. */
const LIMIT = 2 ** 31 - 1;

/** A model file. Field numbers: onnx/onnx.proto. */
export function encodeModel(graph: OnnxGraph, name: string): Uint8Array {
  const model = new Message()
    .int(1, IR_VERSION).text(2, "gradus")
    .message(7, encodeGraph(graph, name))
    .message(8, new Message().text(1, "").int(2, OPSET));
  if (model.length > LIMIT) {
    throw new DataError(`the model has ${model.length} bytes, and an ONNX file at most ${LIMIT}; export it in half ` +
      "precision or in parts");
  }
  return model.toBytes();
}
function encodeGraph({ nodes, inputs, outputs, initializers }: OnnxGraph, name: string): Message {
  const graph = new Message();
  nodes.forEach((node, i) => { graph.message(1, encodeNode(node, `${node.op}_${i}`)); });
  graph.text(2, name);
  for (const [key, tensor] of initializers) graph.message(5, encodeTensor(key, tensor));
  for (const value of inputs) graph.message(11, encodeValue(value));
  for (const value of outputs) graph.message(12, encodeValue(value));
  return graph;
}
function encodeNode({ op, inputs, outputs, attributes }: OnnxNode, name: string): Message {
  const node = new Message();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, name).text(4, op);
  for (const [key, value] of Object.entries(attributes)) node.message(5, encodeAttribute(key, value));
  return node;
}
function encodeAttribute(name: string, value: OnnxAttribute): Message {
  const attribute = new Message().text(1, name);
  if (typeof value === "number") return attribute.int(3, value).int(20, 2);
  if (typeof value === "string") return attribute.text(4, value).int(20, 3);
  if ("float" in value) return attribute.float(2, value.float).int(20, 1);
  if ("nodes" in value) return attribute.message(6, encodeGraph(value, name)).int(20, 5);
  for (const item of value) attribute.int(8, item);
  return attribute.int(20, 7);
}
function encodeTensor(name: string, { dtype, shape, bytes }: OnnxTensor): Message {
  const tensor = new Message();
  for (const size of shape) tensor.int(1, size);
  return tensor.int(2, DATA_TYPE[dtype]).text(8, name).bytes(9, bytes);
}
function encodeValue({ name, dtype, shape }: OnnxValue): Message {
  const type = new Message().int(1, DATA_TYPE[dtype]);
  if (shape !== null) {
    const axes = new Message();
    for (const size of shape) {
      const axis = new Message();
      if (typeof size === "number") axis.int(1, size);
      else if (size !== null) axis.text(2, size);
      axes.message(1, axis);
    }
    type.message(2, axes);
  }
  return new Message().text(1, name).message(2, new Message().message(1, type));
}
