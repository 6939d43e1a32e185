import type { DType } from "../vocab/dtype.ts";
import { sizeOf } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import type { Target } from "../runtime/backend.ts";
import type { Fused } from "./fused.ts";
import { dense, type Layout } from "./layout.ts";
import { lowerMap } from "./lower-map.ts";
import type { Lowered, Store } from "./lowered.ts";
import type { BufferSlot, Call, Item, Operand } from "./program.ts";
import type { Place, Schedule } from "./schedule.ts";

/** Where the numbers of a node lie while a program runs. */
export interface Binding {
  readonly slot: BufferSlot;
  readonly layout: Layout;
  readonly offset: number;
  readonly step: number;
}
/** A request to write a node's numbers to a place that is given, not chosen. */
export interface Destination {
  readonly slot: BufferSlot;
  readonly offset: number;
  readonly step: number;
}

/** Around a loop body: where work goes that is the same in every step, and which nodes are. */
export interface AroundLoop {
  readonly before: Item[];
  readonly constants: ReadonlySet<Node>;
}

/** The calls of a program or a loop body as they are made, and where every node's numbers lie. */
export class Calls {
  readonly items: Item[] = [];
  readonly schedule: Schedule;
  readonly bindings: Map<Node, Binding>;
  readonly destinations: ReadonlyMap<Node, Destination>;
  readonly target: Target;
  readonly error: BufferSlot;
  /** Where the operands of the group at hand lie. */
  places: ReadonlyMap<Node, Place> = new Map();
  /** In a loop body: work that is the same in every step goes there instead. */
  readonly #before: Item[] | null;
  readonly #invariant: Set<Node>;

  constructor(
    schedule: Schedule, bindings: Map<Node, Binding>, destinations: ReadonlyMap<Node, Destination>, target: Target,
    error: BufferSlot, loop: AroundLoop | null,
  ) {
    this.schedule = schedule;
    this.bindings = bindings;
    this.destinations = destinations;
    this.target = target;
    this.error = error;
    this.#before = loop?.before ?? null;
    this.#invariant = new Set(loop?.constants);
  }

  /** The binding behind a node, through views. */
  located(node: Node): { binding: Binding; layout: Layout } {
    const place = this.places.get(node)!;
    return { binding: this.bindings.get(place.node)!, layout: place.layout };
  }
  /** A place as a call names it. */
  operand(binding: Binding): Operand {
    return { slot: binding.slot, offset: binding.offset, step: binding.step };
  }
  /** A buffer for a node's numbers: where it was asked to be, else scratch. */
  make(node: Node): Binding {
    const slice = this.schedule.slices.get(node);
    if (slice !== undefined) {
      const whole = this.bindings.get(slice.whole) ?? this.make(slice.whole);
      const binding: Binding = { ...whole, layout: slice.layout };
      this.bindings.set(node, binding);
      return binding;
    }
    const wanted = this.destinations.get(node);
    const place = wanted ??
      { slot: scratch(node.label ?? node.op, node.dtype, sizeOf(node.shape)), offset: 0, step: 0 };
    const binding: Binding = { ...place, layout: this.schedule.layoutOf(node) };
    this.bindings.set(node, binding);
    return binding;
  }
  /** Adds a call; `invariant`: before the loop around it. */
  emit(lowered: Lowered, operands: readonly Operand[], label: string, invariant: boolean): void {
    const call: Call = {
      item: "call", kernel: lowered.kernel, ints: lowered.ints, floats: lowered.floats, units: lowered.units,
      work: lowered.work, label,
      operands: lowered.checked ? [...operands, { slot: this.error, offset: 0, step: 0 }] : operands,
    };
    (invariant && this.#before !== null ? this.#before : this.items).push(call);
  }
  /** Whether a group gives the same numbers in every step of the loop around it. */
  isInvariant(nodes: readonly Node[]): boolean {
    return this.#before !== null && nodes.every((x) => this.#invariant.has(x));
  }

  /** Notes that a node is the same in every step. */
  keepStill(node: Node): void {
    this.#invariant.add(node);
  }

  /** How a member's cells are written, seen from the iteration space of its group. */
  storeOf(node: Node, fused: Fused): Store {
    const value = fused.members.get(node)!;
    const slice = this.schedule.slices.get(node);
    if (slice !== undefined) return { value, dtype: node.dtype, layout: slice.seen, perRow: false };
    const perRow = sizeOf(node.shape) !== sizeOf(fused.shape) || node.op === "reduce" || node.op === "argReduce";
    const kept = this.schedule.seenFrom(node, fused.shape.slice(0, perRow ? fused.outer : fused.shape.length))!;
    const layout = { offset: 0, strides: fused.shape.map((_, i) => kept.strides[i] ?? 0) };
    return { value, dtype: node.dtype, layout, perRow };
  }
  /** The node that a view looks at. */
  rootNode(node: Node): Node {
    return this.places.get(node)!.node;
  }

  /** Writes an operand to another place. */
  copy(x: Node, layout: Layout, to: Operand): void {
    const { binding, layout: from } = this.located(x);
    this.move(x, { ...binding, layout: from }, layout, to);
  }
  /** Writes numbers from one place to another. */
  move(x: Node, from: Binding, layout: Layout, to: Operand): void {
    if (sizeOf(x.shape) === 0) return;
    const fused: Fused = {
      shape: x.shape, outer: x.shape.length, sources: [x], members: new Map(),
      values: [{ v: "load", dtype: x.dtype, source: 0, layout: from.layout }],
    };
    const store: Store = { value: 0, dtype: x.dtype, layout, perRow: false };
    this.emit(lowerMap(fused, [store], this.target, "copy"), [this.operand(from), to], "copy", false);
  }
  /** Writes one number to every cell. */
  fill(node: Node, value: number, to: Operand): void {
    const fused: Fused = {
      shape: node.shape, outer: node.shape.length, sources: [], members: new Map(),
      values: [{ v: "constant", dtype: node.dtype, value }],
    };
    const store: Store = { value: 0, dtype: node.dtype, layout: dense(node.shape), perRow: false };
    this.emit(lowerMap(fused, [store], this.target, "fill"), [to], "fill", false);
  }
}

export const scratch = (name: string, dtype: DType, size: number): BufferSlot =>
  ({ name, dtype, size, kind: "scratch" });

/** Names of what a kernel computes, as far as they fit. */
export const nameOf = (members: readonly Node[]): string =>
  [...new Set(members.map((m) => m.op))].slice(0, 4).join("_").replace(/[^a-z0-9_]/gi, "").toLowerCase();
