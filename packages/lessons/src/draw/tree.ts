/**
 * Places the nodes of a tree: leaves at equal distances, every parent amid its children, one column (or row) a level.
 */
import type { Pair } from "./scale.ts";
import type { Panel } from "./panels.ts";

export interface TreeNode<T> { readonly item: T; readonly children?: readonly TreeNode<T>[] }
export interface Placed<T> { readonly item: T; readonly at: Pair; readonly depth: number;
readonly parent: Placed<T> | null }

/** Left to right, or top to bottom with `down`. Nodes come parents first. */
export function layoutTree<T>(root: TreeNode<T>, inside: Panel, down = false): Placed<T>[] {
  const leaves = countLeaves(root), depth = depthOf(root);
  const placed: Placed<T>[] = [];
  const walk = (node: TreeNode<T>, level: number, first: number, parent: Placed<T> | null): void => {
    const span = countLeaves(node);
    const along = depth === 0 ? 0.5 : level / depth, across = (first + span / 2) / leaves;
    const at: Pair = down ? [inside.x + across * inside.w, inside.y + along * inside.h]
      : [inside.x + along * inside.w, inside.y + across * inside.h];
    const own: Placed<T> = { item: node.item, at, depth: level, parent };
    placed.push(own);
    let next = first;
    for (const child of node.children ?? []) {
      walk(child, level + 1, next, own);
      next += countLeaves(child);
    }
  };
  walk(root, 0, 0, null);
  return placed;
}
const countLeaves = <T>(node: TreeNode<T>): number =>
  (node.children === undefined || node.children.length === 0 ? 1
    : node.children.reduce((sum, child) => sum + countLeaves(child), 0));
const depthOf = <T>(node: TreeNode<T>): number =>
  Math.max(0, ...(node.children ?? []).map((child) => 1 + depthOf(child)));
