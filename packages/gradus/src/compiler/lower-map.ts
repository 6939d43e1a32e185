import { sizeOf } from "../vocab/shape.ts";
import type { Kernel } from "../ir/kernel.ts";
import type { Target } from "../runtime/backend.ts";
import type { Fused } from "./fused.ts";
import type { Lowered, Store } from "./lowered.ts";
import { lowerTranspose } from "./lower-transpose.ts";
import type { Mode, Plan } from "./map-plan.ts";
import { MapWriter } from "./map-writer.ts";
import { hasLayout, laneCost, layoutsOf, spaceOf, type Dim } from "./space.ts";

/** Elements of the vector loop that one unit of an element-wise kernel covers. */
const BLOCK = 4096;
/** The same where results are written across their rows: their cache lines are met again in the next row. */
const ACROSS = 64;
/** From this price on a value is kept for a later pass, and not computed again. */
const DEAR = 10;
/** Vectors (times operations) of a row that is written out. */
const SHORT = 8;

/** Element-wise maps and row programs: one kernel for any number of results, in several passes over a row. */
export function lowerMap(fused: Fused, stores: readonly Store[], target: Target, name: string): Lowered {
  return lowerTranspose(fused, stores, target, name) ?? new MapLowering(fused, stores, target).run(name);
}

/** Kernels by key: the loops are written once per structure, whatever the sizes. */
const known = new Map<string, Kernel>();

class MapLowering {
  readonly #fused: Fused;
  readonly #stores: readonly Store[];
  readonly #lanes: number;
  readonly #mode: Mode;
  /** Kept loops, outermost first, without the vector loop. */
  readonly #outer: Dim[];
  /** Reduced loops without the vector loop. */
  readonly #inner: Dim[];
  readonly #vector: Dim;
  readonly #offsets: readonly number[];
  readonly #depends: { vector: boolean; inner: boolean }[] = [];
  readonly #phase: number[] = [];
  /** Index of a value's layout among all layouts. */
  readonly #layoutAt: number[] = [];
  readonly #unroll: number;
  /** Rows of a few whole vectors, in a kernel that only moves or computes: written out, without a loop. */
  readonly #short: boolean;
  readonly #kept: Plan["kept"];
  /** An element-wise kernel whose lanes stride through memory: blocks are walked row after row. */
  readonly #across: boolean;
  readonly #readsAcross: boolean;

  constructor(fused: Fused, stores: readonly Store[], target: Target) {
    this.#fused = fused;
    this.#stores = stores;
    const wide = fused.values.some((v) => v.dtype === "f64") || stores.some((s) => s.dtype === "f64");
    const lanes = wide ? target.lanesF64 : target.lanes;
    const layouts = layoutsOf(fused, stores.map((s) => s.layout));
    const space = spaceOf(fused, layouts);
    this.#offsets = space.offsets;
    let at = 0;
    fused.values.forEach((value, i) => { this.#layoutAt[i] = hasLayout(value) ? at++ : -1; });

    const none: Dim = { size: 1, strides: layouts.map(() => 0) };
    const reducing = space.inner.length > 0;
    const work = fused.values.reduce((n, v) => n + (v.v === "op" ? cost(v.op) / 2 : v.v === "reduce" ? 1 : 0), 0);
    const sums = fused.values.filter((v) => v.v === "reduce" || v.v === "argReduce").length;
    const kept = sizeOf(space.outer.map((d) => d.size)), reduced = sizeOf(space.inner.map((d) => d.size));
    const heavy = fused.values.filter((v) => v.v === "op").length;
    // A copy of short rows may take narrower vectors, where a target has them: WebAssembly's have one width.
    const moves = !target.loadsFirst && fused.values.every((v) => v.v === "load" && v.dtype === "f32");
    const lanesOf = (d: Dim): number => (moves && d.size < 2 * lanes ? wholeVector(d.size, lanes) : lanes);
    const isShort = (d: Dim): boolean => !reducing && lanes > 1 && d.size % lanesOf(d) === 0 &&
      (d.size / lanesOf(d)) * Math.max(1, heavy) <= SHORT && d.strides.every((s) => s === 0 || s === 1);
    const price = (d: Dim, loops: { rows: number; inner: number; joins: number }): number =>
      laneCost(d, lanes, stores.length, { ...loops, work, short: isShort(d) });
    const costs = [
      ...space.outer.map((d) => price(d, { rows: kept / d.size, inner: reduced, joins: 0 })),
      ...space.inner.map((d) => price(d, { rows: kept, inner: reduced / d.size, joins: sums })),
    ];
    // Of equals the innermost.
    const least = costs.lastIndexOf(Math.min(...costs));
    const keep = !reducing || least < space.outer.length;
    const o = least, k = least - space.outer.length;
    this.#mode = keep ? "kept" : "reduced";
    this.#vector = keep ? space.outer[o] ?? none : space.inner[k];
    this.#outer = space.outer.filter((_, i) => !keep || i !== o);
    this.#inner = space.inner.filter((_, i) => keep || i !== k);
    this.#lanes = this.#vector.size === 1 ? 1 : isShort(this.#vector) ? lanesOf(this.#vector) : lanes;
    this.#across = !reducing && this.#outer.length > 0 && this.#vector.strides.some((s) => Math.abs(s) > 1);
    this.#readsAcross = this.#vector.strides.slice(0, layouts.length - stores.length).some((s) => Math.abs(s) > 1);
    this.#analyse();
    this.#kept = this.#keepDear();
    this.#short = this.#lanes > 1 && isShort(this.#vector);
    this.#unroll = this.#short ? this.#vector.size / this.#lanes
      : reducing && heavy <= 8 && this.#vector.size >= 2 * this.#lanes && this.#lanes > 1 ? 4 : 1;
  }

  /** What each value varies with, and in which pass it is first known. */
  #analyse(): void {
    const innerStrides = (i: number): boolean => this.#inner.some((d) => d.strides[this.#layoutAt[i]] !== 0);
    const vectorStride = (i: number): boolean => this.#vector.strides[this.#layoutAt[i]] !== 0;
    const vectorIsInner = this.#mode === "reduced";
    this.#fused.values.forEach((value, i) => {
      let vector = false, inner = false, phase = 0;
      const from = (j: number): void => {
        vector ||= this.#depends[j].vector;
        inner ||= this.#depends[j].inner;
        phase = Math.max(phase, this.#phase[j]);
      };
      if (hasLayout(value)) {
        vector = vectorStride(i);
        inner = innerStrides(i) || (vector && vectorIsInner);
      }
      if (value.v === "op") value.args.forEach(from);
      if (value.v === "gather") from(value.index);
      if (value.v === "reduce" || value.v === "argReduce") {
        from(value.arg);
        phase++;
        inner = false;
        if (vectorIsInner) vector = false;
      }
      this.#depends[i] = { vector, inner };
      this.#phase[i] = phase;
    });
  }

  /** The dearest value of an earlier pass that a store needs, if it fits into the store's own cells. */
  #keepDear(): Plan["kept"] {
    if (this.#mode !== "reduced" || this.#lanes === 1) return null;
    const { values } = this.#fused;
    const price = values.map(() => 0);
    values.forEach((v, i) => {
      if (v.v === "op" && this.#depends[i].vector) price[i] = cost(v.op) + v.args.reduce((sum, a) => sum + price[a], 0);
    });
    const upTo = (from: number, into = new Set<number>()): Set<number> => {
      const v = values[from];
      into.add(from);
      if (v.v === "op") v.args.forEach((a) => upTo(a, into));
      return into;
    };
    const reduced = new Set(values.flatMap((v) => (v.v === "reduce" ? [...upTo(v.arg)] : [])));
    let best: Plan["kept"] = null;
    this.#stores.forEach((store, index) => {
      const layout = this.#offsets.length - this.#stores.length + index;
      if (store.perRow || this.#vector.strides[layout] !== 1) return;
      for (const value of upTo(store.value)) {
        if (values[value].dtype !== store.dtype || store.dtype !== "f32" || !reduced.has(value)) continue;
        if (this.#phase[value] >= this.#phase[store.value] || price[value] < DEAR) continue;
        if (best === null || price[value] > price[best.value]) best = { value, store: index };
      }
    });
    return best;
  }
  run(name: string): Lowered {
    const { values } = this.#fused;
    const constants = values.flatMap((v) => (v.v === "constant" ? [v.value] : []));
    const limits = values.flatMap((v) => (v.v === "gather" ? [v.limit, v.stride, v.site] : []));
    const checked = values.some((v) => v.v === "gather" && v.site > 0);
    const blocks = this.#mode === "kept" ? Math.ceil(this.#vector.size / this.#blockSize()) : 1;
    const rows = this.#outer.reduce((n, d) => n * d.size, 1);
    const cells = rows * this.#vector.size * this.#inner.reduce((n, d) => n * d.size, 1);
    const empty = this.#fused.shape.some((n, i) => n === 0 && i < this.#fused.outer);
    const ints = [
      this.#vector.size, this.#blockSize(), blocks,
      ...this.#outer.map((d) => d.size), ...this.#inner.map((d) => d.size),
      ...limits, ...this.#strideInts(), ...this.#offsets,
    ];
    const key = this.#key(checked);
    let kernel = known.get(key);
    if (kernel === undefined) known.set(key, kernel = this.#write(name, key, checked));
    const ops = values.reduce((n, v) => n + (v.v === "op" ? cost(v.op) : 1), 0);
    const work = cells * Math.max(1, ops / 4);
    return { kernel, ints, floats: constants, units: empty ? 0 : rows * blocks, work, checked };
  }

  #blockSize(): number {
    if (this.#mode === "reduced") return this.#vector.size;
    const reduced = Math.max(1, this.#inner.reduce((n, d) => n * d.size, 1));
    // Lines that are read across may lie a power of two apart, and share a set of the cache: no more than one vector.
    if (this.#inner.length === 0) return !this.#across ? BLOCK : this.#readsAcross ? this.#lanes : ACROSS;
    // A column reduction: enough columns to fill the unrolled lanes, few enough to share between threads.
    const step = this.#lanes * this.#unroll;
    return Math.max(step, Math.ceil(BLOCK / reduced / step) * step);
  }
  /** Strides that are not known from the pattern: everything but 0, and 1 along the lanes. */
  #strideInts(): number[] {
    const all = [...this.#outer, ...this.#inner].flatMap((d) => d.strides.filter((s) => s !== 0));
    return [...all, ...this.#vector.strides.filter((s) => s !== 0 && s !== 1)];
  }
  #pattern(): string {
    const zero = (d: Dim): string => d.strides.map((s) => (s === 0 ? "0" : "n")).join("");
    const lanes = this.#vector.strides.map((s) => (s === 0 ? "0" : s === 1 ? "1" : "n")).join("");
    return `${this.#outer.map(zero).join(",")}|${this.#inner.map(zero).join(",")}|${lanes}`;
  }
  #key(checked: boolean): string {
    const shown = this.#fused.values.map((v) => {
      switch (v.v) {
        case "constant": return `c${v.dtype}`;
        case "load": return `l${v.source}${v.dtype}`;
        case "position": return `p${v.dtype}`;
        case "random": return `r${v.source}`;
        case "gather": return `g${v.source}${v.dtype}(${v.index})${v.site > 0 ? "!" : ""}`;
        case "op": return `${v.op}:${v.dtype}(${v.args.join(",")})`;
        case "reduce": return `${v.kind}:${v.dtype}(${v.arg})`;
        case "argReduce": return `arg${v.kind}(${v.arg})`;
        case "accumulator": return "a";
      }
    });
    const out = this.#stores.map((s) => `${s.value}${s.dtype}${s.perRow ? "r" : ""}`);
    const form = `${this.#across ? " across" : ""}${this.#short ? " short" : ""}` +
      (this.#kept === null ? "" : ` keeps ${this.#kept.value} in ${this.#kept.store}`);
    return `map ${this.#mode}${form} x${this.#lanes} u${this.#unroll} ` +
      `${shown.join(";")} -> ${out.join(";")} ` +
      `${this.#pattern()}${checked ? " checked" : ""} [${this.#fused.sources.map((s) => s.dtype).join(",")}]`;
  }

  #write(name: string, key: string, checked: boolean): Kernel {
    return new MapWriter({
      fused: this.#fused, stores: this.#stores, lanes: this.#lanes, mode: this.#mode, outer: this.#outer,
      inner: this.#inner, vector: this.#vector, depends: this.#depends, phase: this.#phase, layoutAt: this.#layoutAt,
      unroll: this.#unroll, layouts: this.#offsets.length, checked, across: this.#across, short: this.#short,
      kept: this.#kept,
    }).write(name, key);
  }
}

/** Lanes of a vector that covers a short row without a rest, where there is one. */
function wholeVector(size: number, lanes: number): number {
  for (let n = lanes; n > 1; n /= 2) if (size % n === 0) return n;
  return lanes;
}

/** A rough price of an operation in additions. */
const COST: Partial<Record<string, number>> = {
  exp: 12, log: 14, expm1: 16, log1p: 18, sin: 20, cos: 20, tanh: 16, sigmoid: 16, erf: 24, pow: 40, div: 6, sqrt: 6,
  reciprocal: 6, remainder: 10,
};
export const cost = (op: string): number => COST[op] ?? 1;
