import { bytesOf, DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { BackendError, ShapeError, UsageError } from "../vocab/errors.ts";
import { formatShape, isContiguous, sizeOf, type Shape } from "../vocab/shape.ts";
import { Node } from "../ir/node.ts";
import { currentBackend } from "../runtime/registry.ts";
import { allocateDense, attach, viewOf, wrapValue, yieldIfNeeded, type View } from "../runtime/storage.ts";
import { isState, materialize } from "./eager.ts";
import { checkLater, contiguousCopy } from "./kernels.ts";
import { currentTrace } from "./trace.ts";

/** A tensor from numbers in row-major order. */
export function fromTyped(data: TypedArray, shape: Shape, dtype: DType): Node {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(`tensor: ${data.length} numbers do not fill shape ${formatShape(shape)}, ` +
      `which has ${sizeOf(shape)} elements`);
  }
  const backend = currentBackend();
  const node = new Node("buffer", { shape, dtype }, [], shape, dtype, null);
  if (backend.kind === "graph") return attach(node, wrapValue(backend, backend.upload(data, node), "tensor"));
  const view = allocateDense(backend, node, "tensor");
  if (data.length > 0) backend.write(view.block.allocation!.offset, data);
  return attach(node, view);
}

/** The dense memory of a tensor; made by a copy where it is a strided view. */
function denseView(node: Node): { view: View; release: () => void } {
  if (currentTrace()?.assigned.has(node) === true) {
    throw new UsageError("this State was assigned inside the function that compile() is tracing and has no numbers " +
      "yet; read it after the compiled function has run, or use tap(name, value)");
  }
  if (currentTrace() !== null && isState(node)) {
    throw new UsageError("this State may hold other numbers in the next call of the function that compile() is " +
      "tracing; use the tensor itself, or read it outside and pass the number in");
  }
  const view = viewOf(materialize(node));
  const { backend } = view.block;
  if (backend.kind === "graph" || isContiguous(node.shape, view.strides)) return { view, release: () => {} };
  const copy = contiguousCopy(backend, node);
  return { view: copy, release: () => copy.release() };
}
const typed = (buffer: ArrayBuffer, node: Node): TypedArray =>
  new DTYPES[node.dtype].view(buffer, 0, sizeOf(node.shape));

/** A copy of the numbers, row-major. Waits for the work that makes them. */
export async function read(node: Node): Promise<TypedArray> {
  const { view, release } = denseView(node);
  const { backend, allocation, value } = view.block;
  try {
    if (backend.kind === "graph") return (await backend.read(value!)).slice();
    const bytes = sizeOf(node.shape) * bytesOf(node.dtype);
    const numbers = await backend.read(allocation!.offset + view.offset * bytesOf(node.dtype), bytes);
    // Where work runs later, a bad index shows when its result is asked for.
    if (!backend.immediate) await checkLater(backend);
    return typed(numbers, node);
  } finally {
    release();
    await yieldIfNeeded();
  }
}
/** The same at once, on backends of the CPU. */
export function readSync(node: Node): TypedArray {
  const { view, release } = denseView(node);
  const { backend, allocation, value } = view.block;
  try {
    if (backend.kind === "graph") {
      if (!backend.synchronous) {
        throw new BackendError(`reading at once is not possible on the ${backend.name} backend; use await`);
      }
      return backend.readSync(value!).slice();
    }
    const bytes = sizeOf(node.shape) * bytesOf(node.dtype);
    return typed(backend.readSync(allocation!.offset + view.offset * bytesOf(node.dtype), bytes), node);
  } finally {
    release();
  }
}
/** The only number of a tensor, or an error. */
export function single(node: Node, numbers: TypedArray): number {
  if (numbers.length !== 1) {
    throw new UsageError(`item: a tensor of shape ${formatShape(node.shape)} holds ${numbers.length} numbers; ` +
      "use array() or data()");
  }
  return numbers[0];
}
