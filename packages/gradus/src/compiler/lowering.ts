import type { DType } from "../vocab/dtype.ts";
import { contiguousStrides, sizeOf } from "../vocab/shape.ts";
import { emit, RECORD, withInterpreter } from "../ir/emit.ts";
import { isOp, type Node } from "../ir/node.ts";
import type { Target } from "../runtime/backend.ts";
import { chooseContraction } from "./contraction.ts";
import { FusedBuilder, type Fused } from "./fused.ts";
import { dense, type Layout } from "./layout.ts";
import { lowerContract, type ContractDim } from "./lower-contract.ts";
import { lowerMap, type Lowered, type Store } from "./lower-map.ts";
import { lowerScanBackward, lowerScanForward, scanScratch, type ScanShape } from "./lower-selective-scan.ts";
import { lowerRecurrence, lowerScatter, lowerSort } from "./lower-special.ts";
import type { BufferSlot, Call, Item, Operand } from "./program.ts";
import { Schedule, type Group, type Place } from "./schedule.ts";
import { spaceOf } from "./space.ts";

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

/** Lowers a scheduled graph to calls. One per program, and one per loop body inside it. */
export class Lowering {
  readonly items: Item[] = [];
  readonly bindings: Map<Node, Binding>;
  readonly #schedule: Schedule;
  readonly #target: Target;
  readonly #destinations: ReadonlyMap<Node, Destination>;
  readonly #error: BufferSlot;
  /** In a loop body: work that is the same in every step goes there instead. */
  readonly #before: Item[] | null;
  readonly #invariant: Set<Node>;
  /** Where the operands of the group at hand lie. */
  #places: ReadonlyMap<Node, Place> = new Map();

  constructor(
    schedule: Schedule, bindings: Map<Node, Binding>, destinations: ReadonlyMap<Node, Destination>, target: Target,
    error: BufferSlot, loop: { before: Item[]; constants: ReadonlySet<Node> } | null = null,
  ) {
    this.#schedule = schedule;
    this.bindings = bindings;
    this.#destinations = destinations;
    this.#target = target;
    this.#error = error;
    this.#before = loop?.before ?? null;
    this.#invariant = new Set(loop?.constants);
  }

  group(group: Group): void {
    const [first] = group.members;
    this.#places = group.places;
    if (group.kind === "map") this.#map(group);
    else if (isOp(first, "contract")) this.#contract(group, first);
    else if (isOp(first, "scan")) this.#scan(first);
    else if (isOp(first, "project")) this.#project(first);
    else this.#special(first);
  }

  /** The binding behind a node, through views. */
  located(node: Node): { binding: Binding; layout: Layout } {
    const place = this.#places.get(node)!;
    return { binding: this.bindings.get(place.node)!, layout: place.layout };
  }
  #operand(binding: Binding): Operand {
    return { slot: binding.slot, offset: binding.offset, step: binding.step };
  }
  /** A buffer for a node's numbers: where it was asked to be, else scratch. */
  #make(node: Node): Binding {
    const slice = this.#schedule.slices.get(node);
    if (slice !== undefined) {
      const whole = this.bindings.get(slice.whole) ?? this.#make(slice.whole);
      const binding: Binding = { ...whole, layout: slice.layout };
      this.bindings.set(node, binding);
      return binding;
    }
    const wanted = this.#destinations.get(node);
    const binding: Binding = wanted === undefined
      ? { slot: scratch(node.label ?? node.op, node.dtype, sizeOf(node.shape)), layout: dense(node.shape), offset: 0, step: 0 }
      : { ...wanted, layout: dense(node.shape) };
    this.bindings.set(node, binding);
    return binding;
  }
  #emit(lowered: Lowered, operands: readonly Operand[], label: string, invariant: boolean): void {
    const call: Call = {
      item: "call", kernel: lowered.kernel, ints: lowered.ints, floats: lowered.floats, units: lowered.units,
      work: lowered.work, label,
      operands: lowered.checked ? [...operands, { slot: this.#error, offset: 0, step: 0 }] : operands,
    };
    (invariant && this.#before !== null ? this.#before : this.items).push(call);
  }
  /** Whether a group gives the same numbers in every step of the loop around it. */
  #isInvariant(nodes: readonly Node[]): boolean {
    return this.#before !== null && nodes.every((x) => this.#invariant.has(x));
  }

  /** How a member's cells are written, seen from the iteration space of its group. */
  #storeOf(node: Node, fused: Fused): Store {
    const value = fused.members.get(node)!;
    const slice = this.#schedule.slices.get(node);
    if (slice !== undefined) return { value, dtype: node.dtype, layout: slice.seen, perRow: false };
    const perRow = sizeOf(node.shape) !== sizeOf(fused.shape) || node.op === "reduce" || node.op === "argReduce";
    const kept = contiguousStrides(fused.shape.slice(0, perRow ? fused.outer : fused.shape.length));
    return { value, dtype: node.dtype, layout: { offset: 0, strides: fused.shape.map((_, i) => kept[i] ?? 0) }, perRow };
  }
  #map(group: Group): void {
    const fused = group.fused!;
    const members = group.members.filter((m) => this.#schedule.stored.has(m));
    if (members.length === 0) return;
    const invariant = this.#isInvariant(fused.sources) && !members.some((m) => this.#destinations.has(m));
    if (invariant) for (const m of members) this.#invariant.add(m);
    const stores = members.map((node) => this.#storeOf(node, fused));
    const operands = [...fused.sources.map((s) => this.#operand(this.bindings.get(s)!)),
      ...members.map((m) => this.#operand(this.#make(m)))];
    this.#emit(lowerMap(fused, stores, this.#target, nameOf(members)), operands, nameOf(members), invariant);
  }

  #contract(group: Group, node: Node<"contract">): void {
    const { spec, output } = node.params;
    const letters = [spec.x, spec.w, spec.y];
    const result = letters[output];
    const given = ([0, 1, 2] as const).filter((i) => i !== output);
    const operands = node.inputs.map((x) => this.located(x));
    const sizes = new Map<string, number>();
    [...node.inputs.map((x, i) => [letters[given[i]], x.shape] as const), [result, node.shape] as const].forEach(([l, shape]) =>
      [...l].forEach((letter, axis) => sizes.set(letter, shape[axis])));
    /** Stride of an operand along a letter; a windowed axis of X moves with positions and with taps. */
    const strideOf = (which: number, layout: Layout, letter: string): number => {
      const place = letters[which].indexOf(letter);
      if (place >= 0) {
        const windowed = which === 0 && spec.windows.some((w) => w.x === letter);
        return windowed ? 0 : layout.strides[place];
      }
      if (which !== 0) return 0;
      const window = spec.windows.find((w) => w.y === letter || w.w === letter);
      if (window === undefined) return 0;
      const step = layout.strides[letters[0].indexOf(window.x)];
      return window.y === letter ? step * window.stride : step * window.dilation;
    };
    const windowLetters = new Set(spec.windows.map((w) => w.x));
    const all = [...sizes.keys()].filter((l) => !windowLetters.has(l));
    const fused = group.fused ?? this.#plain(node);
    const members = group.members.filter((m) => this.#schedule.stored.has(m));
    if (members.length === 0) return;
    const stores = members.map((m) => ({ ...this.#storeOf(m, fused), perRow: false }));
    const layouts = [...fused.values.flatMap((v) => ("layout" in v ? [v.layout] : [])), ...stores.map((s) => s.layout)];

    // Result axes in the order of the result's shape, summed ones after; neighbours that walk together merge.
    const virtual: Fused = { ...fused, shape: [...result].map((l) => sizes.get(l)!), outer: result.length };
    const summedLetters = all.filter((l) => !result.includes(l));
    const walk = (which: 0 | 1): Layout => ({
      offset: 0, strides: [...result].map((l) => strideOf(given[which], operands[which].layout, l)),
    });
    const space = spaceOf(virtual, [walk(0), walk(1), ...layouts, dense(node.shape)]);
    const sums = spaceOf(
      { ...fused, shape: summedLetters.map((l) => sizes.get(l)!), outer: 0 },
      ([0, 1] as const).map((w) => ({ offset: 0, strides: summedLetters.map((l) => strideOf(given[w], operands[w].layout, l)) })));
    let dims: ContractDim[] = [
      ...space.outer.map((d) => ({ size: d.size, a: d.strides[0], b: d.strides[1], layouts: d.strides.slice(2) })),
      ...sums.inner.map((d) => ({ size: d.size, a: d.strides[0], b: d.strides[1], layouts: [] })),
    ];
    const resultCount = space.outer.length;
    const lanes = node.dtype === "f64" ? this.#target.lanesF64 : this.#target.lanes;
    const choice = chooseContraction(
      dims.map((d, i) => ({ size: d.size, a: d.a, b: d.b, y: i < resultCount, store: i < resultCount ? d.layouts[d.layouts.length - 1] : 0 })),
      this.#target, lanes, [0, 1].map((w) => this.#isInvariant([this.#rootNode(node.inputs[w])])) as [boolean, boolean]);
    const sources = operands.map((o) => this.#operand(o.binding));
    const offsets: [number, number] = [operands[0].layout.offset, operands[1].layout.offset];
    if (choice.copy >= 0) {
      const which = choice.copy as 0 | 1;
      const copied = this.#copyAlong(node.inputs[which], dims, which, choice.vector, offsets[which], operands[which].binding);
      dims = copied.dims;
      sources[which] = copied.operand;
      offsets[which] = 0;
    }
    const panel: [number, number] = [0, 0];
    const packed = choice.form === "outer" && choice.vector >= 0 ? this.#panelOf(dims, choice.vector, choice.tile, lanes, resultCount) : null;
    if (packed !== null) {
      const { which } = packed;
      const made = this.#pack(node.inputs[which], dims, which, choice.vector, choice.tile[1] * lanes, offsets[which], sources[which]);
      dims = made.dims;
      panel[which] = made.step;
      sources[which] = made.operand;
      offsets[which] = 0;
    }
    const one: ContractDim = { size: 1, a: 0, b: 0, layouts: [...layouts.map(() => 0), 0] };
    const pick = (i: number): ContractDim => (i < 0 ? one : dims[i]);
    const dot = choice.form === "dot";
    const used = new Set([choice.vector, choice.rows, ...(dot ? [choice.columns] : [])]);
    const rest = dims.map((d, i) => [d, i] as const).filter(([, i]) => !used.has(i));
    const summed = rest.filter(([, i]) => i >= resultCount).map(([d]) => d)
      .sort((p, q) => Math.max(Math.abs(q.a), Math.abs(q.b)) - Math.max(Math.abs(p.a), Math.abs(p.b)));
    const outer = rest.filter(([, i]) => i < resultCount).map(([d]) => d);
    const split = this.#splitSum(summed, pick(choice.rows), pick(dot ? choice.columns : choice.vector), dot ? dims[choice.vector] : null);
    // Without a split nothing waits: the layout of waiting sums is dropped again.
    const layoutCount = layouts.length + (split === null ? 0 : 1);
    const cut = (d: ContractDim): ContractDim => ({ ...d, layouts: d.layouts.slice(0, layoutCount) });
    const lowered = lowerContract({
      outer: outer.map(cut), summed: split?.rest ?? summed, split: split?.loop ?? null,
      rows: cut(pick(choice.rows)), columns: cut(pick(dot ? choice.columns : choice.vector)),
      vector: dot ? dims[choice.vector] : null, choice, lanes: choice.vector < 0 ? 1 : lanes,
      dtypes: [node.inputs[0].dtype, node.inputs[1].dtype], panel, offsets, layoutOffsets: space.offsets.slice(2, 2 + layoutCount),
    }, fused, stores, this.#target, nameOf(group.members));
    const empty = sizeOf(node.shape) === 0;
    const invariant = this.#isInvariant([...operands.map((_, i) => this.#rootNode(node.inputs[i])), ...fused.sources]) &&
      !members.some((m) => this.#destinations.has(m));
    if (invariant) for (const m of members) this.#invariant.add(m);
    this.#emit({ ...lowered, units: empty ? 0 : lowered.units },
      [...sources, ...fused.sources.map((s) => this.#operand(this.bindings.get(s)!)), ...members.map((m) => this.#operand(this.#make(m))),
        ...(split === null ? [] : [{ slot: scratch("waiting", node.dtype, sizeOf(node.shape)), offset: 0, step: 0 }])],
      nameOf(group.members), invariant);
  }
  /**
   * The operand along the lanes is packed where its rows lie a page apart: each of them would cost an entry of the
   * address cache, and powers of two fall into the same sets. Only where enough rows use the copy.
   */
  #panelOf(
    dims: readonly ContractDim[], vector: number, tile: readonly [number, number], lanes: number, resultCount: number,
  ): { which: 0 | 1 } | null {
    const v = dims[vector];
    const which = v.a === 1 ? 0 : v.b === 1 ? 1 : null;
    if (which === null || v.size % (tile[1] * lanes) !== 0) return null;
    const key = which === 0 ? "a" : "b";
    const summed = dims.slice(resultCount);
    const far = summed.some((d) => Math.abs(d[key]) >= 768 && d.size >= 64);
    const reuse = dims.slice(0, resultCount).reduce((n, d) => (d[key] === 0 ? n * d.size : n), 1);
    return far && reuse >= 96 ? { which } : null;
  }
  /** Copies an operand into tiles of `width` columns, each with all its summed loops one after another. */
  #pack(
    node: Node, dims: readonly ContractDim[], which: 0 | 1, vector: number, width: number, offset: number, from: Operand,
  ): { dims: ContractDim[]; operand: Operand; step: number } {
    const key = which === 0 ? "a" : "b";
    const moving = dims.flatMap((d, i) => (d[key] !== 0 && i !== vector ? [i] : []));
    const results = moving.filter((i) => dims[i].layouts.length > 0), sums = moving.filter((i) => dims[i].layouts.length === 0);
    sums.sort((i, j) => Math.max(Math.abs(dims[j].a), Math.abs(dims[j].b)) - Math.max(Math.abs(dims[i].a), Math.abs(dims[i].b)));
    const tiles = dims[vector].size / width;
    const shape = [...results.map((i) => dims[i].size), tiles, ...sums.map((i) => dims[i].size), width];
    const strides = contiguousStrides(shape);
    const fused: Fused = {
      shape, outer: shape.length, sources: [node], members: new Map(),
      values: [{
        v: "load", dtype: node.dtype, source: 0,
        layout: { offset, strides: [...results.map((i) => dims[i][key]), width, ...sums.map((i) => dims[i][key]), 1] },
      }],
    };
    const slot = scratch("pack", node.dtype, sizeOf(shape));
    const invariant = this.#isInvariant([this.#rootNode(node)]);
    const store: Store = { value: 0, dtype: node.dtype, layout: { offset: 0, strides }, perRow: false };
    this.#emit(lowerMap(fused, [store], this.#target, "pack"), [from, { slot, offset: 0, step: 0 }], "pack", invariant);
    const changed = dims.map((d, i) => {
      const result = results.indexOf(i), sum = sums.indexOf(i);
      if (result >= 0) return { ...d, [key]: strides[result] };
      return sum >= 0 ? { ...d, [key]: strides[results.length + 1 + sum] } : d;
    });
    // One tile further is `strides[tiles]`; spread over its columns that is the step of a column.
    return { dims: changed, operand: { slot, offset: 0, step: 0 }, step: strides[results.length] / width };
  }
  /**
   * Takes the outermost summed loop (or blocks of it) out of the tiles when the operands of a block of the result would
   * not stay in the second cache.
   */
  #splitSum(
    summed: readonly ContractDim[], rows: ContractDim, columns: ContractDim, vector: ContractDim | null,
  ): { loop: ContractDim; rest: ContractDim[] } | null {
    if (summed.length === 0) return null;
    const steps = summed.reduce((n, d) => n * d.size, 1) * (vector?.size ?? 1);
    // Elements of both operands that one pass over all rows and columns reads.
    const width = Math.min(rows.size, 4096) + Math.min(columns.size, 4096);
    const room = this.#target.cache[1] / 8;
    if (steps * width <= room || steps < 256) return null;
    const [first, ...others] = summed;
    const inner = steps / first.size;
    const wanted = Math.max(1, Math.floor(room / width / inner));
    if (wanted >= first.size) return null;
    const block = first.size * inner < 256 ? first.size : divisorNear(first.size, Math.max(wanted, Math.ceil(96 / inner)));
    if (block >= first.size) return null;
    const loop: ContractDim = { size: first.size / block, a: first.a * block, b: first.b * block, layouts: [] };
    return { loop, rest: block === 1 ? [...others] : [{ ...first, size: block }, ...others] };
  }
  #rootNode(node: Node): Node {
    return this.#places.get(node)!.node;
  }
  /** The epilogue of a contraction that stands alone: store the sum. */
  #plain(node: Node): Fused {
    const builder = new FusedBuilder(node.shape, node.shape.length, () => null, new Set(), node);
    builder.add(node);
    return builder.finish();
  }
  /** An operand laid out anew with the vector axis innermost; in a loop, once before it if it never changes. */
  #copyAlong(
    node: Node, dims: readonly ContractDim[], which: 0 | 1, vector: number, offset: number, binding: Binding,
  ): { dims: ContractDim[]; operand: Operand } {
    const key = which === 0 ? "a" : "b";
    const order = dims.flatMap((d, i) => (d[key] !== 0 && i !== vector ? [i] : []));
    order.sort((i, j) => Math.abs(dims[j][key]) - Math.abs(dims[i][key]));
    order.push(vector);
    const shape = order.map((i) => dims[i].size);
    const strides = contiguousStrides(shape);
    const fused: Fused = {
      shape, outer: shape.length, sources: [node], members: new Map(),
      values: [{ v: "load", dtype: node.dtype, source: 0, layout: { offset, strides: order.map((i) => dims[i][key]) } }],
    };
    const slot = scratch("copy", node.dtype, sizeOf(shape));
    const invariant = this.#isInvariant([this.#rootNode(node)]);
    const store: Store = { value: 0, dtype: node.dtype, layout: { offset: 0, strides }, perRow: false };
    this.#emit(lowerMap(fused, [store], this.#target, "copy"),
      [this.#operand(binding), { slot, offset: 0, step: 0 }], "copy", invariant);
    const changed = dims.map((d, i) => {
      const at = order.indexOf(i);
      return at < 0 ? d : { ...d, [key]: strides[at] };
    });
    return { dims: changed, operand: { slot, offset: 0, step: 0 } };
  }

  #special(node: Node): void {
    const out = this.bindings.get(node) ?? this.#make(node);
    const target = this.#target;
    const of = (x: Node): { operand: Operand; layout: Layout } => {
      const { binding, layout } = this.located(x);
      return { operand: this.#operand(binding), layout };
    };
    const here = this.#operand(out);
    if (isOp(node, "concat")) {
      let at = 0;
      for (const piece of node.inputs) {
        if (this.#schedule.slices.get(piece)?.whole === node) {
          at += piece.shape[node.params.axis];
          continue;
        }
        const layout = { offset: at * out.layout.strides[node.params.axis], strides: out.layout.strides };
        this.#copy(piece, layout, here);
        at += piece.shape[node.params.axis];
      }
      return;
    }
    if (isOp(node, "pad")) {
      const { low, interior, value } = node.params;
      const [x] = node.inputs;
      if (sizeOf(x.shape) !== sizeOf(node.shape)) this.#fill(node, value, here);
      this.#copy(x, {
        offset: low.reduce((o, n, i) => o + n * out.layout.strides[i], 0),
        strides: out.layout.strides.map((s, i) => s * (interior[i] + 1)),
      }, here);
      return;
    }
    if (isOp(node, "scatter")) {
      const [base, index, updates] = node.inputs;
      this.#copy(base, out.layout, here);
      const i = of(index), u = of(updates);
      this.#emit(lowerScatter(node, i.layout, u.layout, target), [i.operand, u.operand, here], "scatter", false);
      return;
    }
    if (isOp(node, "recurrence")) {
      const [a, b, h0] = node.inputs.map(of);
      this.#emit(lowerRecurrence(node, a.layout, b.layout, h0.layout, target),
        [a.operand, b.operand, h0.operand, here], "recurrence", false);
      return;
    }
    if (isOp(node, "sort")) {
      const x = of(node.inputs[0]);
      const positions = scratch("sort", "i32", sizeOf(node.shape)), spare = scratch("sort", "i32", sizeOf(node.shape));
      this.#emit(lowerSort(node, x.layout), [x.operand, here, { slot: positions, offset: 0, step: 0 },
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
      const { binding, layout } = this.located(input);
      // A is read by state first; the others need their last axis side by side.
      if (i !== 2 && (layout.strides[input.shape.length - 1] === 1 || input.shape[input.shape.length - 1] === 1)) {
        return { operand: this.#operand(binding), layout };
      }
      const slot = scratch("copy", input.dtype, sizeOf(input.shape));
      const to = i === 2 ? { offset: 0, strides: [1, channels] } : dense(input.shape);
      this.#move(input, { ...binding, layout }, to, { slot, offset: 0, step: 0 });
      return { operand: { slot, offset: 0, step: 0 }, layout: to };
    });
    const along = (i: number): readonly [number, number] => [operands[i].layout.strides[0], operands[i].layout.strides[1]];
    const shape: ScanShape = {
      b: batch, t: steps, d: channels, n: states,
      strides: [0, 1, 3, 4, ...(backward ? [6] : [])].map(along), offsets: operands.map((o) => o.layout.offset),
    };
    const sources = operands.map((o) => o.operand);
    if (!backward) {
      this.#emit(lowerScanForward(shape, this.#target), [...sources, this.#operand(out)], "selective scan", false);
      return;
    }
    const room = scanScratch(shape, this.#target.lanes);
    const parts = node.outs!.map((aval, i): Binding => (i === 0 ? out
      : { slot: scratch("gradient", "f32", sizeOf(aval.shape)), layout: dense(aval.shape), offset: 0, step: 0 }));
    const perRow = [scratch("rows", "f32", batch * states * channels), scratch("rows", "f32", batch * channels)]
      .map((slot): Operand => ({ slot, offset: 0, step: 0 }));
    const [gx, gdt, ga, gb, gc, gd] = parts.map((p) => this.#operand(p));
    this.#emit(lowerScanBackward(shape, this.#target), [...sources, gx, gdt, perRow[0], gb, gc, perRow[1],
      { slot: scratch("kept", "f32", room.kept), offset: 0, step: 0 }, { slot: scratch("local", "f32", room.local), offset: 0, step: 0 }],
    "selective scan gradient", false);
    this.#sumRows(perRow[0], [channels, states, batch], [1, channels, channels * states], ga);
    this.#sumRows(perRow[1], [channels, batch], [1, channels], gd);
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
      value: 1, dtype: "f32", perRow: true, layout: { offset: 0, strides: [...contiguousStrides(shape.slice(0, outer)), 0] },
    };
    this.#emit(lowerMap(fused, [store], this.#target, "sum_rows"), [from, to], "sum rows", false);
  }
  /** Results of operations with several outputs. */
  readonly #parts = new Map<Node, readonly Binding[]>();
  #project(node: Node<"project">): void {
    const part = this.#parts.get(node.inputs[0])![node.params.index];
    const wanted = this.#destinations.get(node);
    if (wanted === undefined) {
      this.bindings.set(node, part);
      return;
    }
    const out = this.#make(node);
    this.#move(node, part, out.layout, this.#operand(out));
  }

  #copy(x: Node, layout: Layout, to: Operand): void {
    const { binding, layout: from } = this.located(x);
    this.#move(x, { ...binding, layout: from }, layout, to);
  }
  #move(x: Node, from: Binding, layout: Layout, to: Operand): void {
    if (sizeOf(x.shape) === 0) return;
    const fused: Fused = {
      shape: x.shape, outer: x.shape.length, sources: [x], members: new Map(),
      values: [{ v: "load", dtype: x.dtype, source: 0, layout: from.layout }],
    };
    const store: Store = { value: 0, dtype: x.dtype, layout, perRow: false };
    this.#emit(lowerMap(fused, [store], this.#target, "copy"), [this.#operand(from), to], "copy", false);
  }
  #fill(node: Node, value: number, to: Operand): void {
    const fused: Fused = {
      shape: node.shape, outer: node.shape.length, sources: [], members: new Map(),
      values: [{ v: "constant", dtype: node.dtype, value }],
    };
    const store: Store = { value: 0, dtype: node.dtype, layout: dense(node.shape), perRow: false };
    this.#emit(lowerMap(fused, [store], this.#target, "fill"), [to], "fill", false);
  }

  /** An operand of a loop inside another loop stands still while the inner one runs: a moving one is copied first. */
  #still(node: Node): { binding: Binding; layout: Layout } {
    const place = this.located(node);
    if (place.binding.step === 0) return place;
    const slot = scratch("still", node.dtype, sizeOf(node.shape));
    const layout = dense(node.shape);
    this.#copy(node, layout, { slot, offset: 0, step: 0 });
    return { binding: { slot, layout, offset: 0, step: 0 }, layout };
  }
  /**
   * A loop. Each carry has one place per step boundary, so that nothing is overwritten: step t reads place t and writes
   * place t+1 (the other way round in reverse). The carries a gradient asks for are then simply those places.
   */
  #scan(node: Node<"scan">): void {
    const { body, carries: n, sequences: m, length, reverse, saved } = node.params;
    const inside = new Map<Node, Binding>();
    const destinations = new Map<Node, Destination>();
    const constants = new Set<Node>();
    const carrySlots = body.inputs.slice(0, n).map((x) => scratch("carry", x.dtype, (length + 1) * sizeOf(x.shape)));
    const enter = reverse ? 1 : 0, leave = reverse ? 0 : 1;
    body.inputs.forEach((place, i) => {
      if (i < n) {
        const size = sizeOf(place.shape);
        this.#copy(node.inputs[i], dense(place.shape), { slot: carrySlots[i], offset: reverse ? length * size : 0, step: 0 });
        inside.set(place, { slot: carrySlots[i], layout: dense(place.shape), offset: enter * size, step: size });
        return;
      }
      const { binding, layout } = this.#still(node.inputs[i]);
      if (i < n + m) {
        // One slice per step: the leading axis becomes the step of the loop.
        inside.set(place, {
          slot: binding.slot, offset: binding.offset, step: layout.strides[0],
          layout: { offset: layout.offset, strides: layout.strides.slice(1) },
        });
      } else {
        inside.set(place, { ...binding, layout });
        constants.add(place);
      }
    });
    const results = body.outputs.length - n - saved;
    const parts: Binding[] = [];
    const wrap = (y: Node): Node => withInterpreter(RECORD, () => emit("reshape", { shape: y.shape }, [y]));
    const roots: Node[] = [];
    for (let i = 0; i < n; i++) {
      const y = body.outputs[i], size = sizeOf(y.shape);
      // A value that already has a place, or none of its own, is copied.
      const root = destinations.has(y) || inside.has(y) ? wrap(y) : y;
      destinations.set(root, { slot: carrySlots[i], offset: leave * size, step: size });
      roots.push(root);
      parts.push({ slot: carrySlots[i], layout: dense(y.shape), offset: reverse ? 0 : length * size, step: 0 });
    }
    for (let i = 0; i < results; i++) {
      const y = body.outputs[n + i], size = sizeOf(y.shape);
      const stacked = [length, ...y.shape];
      const carried = body.outputs.slice(0, n).indexOf(y);
      if (carried >= 0 && roots[carried] === y) {
        parts.push({ slot: carrySlots[carried], layout: dense(stacked), offset: leave * size, step: 0 });
        continue;
      }
      const root = destinations.has(y) || inside.has(y) ? wrap(y) : y;
      const slot = scratch("result", y.dtype, length * size);
      destinations.set(root, { slot, offset: 0, step: size });
      roots.push(root);
      parts.push({ slot, layout: dense(stacked), offset: 0, step: 0 });
    }
    for (let i = 0; i < saved; i++) {
      const y = body.inputs[i];
      parts.push({ slot: carrySlots[i], layout: dense([length, ...y.shape]), offset: enter * sizeOf(y.shape), step: 0 });
    }
    const leaves = new Map([...inside].map(([x, b]) => [x, b.layout] as const));
    const schedule = new Schedule(roots, leaves, null, new Set());
    const before: Item[] = [];
    const lowering = new Lowering(schedule, inside, destinations, this.#target, this.#error, { before, constants });
    for (const group of schedule.groups) lowering.group(group);
    this.items.push(...before);
    if (length > 0) this.items.push({ item: "loop", length, reverse, body: lowering.items });
    this.#parts.set(node, parts);
  }
}

/** The largest divisor of n that is at most twice `wanted`, or n itself when there is none worth having. */
function divisorNear(n: number, wanted: number): number {
  for (let d = Math.min(n, 2 * wanted); d >= Math.max(1, wanted / 2); d--) if (n % d === 0) return d;
  return n;
}
/** Composites that have a kernel of their own. */
export const isWhole = (node: Node<"composite">): boolean =>
  (node.params.definition.name === "selectiveScan" || node.params.definition.name === "selectiveScanGradient") &&
  node.inputs[0].dtype === "f32" && node.inputs[0].shape.length === 3 && sizeOf(node.inputs[0].shape) > 0;

export const scratch = (name: string, dtype: DType, size: number): BufferSlot => ({ name, dtype, size, kind: "scratch" });

/** Names of what a kernel computes, as far as they fit. */
const nameOf = (members: readonly Node[]): string =>
  [...new Set(members.map((m) => m.op))].slice(0, 4).join("_").replace(/[^a-z0-9_]/gi, "").toLowerCase();
