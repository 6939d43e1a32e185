import type { Shape } from "../vocab/shape.ts";
import { topologicalOrder, type Node } from "../ir/node.ts";
import { printGraph } from "../ir/print.ts";
import type { Group } from "../compiler/schedule.ts";

/** What one kernel, or a small family of calls, computes. */
export interface GroupExplanation {
  /** An element-wise or row program, a contraction with its epilogue, or an operation with loops of its own. */
  readonly kind: Group["kind"];
  /** The cells it walks over; axes from `outer` on are reduced. */
  readonly shape: Shape;
  readonly outer: number;
  /** True for work that is done only if every gradient is finite. */
  readonly commit: boolean;
  /** What it computes, one line per operation; numbers name the same values in all groups. */
  readonly lines: readonly string[];
}

/**
 * The groups of a program with the operations that each computes. Composites are taken apart here; what several groups
 * compute on the way (views, cheap operations) stands in each of them.
 */
export function describeGroups(groups: readonly Group[]): GroupExplanation[] {
  const members = groups.flatMap((group) => group.members);
  const lineOf = numberedLines(members);
  const home = new Map<Node, number>();
  groups.forEach((group, i) => group.members.forEach((member) => home.set(member, i)));
  return groups.map(({ kind, shape, outer, commit, members: own }, i) => {
    const inside: Node[] = [];
    const seen = new Set<Node>();
    const visit = (node: Node): void => {
      if (seen.has(node) || node.op === "buffer" || (home.get(node) ?? i) !== i) return;
      seen.add(node);
      node.inputs.forEach(visit);
      inside.push(node);
    };
    own.forEach(visit);
    return { kind, shape, outer, commit, lines: inside.flatMap((node) => lineOf.get(node)!) };
  });
}

/** The printed lines of every node that leads to `outputs`, under one numbering; a body belongs to its node. */
function numberedLines(outputs: readonly Node[]): Map<Node, string[]> {
  const order = topologicalOrder(outputs);
  const leaves = order.filter((node) => node.op === "buffer");
  const rest = order.filter((node) => node.op !== "buffer");
  const [, ...printed] = printGraph({ inputs: leaves, outputs }).split("\n");
  const lines = new Map<Node, string[]>();
  let at = -1;
  for (const line of printed.slice(0, -1)) {
    if (/^ {2}%/.test(line)) lines.set(rest[++at], [line.slice(2)]);
    else lines.get(rest[at])!.push(line.slice(2));
  }
  return lines;
}
