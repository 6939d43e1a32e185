import { isFloat } from "../vocab/dtype.ts";
import { DTypeError } from "../vocab/errors.ts";
import { Node } from "../ir/node.ts";
import { isView } from "../ir/op.ts";
import type { Interpreter } from "../ir/emit.ts";
import { Leaf, Tape } from "../autograd/tape.ts";
import { applyView, type Layout } from "../compiler/layout.ts";
import type { KernelBackend } from "../runtime/backend.ts";
import { currentBackend } from "../runtime/registry.ts";
import { attach, type Several, View, viewOf } from "../runtime/storage.ts";
import { evaluateNode } from "./evaluate.ts";
import { runNode } from "./kernels.ts";

/** Runs every operation when it is written. */
export const EAGER: Interpreter = {
  emit(node) {
    const backend = currentBackend();
    if (backend.kind === "kernel" && isLazy(node)) return node;
    return finish(node, backend.kind === "graph" ? evaluateHere(node) : runHere(backend, node));
  },
};

/**
 * Sources and views of them are not stored but computed where they are used: a number that meets a tensor costs
 * nothing. They have no gradient and no storage until someone reads them.
 */
export const isLazy = (node: Node): boolean =>
  node.op === "constant" || node.op === "iota" ||
  (isView(node.op) && node.inputs[0].storage === null && isLazy(node.inputs[0]));

/** Gives a lazy node numbers, for a reader or an operation that needs memory. */
export function materialize(node: Node): Node {
  if (node.storage !== null || node.tape !== null || !isLazy(node)) return node;
  const backend = currentBackend();
  if (backend.kind === "graph") return node;
  const storage = runNode(backend, node);
  becomeBuffer(node);
  return attach(node, storage);
}
/** A source that has been stored is a tensor like any other: nothing may compute it again from what it was. */
function becomeBuffer(node: Node): void {
  const { shape, dtype } = node;
  Object.assign(node, { op: "buffer", params: { shape, dtype }, inputs: [] });
}

/** An eager result: a leaf with numbers and, where a gradient may be asked, a tape. */
function finish(node: Node, storage: View | Several): Node {
  const result = new Node("buffer", { shape: node.shape, dtype: node.dtype }, [], node.shape, node.dtype, node.outs);
  if (node.requiresGrad) {
    result.requiresGrad = true;
    const tape = new Tape(node, snapshot);
    result.tape = tape;
    if (tape.savesOutput) tape.outputs = outputsFor(result, storage);
  }
  return attach(result, storage);
}
/** What a rule sees as the result: the tensor, or one node per output. */
function outputsFor(result: Node, storage: View | Several): Node[] {
  if (storage instanceof View) return [result];
  return storage.parts.map((part, i) => {
    const { shape, dtype } = result.outs![i];
    const twin = new Node("buffer", { shape, dtype }, [], shape, dtype, null);
    twin.requiresGrad = result.requiresGrad && isFloat(dtype);
    twin.tape = new Tape(new Node("project", { index: i }, [result], shape, dtype, null), snapshot);
    return attach(twin, new View(part.block, part.offset, part.strides));
  });
}
/** The numbers State holds now, under the same identity. */
function snapshot(node: Node): Node {
  const view = viewOf(node);
  const twin = new Node("buffer", { shape: node.shape, dtype: node.dtype }, [], node.shape, node.dtype, null);
  twin.requiresGrad = node.requiresGrad;
  twin.tape = node.tape;
  return attach(twin, new View(view.block, view.offset, view.strides));
}

function project(node: Node): View {
  const part = (node.inputs[0].storage as Several).parts[(node as Node<"project">).params.index];
  return new View(part.block, part.offset, part.strides);
}
function evaluateHere(node: Node): View | Several {
  const backend = currentBackend();
  if (backend.kind !== "graph") throw new Error("evaluateHere runs on graph backends only");
  return node.op === "project" ? project(node) : evaluateNode(backend, node);
}
function runHere(backend: KernelBackend, node: Node): View | Several {
  if (node.op === "project") return project(node);
  if (isView(node.op)) {
    const view = viewOf(node.inputs[0]);
    const layout = applyView(view, { op: node.op, params: node.params, from: node.inputs[0].shape, to: node.shape });
    if (layout !== null) return shared(view, layout);
  }
  return runNode(backend, node);
}
const shared = (view: View, layout: Layout): View => new View(view.block, layout.offset, layout.strides);

/** Makes a tensor into State: it may be assigned, and keeps its identity. */
export function makeState(node: Node, requiresGrad: boolean): Node {
  if (requiresGrad && !isFloat(node.dtype)) {
    throw new DTypeError(`requiresGrad: a tensor of ${node.dtype} has no gradient; cast it to f32`);
  }
  materialize(node);
  node.requiresGrad = requiresGrad;
  node.tape = new Leaf(node);
  return node;
}
export const isState = (node: Node): boolean => node.tape instanceof Leaf;
