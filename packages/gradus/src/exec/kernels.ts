import type { Node } from "../ir/node.ts";
import type { KernelBackend } from "../runtime/backend.ts";
import type { Several, View } from "../runtime/storage.ts";
import { BackendError } from "../vocab/errors.ts";

export function runNode(backend: KernelBackend, node: Node): View | Several {
  throw new BackendError(`${backend.name} ${node.op}`);
}
export function contiguousCopy(backend: KernelBackend, node: Node): View {
  throw new BackendError(`${backend.name} ${node.op}`);
}
