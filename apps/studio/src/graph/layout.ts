import { Graph, layout } from "@dagrejs/dagre";
import type { DrawnGraph, DrawnNode } from "./visible.ts";

export interface Placed {
  readonly id: string;
  readonly item: DrawnNode;
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface PlacedGraph {
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly path: string }[];
  readonly width: number;
  readonly height: number;
}
export interface LayoutOptions {
  readonly direction: "down" | "right";
  readonly size: (node: DrawnNode) => readonly [width: number, height: number];
  readonly gap?: number;
  readonly rank?: number;
}
interface Point { readonly x: number; readonly y: number }

const two = (value: number): number => Math.round(value * 100) / 100;
/** Straight pieces from one operation to the next. */
const pathOf = (points: readonly Point[]): string =>
  points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${two(x)} ${two(y)}`).join("");

/** Places operations in layers, each behind what it needs. */
export function place(graph: DrawnGraph, { direction, size, gap = 22, rank = 26 }: LayoutOptions): PlacedGraph {
  const plan = new Graph();
  plan.setGraph({ rankdir: direction === "down" ? "TB" : "LR", nodesep: gap, ranksep: rank, marginx: 2, marginy: 2 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    const [width, height] = size(node);
    plan.setNode(node.id, { width, height });
  }
  for (const [from, to] of graph.edges) plan.setEdge(from, to);
  layout(plan);
  const nodes = graph.nodes.map((item): Placed => {
    const { x, y, width, height } = plan.node(item.id) as Point & { width: number; height: number };
    return { id: item.id, item, x, y, width, height };
  });
  const edges = graph.edges.map(([from, to]) => ({
    from, to, path: pathOf((plan.edge(from, to) as { points: Point[] }).points),
  }));
  const { width = 0, height = 0 } = plan.graph() as { width?: number; height?: number };
  return { nodes, edges, width, height };
}
