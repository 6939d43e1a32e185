import { contiguousStrides, sizeOf } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import { nameOf, scratch, type Binding, type Calls } from "./calls.ts";
import type { ContractDim } from "./contract-writer.ts";
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
    const space = spaceOf(virtual, [walk(0), walk(1), ...layouts, dense(node.shape)]);
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
      [0, 1].map((w) => this.#calls.isInvariant([this.#calls.rootNode(node.inputs[w])])) as [boolean, boolean]);
    const sources = operands.map((o) => this.#calls.operand(o.binding));
    const offsets: [number, number] = [operands[0].layout.offset, operands[1].layout.offset];
    if (choice.copy >= 0) {
      const which = choice.copy as 0 | 1;
      const copied = this.#copyAlong(
        node.inputs[which], dims, which, choice.vector, offsets[which], operands[which].binding,
      );
      dims = copied.dims;
      sources[which] = copied.operand;
      offsets[which] = 0;
    }
    const panel: [number, number] = [0, 0];
    const packed = choice.form === "outer" && choice.vector >= 0
      ? this.#panelOf(dims, choice.vector, choice.tile, lanes, resultCount) : null;
    if (packed !== null) {
      const { which } = packed;
      const made = this.#pack(
        node.inputs[which], dims, which, choice.vector, choice.tile[1] * lanes, offsets[which], sources[which],
      );
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
      .sort((p, q) => reach(q) - reach(p));
    const outer = rest.filter(([, i]) => i < resultCount).map(([d]) => d);
    const split = this.#splitSum(
      summed, pick(choice.rows), pick(dot ? choice.columns : choice.vector), dot ? dims[choice.vector] : null,
    );
    // Without a split nothing waits: the layout of waiting sums is dropped again.
    const layoutCount = layouts.length + (split === null ? 0 : 1);
    const cut = (d: ContractDim): ContractDim => ({ ...d, layouts: d.layouts.slice(0, layoutCount) });
    const lowered = lowerContract({
      outer: outer.map(cut), summed: split?.rest ?? summed, split: split?.loop ?? null,
      rows: cut(pick(choice.rows)), columns: cut(pick(dot ? choice.columns : choice.vector)),
      vector: dot ? dims[choice.vector] : null, choice, lanes: choice.vector < 0 ? 1 : lanes,
      dtypes: [node.inputs[0].dtype, node.inputs[1].dtype], panel, offsets,
      layoutOffsets: space.offsets.slice(2, 2 + layoutCount),
    }, fused, stores, nameOf(group.members));
    const empty = sizeOf(node.shape) === 0;
    const read = [...operands.map((_, i) => this.#calls.rootNode(node.inputs[i])), ...fused.sources];
    const invariant = this.#calls.isInvariant(read) && !members.some((m) => this.#calls.destinations.has(m));
    if (invariant) for (const m of members) this.#calls.keepStill(m);
    this.#calls.emit({ ...lowered, units: empty ? 0 : lowered.units },
      [...sources, ...fused.sources.map((s) => this.#calls.operand(this.#calls.bindings.get(s)!)),
        ...members.map((m) => this.#calls.operand(this.#calls.make(m))),
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
    node: Node, dims: readonly ContractDim[], which: 0 | 1, vector: number, width: number, offset: number,
    from: Operand,
  ): { dims: ContractDim[]; operand: Operand; step: number } {
    const key = which === 0 ? "a" : "b";
    const moving = dims.flatMap((d, i) => (d[key] !== 0 && i !== vector ? [i] : []));
    const results = moving.filter((i) => dims[i].layouts.length > 0);
    const sums = moving.filter((i) => dims[i].layouts.length === 0);
    sums.sort((i, j) => reach(dims[j]) - reach(dims[i]));
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
    const invariant = this.#calls.isInvariant([this.#calls.rootNode(node)]);
    const store: Store = { value: 0, dtype: node.dtype, layout: { offset: 0, strides }, perRow: false };
    this.#calls.emit(lowerMap(fused, [store], this.#calls.target, "pack"),
      [from, { slot, offset: 0, step: 0 }], "pack", invariant);
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
    const room = this.#calls.target.cache[1] / 8;
    if (steps * width <= room || steps < 256) return null;
    const [first, ...others] = summed;
    const inner = steps / first.size;
    const wanted = Math.max(1, Math.floor(room / width / inner));
    if (wanted >= first.size) return null;
    const block = first.size * inner < 256 ? first.size
      : divisorNear(first.size, Math.max(wanted, Math.ceil(96 / inner)));
    if (block >= first.size) return null;
    const loop: ContractDim = { size: first.size / block, a: first.a * block, b: first.b * block, layouts: [] };
    return { loop, rest: block === 1 ? [...others] : [{ ...first, size: block }, ...others] };
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
      values: [{
        v: "load", dtype: node.dtype, source: 0, layout: { offset, strides: order.map((i) => dims[i][key]) },
      }],
    };
    const slot = scratch("copy", node.dtype, sizeOf(shape));
    const invariant = this.#calls.isInvariant([this.#calls.rootNode(node)]);
    const store: Store = { value: 0, dtype: node.dtype, layout: { offset: 0, strides }, perRow: false };
    this.#calls.emit(lowerMap(fused, [store], this.#calls.target, "copy"),
      [this.#calls.operand(binding), { slot, offset: 0, step: 0 }], "copy", invariant);
    const changed = dims.map((d, i) => {
      const at = order.indexOf(i);
      return at < 0 ? d : { ...d, [key]: strides[at] };
    });
    return { dims: changed, operand: { slot, offset: 0, step: 0 } };
  }
}

/** The longer one of the steps that a loop takes through its operands. */
const reach = (d: ContractDim): number => Math.max(Math.abs(d.a), Math.abs(d.b));
/** The largest divisor of n that is at most twice `wanted`, or n itself when there is none worth having. */
function divisorNear(n: number, wanted: number): number {
  for (let d = Math.min(n, 2 * wanted); d >= Math.max(1, wanted / 2); d--) if (n % d === 0) return d;
  return n;
}
