import { contiguousStrides } from "../vocab/shape.ts";
import { isOp, type Node } from "../ir/node.ts";
import { isElementwise, isView } from "../ir/op.ts";
import type { Layout } from "./layout.ts";

/** From this many channels on there are enough to fill vectors and tiles without the batch. */
const FEW = 32;

/**
 * Layouts of intermediate numbers that are not dense: where a convolution has few channels and a large batch, pictures
 * (N, ..., C, H, W) lie as (..., C, H, W, N), so that vectors run along the batch through all that stands between the
 * convolutions. What enters or leaves the program keeps its own layout.
 */
export function chooseLayouts(
  order: readonly Node[], leaves: ReadonlyMap<Node, Layout>, outputs: ReadonlySet<Node>, lanes: number,
): ReadonlyMap<Node, Layout> {
  const chosen = new Map<Node, Layout>();
  const rootOf = (node: Node): Node => {
    let at = node;
    while (isView(at.op) && !leaves.has(at)) at = at.inputs[0];
    return at;
  };
  const put = (node: Node): void => {
    if (leaves.has(node) || outputs.has(node) || !isFree(node) || node.shape.length < 4) return;
    const [n, ...rest] = node.shape;
    chosen.set(node, { offset: 0, strides: [1, ...contiguousStrides(rest).map((s) => s * n)] });
  };
  const found = order.map((node) => (isOp(node, "contract") ? batchOf(node, lanes) : 0)).filter((batch) => batch > 0);
  // One alone reads what enters and writes what leaves.
  if (found.length < 2) return chosen;
  const batches = new Set(found);
  for (const node of order) {
    if (isOp(node, "contract")) {
      if (!batches.has(batchOf(node, lanes))) continue;
      for (const x of [node, ...node.inputs.map(rootOf)]) if (batches.has(x.shape[0])) put(x);
    } else if (batches.has(node.shape[0]) && follows(node) && node.inputs.some((x) => chosen.has(rootOf(x)))) put(node);
  }
  return chosen;
}
/** Operations that write whatever layout they are asked for, and those of them that pass on what they were given. */
const isFree = (node: Node): boolean => follows(node) || node.op === "contract" || node.op === "concat";
const follows = (node: Node): boolean => isElementwise(node.op) || ["pad", "reduce", "argReduce"].includes(node.op);

/** The batch of a convolution with few channels, a whole number of vectors, or 0. */
function batchOf(node: Node<"contract">, lanes: number): number {
  const { spec, output } = node.params;
  if (spec.windows.length !== 2) return 0;
  const letters = [spec.x, spec.w, spec.y], sizes = new Map<string, number>();
  const given = [0, 1, 2].filter((i) => i !== output);
  [...node.inputs.map((x, i) => [letters[given[i]], x.shape] as const), [letters[output], node.shape] as const]
    .forEach(([names, shape]) => [...names].forEach((name, i) => sizes.set(name, shape[i])));
  const windowed = new Set(spec.windows.flatMap((w) => [w.x, w.y, w.w]));
  const plain = [...spec.x].filter((l) => !windowed.has(l));
  const batch = plain.find((l) => spec.y.includes(l) && !spec.w.includes(l));
  if (batch === undefined || spec.x[0] !== batch || spec.y[0] !== batch) return 0;
  const channels = [...spec.w].filter((l) => !windowed.has(l)).map((l) => sizes.get(l)!);
  const size = sizes.get(batch)!;
  return size >= 2 * lanes && size % lanes === 0 && channels.every((n) => n < FEW) ? size : 0;
}
