import { isFloat } from "../vocab/dtype.ts";
import { UsageError } from "../vocab/errors.ts";
import { infer } from "./infer.ts";
import { Node, type Aval } from "./node.ts";
import type { Op, OpParams } from "./op.ts";

/** Gives a meaning to operations as they are written: run them now, or record them. */
export interface Interpreter {
  emit(node: Node): Node;
}

const stack: Interpreter[] = [];

let gradientMode = true;
/** Whether operations written now may be differentiated. */
export const gradientsEnabled = (): boolean => gradientMode;
/** Runs a synchronous body with gradients on or off. */
export function withGradients<T>(enabled: boolean, body: () => T): T {
  const before = gradientMode;
  gradientMode = enabled;
  try {
    const result = body();
    if (result instanceof Promise) {
      // Nobody will wait for it: its own failure is not to end the process.
      result.catch(() => undefined);
      throw new UsageError("noGrad takes a synchronous function; do the awaiting outside of it");
    }
    return result;
  } finally {
    gradientMode = before;
  }
}

/** Creates a node, with its shape and dtype checked, and hands it to the interpreter in force. */
export function emit<K extends Op>(op: K, params: OpParams[K], inputs: readonly Node[]): Node {
  const made = infer(op, params, inputs);
  const outs = Array.isArray(made) ? (made as readonly Aval[]) : null;
  const first = outs === null ? (made as Aval) : outs[0];
  const node = new Node(op, params, inputs, first.shape, first.dtype, outs);
  node.requiresGrad = gradientMode && inputs.some((x) => x.requiresGrad) &&
    (outs === null ? isFloat(node.dtype) : outs.some((out) => isFloat(out.dtype)));
  const interpreter = stack[stack.length - 1];
  if (interpreter === undefined) {
    throw new UsageError(`${op}: nothing is set up to run operations; import from "gradus"`);
  }
  return interpreter.emit(node);
}

/** All outputs of a node that has several. */
export const outputsOf = (node: Node): Node[] =>
  node.outs === null ? [node] : node.outs.map((_, index) => emit("project", { index }, [node]));

/** Runs `body` under another meaning of operations. `body` is synchronous. */
export function withInterpreter<T>(interpreter: Interpreter, body: () => T): T {
  stack.push(interpreter);
  try {
    return body();
  } finally {
    stack.pop();
  }
}

/** The meaning of operations outside any `withInterpreter`. */
export function setDefaultInterpreter(interpreter: Interpreter): void {
  stack[0] = interpreter;
}

/** True while operations are recorded or run by something other than the default. */
export const isNested = (): boolean => stack.length > 1;

/** Records: a node is itself, nothing runs. */
export const RECORD: Interpreter = { emit: (node) => node };
