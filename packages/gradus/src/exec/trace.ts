import type { Interpreter } from "../ir/emit.ts";
import { Node, type Tensor } from "../ir/node.ts";

/** A program being recorded: nodes are themselves, State reads see what was assigned before. */
export class Trace implements Interpreter {
  /** What each State was assigned last, in program order. */
  readonly assigned = new Map<Node, Node>();
  /** Values that `tap` adds to the outputs. */
  readonly taps = new Map<string, Node>();
  /** Gradients that backward put on leaves: what the all-finite check looks at. */
  readonly gradients: Node[] = [];
  /** Leaves whose `grad` the trace set, with what stood there before. */
  readonly touched = new Map<Node, Node | null>();

  /** Facts outside the graph that the trace relied on (a module's mode); a change asks for another trace. */
  readonly guards: { readonly read: () => unknown; readonly value: unknown }[] = [];

  emit(node: Node): Node {
    if (this.assigned.size === 0 || !node.inputs.some((x) => this.assigned.has(x))) return node;
    const inputs = node.inputs.map((x) => (this.assigned.has(x) ? this.#reading(x) : x));
    const renamed = new Node(node.op, node.params, inputs, node.shape, node.dtype, node.outs);
    renamed.requiresGrad = node.requiresGrad;
    return renamed;
  }
  /** New State as an operand: a parameter is still a leaf, from which the next backward starts afresh. */
  #reading(state: Node): Node {
    const value = this.assigned.get(state)!;
    if (!state.requiresGrad || state.tape === null) return value;
    let leaf = this.#leaves.get(value);
    if (leaf === undefined) {
      leaf = new Node("reshape", { shape: value.shape }, [value], value.shape, value.dtype, null);
      leaf.tape = state.tape;
      leaf.requiresGrad = true;
      this.#leaves.set(value, leaf);
    }
    return leaf;
  }
  readonly #leaves = new Map<Node, Node>();
  assign(state: Node, value: Node): void {
    this.assigned.set(state, this.assigned.get(value) ?? value);
  }
  /** What a tensor means at this point of the program. */
  current(node: Node): Node {
    return this.assigned.get(node) ?? node;
  }
}

let active: Trace | null = null;
/** The trace being recorded, if any. */
export const currentTrace = (): Trace | null => active;
/** Records while `body` runs. */
export function recordIn<T>(trace: Trace, body: () => T): T {
  const before = active;
  active = trace;
  try {
    return body();
  } finally {
    active = before;
  }
}

/** Reads a fact that a traced program depends on, so that the program is traced again when it changes. */
export function guarded<T>(read: () => T): T {
  const value = read();
  active?.guards.push({ read, value });
  return value;
}

/** Adds a value to the outputs of the program being compiled, under a name; without a trace it does nothing. */
export function tap(name: string, value: Tensor): Tensor {
  active?.taps.set(name, value);
  return value;
}
