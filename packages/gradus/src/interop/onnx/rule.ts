import type { DType } from "../../vocab/dtype.ts";
import { broadcastShapes, sameShape } from "../../vocab/shape.ts";
import { isOp, type Graph, type Node } from "../../ir/node.ts";
import type { Op } from "../../ir/op.ts";
import type { GraphBuilder } from "./builder.ts";
import type { OnnxType } from "./proto.ts";

/** One of our nodes on its way to ONNX. */
export interface Site<K extends Op> {
  readonly g: GraphBuilder;
  readonly node: Node<K>;
  /** The same node of a trace with another batch size; the node itself where the batch is fixed. */
  readonly twin: Node<K>;
  /** Names of the operands. */
  readonly inputs: readonly string[];
  /** Writes a graph with these values for its inputs, and returns the names of its outputs. */
  readonly inline: (g: GraphBuilder, graph: Graph, twin: Graph, inputs: readonly string[]) => string[];
}
/** How a primitive is written: returns the name of its value, or one per output. */
export type OnnxRule<K extends Op> = (site: Site<K>) => string | readonly string[];
export type Rules<K extends Op> = { readonly [P in K]: OnnxRule<P> };

/** What arithmetic is done in: runtimes have few of their operators for the other types. */
export const WORK: Readonly<Record<DType, OnnxType>> = {
  f32: "f32", f64: "f64", i32: "i32", u32: "i64", i8: "i32", u8: "i32", bool: "i32", f16: "f32", bf16: "f32",
};
/** Operands in the type that arithmetic is done in. */
export const working = ({ g, node }: Site<Op>, names: readonly string[], from = 0): string[] =>
  names.map((name, i) => {
    const { dtype } = node.inputs[from + i];
    return g.cast(name, dtype, WORK[dtype]);
  });
/** Applies an operator of ONNX in the working type, and goes back to the type of the result. */
export function inWorkType(site: Site<Op>, body: (inputs: string[]) => string, names = site.inputs): string {
  const { g, node } = site;
  return g.cast(body(working(site, names)), WORK[node.dtype], node.dtype);
}

/** Operands of an element-wise operation before they were expanded, as far as ONNX's own broadcasting restores that. */
export function unexpanded({ g, node, inputs }: Site<Op>): readonly string[] {
  const sources = node.inputs.map((x) => (isOp(x, "expand") ? x.inputs[0] : x));
  const fits = (chosen: readonly Node[]): boolean =>
    sameShape(chosen.map(({ shape }) => shape).reduce((a, b) => broadcastShapes(a, b)), node.shape);
  const nameOf = (chosen: readonly Node[]): readonly string[] =>
    chosen.map((x, i) => (x === node.inputs[i] ? inputs[i] : g.names.get(x)![0]));
  if (fits(sources)) return nameOf(sources);
  for (let kept = 0; kept < sources.length; kept++) {
    const chosen = sources.map((x, i) => (i === kept ? node.inputs[i] : x));
    if (fits(chosen)) return nameOf(chosen);
  }
  return inputs;
}
