import { contiguousStrides, sizeOf } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import { nameOf, scratch, type Binding, type Calls } from "./calls.ts";
import { once, orderLoops, outerFirst } from "./contract-order.ts";
import { overlaps, panelToPack, rowsToPack, tilesTogether } from "./contract-packing.ts";
import type { ContractDim } from "./contract-plan.ts";
import { chooseContraction } from "./contraction.ts";
import { FusedBuilder, type Fused } from "./fused.ts";
import { dense, type Layout } from "./layout.ts";
import { lowerContract } from "./lower-contract.ts";
import { lowerMap } from "./lower-map.ts";
import type { Store } from "./lowered.ts";
import type { Operand } from "./program.ts";
import type { Group } from "./schedule.ts";
import { spaceOf } from "./space.ts";

/** Lowers a contraction with what follows it: finds its loops, chooses their order, copies operands where that pays. */
export class ContractGroup {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Emits the call of a group, after the copies that it asks for. */
  lower(group: Group, node: Node<"contract">): void {
    const { spec, output } = node.params;
    const letters = [spec.x, spec.w, spec.y];
    const result = letters[output];
    const given = ([0, 1, 2] as const).filter((i) => i !== output);
    const operands = node.inputs.map((x) => this.#calls.located(x));
    const sizes = new Map<string, number>();
    const shapes = [...node.inputs.map((x, i) => [letters[given[i]], x.shape] as const), [result, node.shape] as const];
    shapes.forEach(([l, shape]) => [...l].forEach((letter, axis) => sizes.set(letter, shape[axis])));
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
    const members = group.members.filter((m) => this.#calls.schedule.stored.has(m));
    if (members.length === 0) return;
    const stores = members.map((m) => ({ ...this.#calls.storeOf(m, fused), perRow: false }));
    const layouts = [...fused.values.flatMap((v) => ("layout" in v ? [v.layout] : [])), ...stores.map((s) => s.layout)];

    // Result axes in the order of the result's shape, summed ones after; neighbours that walk together merge.
    const virtual: Fused = { ...fused, shape: [...result].map((l) => sizes.get(l)!), outer: result.length };
    const summedLetters = all.filter((l) => !result.includes(l));
    const walk = (which: 0 | 1): Layout => ({
      offset: 0, strides: [...result].map((l) => strideOf(given[which], operands[which].layout, l)),
    });
    // The last one is a place for waiting sums; until it is known whether there are any, the result's own.
    const space = spaceOf(virtual, [walk(0), walk(1), ...layouts, layouts[layouts.length - 1]]);
    const sums = spaceOf(
      { ...fused, shape: summedLetters.map((l) => sizes.get(l)!), outer: 0 },
      ([0, 1] as const).map((w) => ({
        offset: 0, strides: summedLetters.map((l) => strideOf(given[w], operands[w].layout, l)),
      })));
    let dims: ContractDim[] = [
      ...space.outer.map((d) => ({ size: d.size, a: d.strides[0], b: d.strides[1], layouts: d.strides.slice(2) })),
      ...sums.inner.map((d) => ({ size: d.size, a: d.strides[0], b: d.strides[1], layouts: [] })),
    ];
    const resultCount = space.outer.length;
    const lanes = node.dtype === "f64" ? this.#calls.target.lanesF64 : this.#calls.target.lanes;
    const choice = chooseContraction(
      dims.map((d, i) => ({
        size: d.size, a: d.a, b: d.b, y: i < resultCount,
        store: i < resultCount ? d.layouts[d.layouts.length - 1] : 0,
      })),
      this.#calls.target, lanes,
      [0, 1].map((w) => this.#calls.isInvariant([this.#calls.rootNode(node.inputs[w])])) as [boolean, boolean],
      [overlaps(dims.filter((d) => d.a !== 0), "a"), overlaps(dims.filter((d) => d.b !== 0), "b")]);
    const sources = operands.map((o) => this.#calls.operand(o.binding));
    const offsets: [number, number] = [operands[0].layout.offset, operands[1].layout.offset];
    const panel: [number, number] = [0, 0];
    const packed = panelToPack(dims, choice, lanes, resultCount);
    if (packed !== null) {
      const made = this.#pack(
        node.inputs[packed], dims, packed, choice.vector, choice.tile[1] * lanes, offsets[packed], sources[packed],
      );
      dims = made.dims;
      panel[packed] = made.step;
      sources[packed] = made.operand;
      offsets[packed] = 0;
    } else if (choice.copy >= 0) {
      const which = choice.copy as 0 | 1;
      const copied = this.#copyAlong(
        node.inputs[which], dims, which, choice.vector, offsets[which], operands[which].binding,
      );
      dims = copied.dims;
      sources[which] = copied.operand;
      offsets[which] = 0;
    }
    const rowPanel: [number, number] = [0, 0];
    if (choice.form === "outer" && choice.rows >= 0 && choice.vector >= 0) {
      const which = dims[choice.vector].a === 0 ? 0 : 1;
      const from = { ...operands[which], operand: sources[which] };
      const copied = this.#copyRows(
        node.inputs[which], dims, which, choice.rows, choice.vector, choice.tile[0], from.layout, from.operand,
      );
      if (copied !== null) {
        dims = copied.dims;
        rowPanel[which] = copied.step;
        sources[which] = copied.operand;
        offsets[which] = 0;
      }
    }
    const tall = rowsToPack(dims, choice, lanes, resultCount);
    if (tall !== null) {
      const made = this.#pack(
        node.inputs[tall], dims, tall, choice.rows, choice.tile[0], offsets[tall], sources[tall],
      );
      dims = made.dims;
      rowPanel[tall] = made.step;
      sources[tall] = made.operand;
      offsets[tall] = 0;
    }
    const dot = choice.form === "dot";
    const pick = (i: number): ContractDim => (i < 0 ? once(layouts.length + 1) : dims[i]);
    const { outer, passes, split, summed } = orderLoops(dims, choice, lanes, resultCount, this.#calls.target);
    // Sums wait in the order of the tiles; without a split nothing waits, and the layout is dropped again.
    if (split.length > 0 && !dot) {
      waitInOrder(dims, [...outer, ...passes, choice.rows, choice.vector], resultCount);
    }
    const layoutCount = layouts.length + (split.length === 0 ? 0 : 1);
    const cut = (d: ContractDim): ContractDim => ({ ...d, layouts: d.layouts.slice(0, layoutCount) });
    const lowered = lowerContract({
      outer: outer.map((i) => cut(dims[i])), summed, split,
      passes: passes.map((i) => cut(dims[i])),
      rows: cut(pick(choice.rows)), columns: cut(pick(dot ? choice.columns : choice.vector)),
      vector: dot ? dims[choice.vector] : null, choice, lanes: choice.vector < 0 ? 1 : lanes,
      dtypes: [node.inputs[0].dtype, node.inputs[1].dtype], panel, rowPanel, offsets,
      layoutOffsets: space.offsets.slice(2, 2 + layoutCount),
    }, fused, stores, nameOf(group.members));
    const empty = sizeOf(node.shape) === 0;
    const waiting = { slot: scratch("waiting", node.dtype, sizeOf(node.shape)), offset: 0, step: 0 };
    const read = [...operands.map((_, i) => this.#calls.rootNode(node.inputs[i])), ...fused.sources];
    const invariant = this.#calls.isInvariant(read) && !members.some((m) => this.#calls.destinations.has(m));
    if (invariant) for (const m of members) this.#calls.keepStill(m);
    this.#calls.emit({ ...lowered, units: empty ? 0 : lowered.units },
      [...sources, ...fused.sources.map((s) => this.#calls.operand(this.#calls.bindings.get(s)!)),
        ...members.map((m) => this.#calls.operand(this.#calls.make(m))),
        ...(split.length === 0 ? [] : [waiting])],
      nameOf(group.members), invariant);
  }
  /** Copies an operand into tiles of `width` along one axis, each with all its summed loops one after another. */
  #pack(
    node: Node, dims: readonly ContractDim[], which: 0 | 1, across: number, width: number, offset: number,
    from: Operand,
  ): { dims: ContractDim[]; operand: Operand; step: number } {
    const key = which === 0 ? "a" : "b";
    const moving = dims.flatMap((d, i) => (d[key] !== 0 && i !== across ? [i] : []));
    const results = moving.filter((i) => dims[i].layouts.length > 0);
    const sums = moving.filter((i) => dims[i].layouts.length === 0);
    sums.sort((i, j) => outerFirst(dims[i], dims[j], this.#calls.target));
    const tiles = Math.ceil(dims[across].size / width), step = dims[across][key];
    const shape = [...results.map((i) => dims[i].size), tiles, ...sums.map((i) => dims[i].size), width];
    const strides = contiguousStrides(shape);
    const walk = [...results.map((i) => dims[i][key]), width * step, ...sums.map((i) => dims[i][key]), step];
    const operand = this.#copyTiles(node, shape, walk, results.length, dims[across].size, offset, from);
    const changed = dims.map((d, i) => {
      const result = results.indexOf(i), sum = sums.indexOf(i);
      if (result >= 0) return { ...d, [key]: strides[result] };
      if (sum >= 0) return { ...d, [key]: strides[results.length + 1 + sum] };
      return i === across ? { ...d, [key]: 1 } : d;
    });
    // One tile further is `strides[tiles]`; spread over its columns that is the step of a column.
    return { dims: changed, operand, step: strides[results.length] / width };
  }
  /** The epilogue of a contraction that stands alone: store the sum. */
  #plain(node: Node): Fused {
    const builder = new FusedBuilder(node.shape, node.shape.length, () => null, new Set(), node);
    builder.add(node);
    return builder.finish();
  }
  /**
   * An operand that is read number by number through windows, laid out anew with the rows of the tile side by side: a
   * packed copy would hold every number once per tap.
   */
  #copyRows(
    node: Node, dims: readonly ContractDim[], which: 0 | 1, rows: number, vector: number, height: number,
    layout: Layout, from: Operand,
  ): { dims: ContractDim[]; operand: Operand; step: number } | null {
    const key = which === 0 ? "a" : "b";
    const walked = dims.filter((d) => d[key] !== 0);
    if (dims[vector][key] !== 0 || !overlaps(walked, key) || dims[rows][key] <= 1) return null;
    const axes = node.shape.map((_, i) => i).sort((i, j) => layout.strides[j] - layout.strides[i]);
    const across = axes.find((i) => layout.strides[i] === dims[rows][key]);
    if (across === undefined || axes.some((i) => layout.strides[i] <= 0)) return null;
    if (node.shape[across] !== dims[rows].size) return null;
    // The axis of the rows in tiles, each with all other axes that lie further in.
    const tile = Math.ceil(node.shape[across] / height);
    const shape = [...axes.map((i) => (i === across ? tile : node.shape[i])), height];
    const walk = [...axes.map((i) => layout.strides[i] * (i === across ? height : 1)), layout.strides[across]];
    const strides = contiguousStrides(shape);
    const changed = dims.map((d, i) => {
      if (d[key] === 0) return d;
      if (i === rows) return { ...d, [key]: 1 };
      const axis = axes.find((j) => layout.strides[j] <= d[key] && d[key] % layout.strides[j] === 0)!;
      return { ...d, [key]: (d[key] / layout.strides[axis]) * strides[axes.indexOf(axis)] };
    });
    const at = axes.indexOf(across);
    const operand = this.#copyTiles(node, shape, walk, at, dims[rows].size, layout.offset, from);
    return { dims: changed, operand, step: strides[at] / height };
  }
  /**
   * A dense copy of an operand whose axis of `size` numbers is cut in tiles: their number stands at axis `tiles` of the
   * shape, their width last. What the last tile lacks is never written, nor read.
   */
  #copyTiles(
    node: Node, shape: readonly number[], walk: readonly number[], tiles: number, size: number, offset: number,
    from: Operand,
  ): Operand {
    const last = shape.length - 1, width = shape[last], full = Math.floor(size / width);
    const strides = contiguousStrides(shape);
    const to = { slot: scratch("copy", node.dtype, sizeOf(shape)), offset: 0, step: 0 };
    const copy = (first: number, count: number, wide: number): void => {
      if (count === 0 || wide === 0) return;
      const part = shape.map((n, i) => (i === tiles ? count : i === last ? wide : n));
      const loops = tilesTogether({ shape: part, read: walk, written: strides }, tiles);
      this.#copyTo(node, loops.shape, { offset: offset + first * walk[tiles], strides: loops.read }, from,
        { offset: first * strides[tiles], strides: loops.written }, to);
    };
    copy(0, full, width);
    copy(full, 1, size - full * width);
    return to;
  }
  /** A dense copy of an operand, read with the given strides. */
  #copyAs(node: Node, shape: readonly number[], walk: readonly number[], offset: number, from: Operand): Operand {
    const to = { slot: scratch("copy", node.dtype, sizeOf(shape)), offset: 0, step: 0 };
    this.#copyTo(node, shape, { offset, strides: walk }, from, dense(shape), to);
    return to;
  }
  /** Copies cells of an operand; in a loop, once before it if they never change. */
  #copyTo(node: Node, shape: readonly number[], read: Layout, from: Operand, written: Layout, to: Operand): void {
    const fused: Fused = {
      shape, outer: shape.length, sources: [node], members: new Map(),
      values: [{ v: "load", dtype: node.dtype, source: 0, layout: read }],
    };
    const store: Store = { value: 0, dtype: node.dtype, layout: written, perRow: false };
    this.#calls.emit(lowerMap(fused, [store], this.#calls.target, "copy"), [from, to], "copy",
      this.#calls.isInvariant([this.#calls.rootNode(node)]));
  }
  /** An operand laid out anew with the vector axis innermost; in a loop, once before it if it never changes. */
  #copyAlong(
    node: Node, dims: readonly ContractDim[], which: 0 | 1, vector: number, offset: number, binding: Binding,
  ): { dims: ContractDim[]; operand: Operand } {
    const key = which === 0 ? "a" : "b";
    const order = dims.flatMap((d, i) => (d[key] !== 0 && i !== vector ? [i] : []));
    order.sort((i, j) => Math.abs(dims[j][key]) - Math.abs(dims[i][key]));
    order.push(vector);
    const shape = order.map((i) => dims[i].size), strides = contiguousStrides(shape);
    const operand = this.#copyAs(node, shape, order.map((i) => dims[i][key]), offset, this.#calls.operand(binding));
    const changed = dims.map((d, i) => {
      const at = order.indexOf(i);
      return at < 0 ? d : { ...d, [key]: strides[at] };
    });
    return { dims: changed, operand };
  }
}

/** Lays the waiting sums out with the last of the given result axes innermost. */
function waitInOrder(dims: ContractDim[], order: readonly number[], resultCount: number): void {
  let stride = 1;
  for (const i of [...order].reverse()) {
    if (i < 0 || i >= resultCount) continue;
    dims[i] = { ...dims[i], layouts: [...dims[i].layouts.slice(0, -1), stride] };
    stride *= dims[i].size;
  }
}
