import type { DType } from "../vocab/dtype.ts";
import type { Shape } from "../vocab/shape.ts";
import type { Op, OpParams } from "./op.ts";

/** What is known of a value before it is computed. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Where an evaluated node keeps its numbers; only `exec` and `runtime` look inside. */
export interface Storage {
  readonly kind: "storage";
}

let nextId = 0;

/**
 * One application of a primitive: what a user holds as a tensor. A node is a value: it never changes what it means.
 * `storage` is filled in by eager execution and stays empty in a trace.
 */
export class Node<K extends Op = Op> implements Aval {
  readonly id: number = nextId++;
  readonly op: K;
  readonly params: OpParams[K];
  readonly inputs: readonly Node[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** For operations with several outputs, what each is; `shape` and `dtype` are then those of the first. */
  readonly outs: readonly Aval[] | null;
  /** The numbers, once computed. */
  storage: Storage | null = null;
  /** True when a gradient may be asked through this node. */
  requiresGrad = false;
  /** How it was made, where a gradient may be asked for; see `autograd/tape.ts`. */
  tape: object | null = null;
  /** The gradient that `backward` has summed up here. */
  grad: Tensor | null = null;
  /** Where it was written: layer names, outermost first. */
  label: string | null = null;

  constructor(
    op: K, params: OpParams[K], inputs: readonly Node[], shape: Shape, dtype: DType, outs: readonly Aval[] | null,
  ) {
    this.op = op;
    this.params = params;
    this.inputs = inputs;
    this.shape = shape;
    this.dtype = dtype;
    this.outs = outs;
  }
}

/**
 * A tensor: numbers of one dtype in some shape, and how they were made, which is all that a gradient needs. It is a
 * value and never changes what it means. `tensor`, `zeros`, `rand` and all operations make them; `instanceof` knows
 * them.
 */
export interface Tensor extends Node {}
export const Tensor: abstract new (...parts: never[]) => Tensor = Node;

/** A function of nodes as data: `inputs` are `buffer` nodes that stand for the arguments. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** Narrows a node to one operation, so that its parameters are typed. */
export const isOp = <K extends Op>(node: Node, op: K): node is Node<K> => node.op === op;

/** Every node that the outputs need, each after its inputs. Iterative: graphs may be very deep. */
export function topologicalOrder(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const root of outputs) {
    if (done.has(root)) continue;
    done.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.node.inputs.length) {
        const input = top.node.inputs[top.next++];
        if (!done.has(input)) {
          done.add(input);
          stack.push({ node: input, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}
