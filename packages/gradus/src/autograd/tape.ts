import type { DType } from "../vocab/dtype.ts";
import type { Shape } from "../vocab/shape.ts";
import { Node, type Aval } from "../ir/node.ts";
import type { Op, OpParams } from "../ir/op.ts";
import type { VjpRow } from "./rule.ts";
import { VJP } from "./vjp.ts";

/** The identity of a value that may change: a parameter, a buffer, an optimizer's slot. */
export class Leaf implements Aval {
  readonly op = "buffer";
  readonly params: OpParams["buffer"];
  readonly inputs: readonly Node[] = [];
  readonly outs = null;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The tensor that users hold. */
  readonly node: Node;
  constructor(node: Node) {
    this.node = node;
    this.shape = node.shape;
    this.dtype = node.dtype;
    this.params = { shape: node.shape, dtype: node.dtype };
  }
}

/**
 * How an eager tensor was made, kept only where a gradient may be asked. It holds the numbers that the gradient rule
 * declares, and for every other operand a stand-in that knows shape, dtype and origin.
 */
export class Tape implements Aval {
  readonly op: Op;
  readonly params: OpParams[Op];
  inputs: readonly Node[];
  /** The results, if the rule saves them. */
  outputs: readonly Node[] = [];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly outs: readonly Aval[] | null;
  released = false;

  /** `snapshot` copies a reference to numbers that State may replace before backward runs. */
  constructor(node: Node, snapshot: (node: Node) => Node) {
    const row = VJP[node.op] as VjpRow<Op>;
    this.op = node.op;
    this.params = node.params;
    this.shape = node.shape;
    this.dtype = node.dtype;
    this.outs = node.outs;
    this.inputs = node.inputs.map((x, i) => {
      if (row.inputs !== "all" && !row.inputs.includes(i)) return standIn(x);
      return x.tape instanceof Leaf ? snapshot(x) : x;
    });
  }
  /** Whether the rule wants the numbers of the result. */
  get savesOutput(): boolean {
    return (VJP[this.op] as VjpRow<Op>).output;
  }
  /** Lets go of the saved numbers, once backward has used them. */
  release(): void {
    this.released = true;
    this.inputs = this.inputs.map(standIn);
    this.outputs = [];
  }
}

/** A node without numbers in place of x: same shape, dtype and origin. */
export function standIn(x: Node): Node {
  if (x.requiresGrad && x.tape === null) return x;
  const twin = new Node("buffer", { shape: x.shape, dtype: x.dtype }, [], x.shape, x.dtype, x.outs);
  twin.requiresGrad = x.requiresGrad;
  twin.tape = x.tape;
  return twin;
}
