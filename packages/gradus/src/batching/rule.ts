import type { Graph, Node } from "../ir/node.ts";
import type { Op } from "../ir/op.ts";
import { broadcastTo } from "../ops/movement.ts";

/** A value of the program for all examples at once: axis 0 counts them, or, not batched, it is the same for all. */
export interface Batched {
  readonly node: Node;
  readonly batched: boolean;
}
/** The value with an axis of examples in front, repeated if it has none. */
export const spread = ({ node, batched }: Batched, size: number): Node =>
  (batched ? node : broadcastTo(node, [size, ...node.shape]));

/** Writes the graph of one example for `size` of them: `batchGraph` (graph.ts), for rules whose node holds a graph. */
export type BatchGraph = (graph: Graph, arguments_: readonly Batched[], size: number) => Batched[];

/**
 * What a primitive does for `size` examples at once. Given the node of one example and operands of which some
 * (`batched`, at least one) have the examples along axis 0, writes the node of all examples, also along axis 0.
 */
export type BatchingRule<K extends Op> = (
  node: Node<K>, inputs: readonly Node[], batched: readonly boolean[], size: number, batchGraph: BatchGraph,
) => Node;
