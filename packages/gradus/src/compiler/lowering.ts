import { contiguousStrides, sizeOf } from "../vocab/shape.ts";
import { isOp, type Node } from "../ir/node.ts";
import type { Target } from "../runtime/backend.ts";
import { Calls, nameOf, scratch, type AroundLoop, type Binding, type Destination } from "./calls.ts";
import { ContractGroup } from "./contract-group.ts";
import type { Fused } from "./fused.ts";
import { dense, type Layout } from "./layout.ts";
import { lowerLoop } from "./loop.ts";
import { lowerMap } from "./lower-map.ts";
import { lowerScanBackward, lowerScanForward, scanParts, scanScratch, type ScanShape } from "./lower-selective-scan.ts";
import { lowerRecurrence, lowerScatter, lowerSort } from "./lower-special.ts";
import type { Store } from "./lowered.ts";
import type { BufferSlot, Item, Operand } from "./program.ts";
import type { Group, Schedule } from "./schedule.ts";

/** Lowers a scheduled graph to calls. One per program, and one per loop body inside it. */
export class Lowering {
  readonly items: Item[];
  readonly #calls: Calls;

  constructor(
    schedule: Schedule, bindings: Map<Node, Binding>, destinations: ReadonlyMap<Node, Destination>, target: Target,
    error: BufferSlot, loop: AroundLoop | null = null,
  ) {
    this.#calls = new Calls(schedule, bindings, destinations, target, error, loop);
    this.items = this.#calls.items;
  }

  group(group: Group): void {
    const [first] = group.members;
    this.#calls.places = group.places;
    if (group.kind === "map") this.#map(group);
    else if (isOp(first, "contract")) new ContractGroup(this.#calls).lower(group, first);
    else if (isOp(first, "scan")) this.#scan(first);
    else if (isOp(first, "project")) this.#project(first);
    else this.#special(first);
  }

  #map(group: Group): void {
    const fused = group.fused!;
    const members = group.members.filter((m) => this.#calls.schedule.stored.has(m));
    if (members.length === 0) return;
    const invariant = this.#calls.isInvariant(fused.sources) && !members.some((m) => this.#calls.destinations.has(m));
    if (invariant) for (const m of members) this.#calls.keepStill(m);
    const stores = members.map((node) => this.#calls.storeOf(node, fused));
    const operands = [...fused.sources.map((s) => this.#calls.operand(this.#calls.bindings.get(s)!)),
      ...members.map((m) => this.#calls.operand(this.#calls.make(m)))];
    this.#calls.emit(lowerMap(fused, stores, this.#calls.target, nameOf(members)),
      operands, nameOf(members), invariant);
  }

  #special(node: Node): void {
    const out = this.#calls.bindings.get(node) ?? this.#calls.make(node);
    const target = this.#calls.target;
    const of = (x: Node): { operand: Operand; layout: Layout } => {
      const { binding, layout } = this.#calls.located(x);
      return { operand: this.#calls.operand(binding), layout };
    };
    const here = this.#calls.operand(out);
    if (isOp(node, "concat")) {
      let at = 0;
      for (const piece of node.inputs) {
        if (this.#calls.schedule.slices.get(piece)?.whole === node) {
          at += piece.shape[node.params.axis];
          continue;
        }
        const layout = { offset: at * out.layout.strides[node.params.axis], strides: out.layout.strides };
        this.#calls.copy(piece, layout, here);
        at += piece.shape[node.params.axis];
      }
      return;
    }
    if (isOp(node, "pad")) {
      const { low, interior, value } = node.params;
      const [x] = node.inputs;
      if (sizeOf(x.shape) !== sizeOf(node.shape)) this.#calls.fill(node, value, here);
      this.#calls.copy(x, {
        offset: low.reduce((o, n, i) => o + n * out.layout.strides[i], 0),
        strides: out.layout.strides.map((s, i) => s * (interior[i] + 1)),
      }, here);
      return;
    }
    if (isOp(node, "scatter")) {
      const [base, index, updates] = node.inputs;
      // Written over memory that was donated, the rest is there already.
      if (of(base).operand.slot !== here.slot) this.#calls.copy(base, out.layout, here);
      const i = of(index), u = of(updates);
      this.#calls.emit(lowerScatter(node, i.layout, u.layout, target), [i.operand, u.operand, here], "scatter", false);
      return;
    }
    if (isOp(node, "recurrence")) {
      const [a, b, h0] = node.inputs.map(of);
      this.#calls.emit(lowerRecurrence(node, a.layout, b.layout, h0.layout, target),
        [a.operand, b.operand, h0.operand, here], "recurrence", false);
      return;
    }
    if (isOp(node, "sort")) {
      const x = of(node.inputs[0]);
      const positions = scratch("sort", "i32", sizeOf(node.shape)), spare = scratch("sort", "i32", sizeOf(node.shape));
      this.#calls.emit(lowerSort(node, x.layout), [x.operand, here, { slot: positions, offset: 0, step: 0 },
        { slot: spare, offset: 0, step: 0 }], "sort", false);
      this.#parts.set(node, [out, { slot: positions, layout: dense(node.shape), offset: 0, step: 0 }]);
      return;
    }
    if (isOp(node, "composite")) {
      this.#selectiveScan(node, out);
      return;
    }
    throw new Error(`no lowering for ${node.op}`);
  }
  /** The scan of Mamba and its gradient, which the schedule keeps whole (`isWhole`). */
  #selectiveScan(node: Node<"composite">, out: Binding): void {
    const [x, , a] = node.inputs;
    const [batch, steps, channels] = x.shape, states = a.shape[1];
    const backward = node.inputs.length === 7;
    const operands = node.inputs.map((input, i) => {
      const { binding, layout } = this.#calls.located(input);
      // A is read by state first; the others need their last axis side by side.
      if (i !== 2 && (layout.strides[input.shape.length - 1] === 1 || input.shape[input.shape.length - 1] === 1)) {
        return { operand: this.#calls.operand(binding), layout };
      }
      const slot = scratch("copy", input.dtype, sizeOf(input.shape));
      const to = i === 2 ? { offset: 0, strides: [1, channels] } : dense(input.shape);
      this.#calls.move(input, { ...binding, layout }, to, { slot, offset: 0, step: 0 });
      return { operand: { slot, offset: 0, step: 0 }, layout: to };
    });
    const along = (i: number): readonly [number, number] => {
      const { strides } = operands[i].layout;
      return [strides[0], strides[1]];
    };
    const shape: ScanShape = {
      b: batch, t: steps, d: channels, n: states,
      strides: [0, 1, 3, 4, ...(backward ? [6] : [])].map(along), offsets: operands.map((o) => o.layout.offset),
    };
    const sources = operands.map((o) => o.operand);
    if (!backward) {
      this.#calls.emit(lowerScanForward(shape, this.#calls.target),
        [...sources, this.#calls.operand(out)], "selective scan", false);
      return;
    }
    const { lanes } = this.#calls.target;
    const room = scanScratch(shape, lanes), cut = scanParts(shape, lanes);
    const parts = node.outs!.map((aval, i): Binding => (i === 0 ? out
      : { slot: scratch("gradient", "f32", sizeOf(aval.shape)), layout: dense(aval.shape), offset: 0, step: 0 }));
    const perRow = [scratch("rows", "f32", batch * states * channels), scratch("rows", "f32", batch * channels)]
      .map((slot): Operand => ({ slot, offset: 0, step: 0 }));
    const [gx, gdt, ga, gb, gc, gd] = parts.map((p) => this.#calls.operand(p));
    // Sums over channels, by part of a row.
    const perPart = [gb, gc].map((whole): Operand => (cut === 1 ? whole
      : { slot: scratch("parts", "f32", batch * cut * steps * states), offset: 0, step: 0 }));
    this.#calls.emit(lowerScanBackward(shape, this.#calls.target), [
      ...sources, gx, gdt, perRow[0], ...perPart, perRow[1],
      { slot: scratch("kept", "f32", room.kept), offset: 0, step: 0 },
      { slot: scratch("local", "f32", room.local), offset: 0, step: 0 },
    ], "selective scan gradient", false);
    this.#sumRows(perRow[0], [channels, states, batch], [1, channels, channels * states], ga);
    this.#sumRows(perRow[1], [channels, batch], [1, channels], gd);
    if (cut > 1) [gb, gc].forEach((whole, i) => {
      const each = steps * states;
      this.#sumRows(perPart[i], [batch, each, cut], [cut * each, 1, each], whole);
    });
    this.#parts.set(node, parts);
  }
  /** Sums the last axis of a strided buffer into a dense one. */
  #sumRows(from: Operand, shape: readonly number[], strides: readonly number[], to: Operand): void {
    const outer = shape.length - 1;
    const fused: Fused = {
      shape, outer, sources: [{ dtype: "f32" } as Node], members: new Map(),
      values: [{ v: "load", dtype: "f32", source: 0, layout: { offset: 0, strides } },
        { v: "reduce", dtype: "f32", kind: "sum", arg: 0 }],
    };
    const store: Store = {
      value: 1, dtype: "f32", perRow: true,
      layout: { offset: 0, strides: [...contiguousStrides(shape.slice(0, outer)), 0] },
    };
    this.#calls.emit(lowerMap(fused, [store], this.#calls.target, "sum_rows"), [from, to], "sum rows", false);
  }
  /** Results of operations with several outputs. */
  readonly #parts = new Map<Node, readonly Binding[]>();

  #project(node: Node<"project">): void {
    const part = this.#parts.get(node.inputs[0])![node.params.index];
    const wanted = this.#calls.destinations.get(node);
    if (wanted === undefined) {
      this.#calls.bindings.set(node, part);
      return;
    }
    const out = this.#calls.make(node);
    this.#calls.move(node, part, out.layout, this.#calls.operand(out));
  }
  /** A loop's body is lowered as a graph of its own. */
  #scan(node: Node<"scan">): void {
    const { target, error } = this.#calls;
    this.#parts.set(node, lowerLoop(this.#calls, node, (schedule, bindings, destinations, loop) => {
      const lowering = new Lowering(schedule, bindings, destinations, target, error, loop);
      for (const group of schedule.groups) lowering.group(group);
      return lowering.items;
    }));
  }
}

/** Composites that have a kernel of their own. */
export const isWhole = (node: Node<"composite">): boolean =>
  (node.params.definition.name === "selectiveScan" || node.params.definition.name === "selectiveScanGradient") &&
  node.inputs[0].dtype === "f32" && node.inputs[0].shape.length === 3 && sizeOf(node.inputs[0].shape) > 0;
