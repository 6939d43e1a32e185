import { sizeOf } from "../vocab/shape.ts";
import { emit, RECORD, withInterpreter } from "../ir/emit.ts";
import { isOp, topologicalOrder, type Node } from "../ir/node.ts";
import { expandComposites } from "../ir/rewrite.ts";
import { isView } from "../ir/op.ts";
import type { Target } from "../runtime/backend.ts";
import { scratch, type Binding, type Destination } from "./calls.ts";
import { dense, type Layout } from "./layout.ts";
import { legalize } from "./legalize.ts";
import { isWhole, Lowering } from "./lowering.ts";
import { lowerMap } from "./lower-map.ts";
import { phasesOf, type BufferSlot, type Item, type Phase } from "./program.ts";
import { Schedule, type Group } from "./schedule.ts";

/** What a program starts from. */
export interface LowerRequest {
  readonly outputs: readonly Node[];
  /** How each leaf lies in its own memory. */
  readonly leaves: ReadonlyMap<Node, Layout>;
  /** State that outputs replace: output index by leaf. */
  readonly states: ReadonlyMap<Node, number>;
  /** Index of the all-finite flag among the outputs, or -1. */
  readonly flag: number;
  /** Dense leaves whose memory an output may take, if it is made of them row by row: output index by leaf. */
  readonly donated?: ReadonlyMap<Node, number>;
}
/** Where a result lies: memory of its own, or a leaf's. */
export type ResultPlace =
  | { readonly slot: BufferSlot; readonly layout: Layout }
  | { readonly leaf: Node; readonly layout: Layout };

export interface Lowered {
  readonly phases: readonly Phase[];
  readonly slots: ReadonlyMap<Node, BufferSlot>;
  readonly results: readonly ResultPlace[];
  readonly error: BufferSlot;
  /** For the microscope. */
  readonly groups: readonly Group[];
}

/** From a graph to kernels: rewrite, schedule, lower, order. */
export function lowerProgram(request: LowerRequest, target: Target): Lowered {
  const { leaves, states, flag, donated = new Map<Node, number>() } = request;
  let outputs = expandComposites(request.outputs, isWhole, legalize);
  // State that is given back unchanged, or one value asked for twice, needs a node of its own to be written from.
  const seen = new Set<Node>();
  const replaced = new Set(states.values());
  // What other results need of new State is computed before State is written.
  const needed = new Set(topologicalOrder(outputs.filter((_, i) => !replaced.has(i))));
  outputs = outputs.map((y, i) => {
    const mustCopy = (seen.has(y) && !leaves.has(y)) ||
      (replaced.has(i) &&
        (needed.has(y) || leaves.has(rootLeaf(y, leaves)) || checksIndices(rootLeaf(y, leaves))));
    const own = mustCopy ? withInterpreter(RECORD, () => emit("reshape", { shape: y.shape }, [y])) : y;
    seen.add(own);
    return own;
  });
  const slots = new Map<Node, BufferSlot>();
  const bindings = new Map<Node, Binding>();
  for (const [leaf, layout] of leaves) {
    const slot: BufferSlot = { name: leaf.label ?? "input", dtype: leaf.dtype, size: sizeOf(leaf.shape), kind: "leaf" };
    slots.set(leaf, slot);
    bindings.set(leaf, { slot, layout, offset: 0, step: 0 });
  }
  const error: BufferSlot = { name: "error", dtype: "i32", size: 1, kind: "error" };
  const destinations = new Map<Node, Destination>();
  const stateOf = new Map<Node, Node>();
  for (const [leaf, i] of states) {
    destinations.set(outputs[i], { slot: slots.get(leaf)!, offset: 0, step: 0 });
    stateOf.set(outputs[i], leaf);
  }
  for (const [leaf, i] of donated) {
    const y = outputs[i];
    // Nothing else may need the numbers that were there.
    const readers = topologicalOrder(outputs).filter((node) => node.inputs.includes(leaf));
    if (!isOp(y, "scatter") || y.inputs[0] !== leaf || readers.length > 1 || outputs.includes(leaf)) continue;
    destinations.set(y, { slot: slots.get(leaf)!, offset: 0, step: 0 });
  }
  const results = outputs.map((y): ResultPlace => {
    const known = destinations.get(y);
    if (known !== undefined) return { slot: known.slot, layout: dense(y.shape) };
    const leafLayout = leaves.get(y);
    if (leafLayout !== undefined) return { leaf: y, layout: leafLayout };
    const slot: BufferSlot = { name: "result", dtype: y.dtype, size: sizeOf(y.shape), kind: "result" };
    destinations.set(y, { slot, offset: 0, step: 0 });
    return { slot, layout: dense(y.shape) };
  });
  const schedule = new Schedule(outputs, leaves, flag < 0 ? null : outputs[flag], new Set(stateOf.keys()),
    target.lanes);
  const items: Item[] = [];
  protectState(schedule, stateOf, leaves, bindings, items, target);
  const lowering = new Lowering(schedule, bindings, destinations, target, error);
  const early = schedule.groups.filter((g) => !g.commit), late = schedule.groups.filter((g) => g.commit);
  for (const group of early) lowering.group(group);
  if (late.length > 0) {
    // State is written when every gradient is finite and every index lay inside its axis, or not at all.
    const guards = lowering.items.some(isChecked) ? [error] : [];
    if (flag >= 0) guards.push((results[flag] as { slot: BufferSlot }).slot);
    for (const slot of guards) lowering.items.push({ item: "guard", operand: { slot, offset: 0, step: 0 } });
  }
  for (const group of late) lowering.group(group);
  return { phases: phasesOf([...items, ...lowering.items]), slots, results, error, groups: schedule.groups };
}

/** Whether something that runs here may meet an index outside its axis. */
const isChecked = (item: Item): boolean => item.item === "loop" ? item.body.some(isChecked)
  : item.item === "call" && item.operands.some(({ slot }) => slot.kind === "error");

/** Whether a node may meet a wrong index: it must have done so before State is written. */
const checksIndices = (node: Node): boolean => node.op === "scatter" || node.op === "gather";

const rootLeaf = (node: Node, leaves: ReadonlyMap<Node, Layout>): Node => {
  let at = node;
  while (isView(at.op) && !leaves.has(at)) at = at.inputs[0];
  return at;
};

/**
 * New State is written over the old. Where something still reads the old numbers at that time or later, in another
 * order or from another kernel, they are copied aside first.
 */
function protectState(
  schedule: Schedule, stateOf: ReadonlyMap<Node, Node>, leaves: ReadonlyMap<Node, Layout>, bindings: Map<Node, Binding>,
  items: Item[], target: Target,
): void {
  const order = [...schedule.groups.filter((g) => !g.commit), ...schedule.groups.filter((g) => g.commit)];
  const readsOf = order.map((group) => readLeaves(group, leaves));
  for (const [value, leaf] of stateOf) {
    const writer = order.findIndex((g) => g.members.includes(value));
    const risky = readsOf.some((reads, i) =>
      (i > writer && reads.has(leaf)) || (i === writer && reads.get(leaf) === false));
    if (!risky) continue;
    const { slot, layout } = bindings.get(leaf)!;
    const aside = scratch("old", leaf.dtype, sizeOf(leaf.shape));
    const lowered = lowerMap({
      shape: leaf.shape, outer: leaf.shape.length, sources: [leaf], members: new Map(),
      values: [{ v: "load", dtype: leaf.dtype, source: 0, layout }],
    }, [{ value: 0, dtype: leaf.dtype, layout, perRow: false }], target, "aside");
    items.push({
      item: "call", kernel: lowered.kernel, ints: lowered.ints, floats: [], units: lowered.units, work: lowered.work,
      label: "aside", operands: [{ slot, offset: 0, step: 0 }, { slot: aside, offset: 0, step: 0 }],
    });
    bindings.set(leaf, { slot: aside, layout, offset: 0, step: 0 });
  }
}
/** The leaves a group reads; true where it reads each cell only to compute the same cell. */
function readLeaves(group: Group, leaves: ReadonlyMap<Node, Layout>): Map<Node, boolean> {
  const reads = new Map<Node, boolean>();
  const { fused } = group;
  if (fused !== null) {
    const rows = fused.outer === fused.shape.length;
    fused.values.forEach((v) => {
      if (!("source" in v)) return;
      const leaf = fused.sources[v.source];
      if (!leaves.has(leaf)) return;
      const cellwise = v.v === "load" && rows && sameCells(v.layout, dense(fused.shape), fused.shape);
      reads.set(leaf, (reads.get(leaf) ?? true) && cellwise);
    });
  }
  if (group.kind !== "map") {
    for (const node of topologicalOrder(group.members[0].inputs)) {
      if (leaves.has(node) || isOp(node, "buffer")) reads.set(node, false);
    }
  }
  return reads;
}
const sameCells = (a: Layout, b: Layout, shape: readonly number[]): boolean =>
  a.offset === b.offset && a.strides.every((s, i) => shape[i] === 1 || s === b.strides[i]);
