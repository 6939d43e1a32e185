import { DTYPES } from "../vocab/dtype.ts";
import type { Expr, Kernel } from "../ir/kernel.ts";
import { KernelBuilder } from "./build.ts";
import type { Value } from "./fused.ts";
import type { Store } from "./lowered.ts";
import type { Plan } from "./map-plan.ts";
import { philoxWord } from "./math.ts";
import { combine, emitOperation, fromMemory, identityOf, narrow, toMemory } from "./scalar.ts";
import { better, joinPlaces, joinValues, type Accumulator } from "./reduction.ts";
import { checkIndex } from "./sites.ts";

/** Writes the loops of one map kernel. */
export class MapWriter {
  readonly #p: Plan;
  readonly #b: KernelBuilder;
  readonly #sourceBuffers: number[];
  readonly #storeBuffers: number[];
  readonly #error: number;
  #constants: Expr[] = [];
  #limits: Expr[] = [];
  #strides: Expr[][] = [];
  #vectorStrides: Expr[] = [];
  #offsets: Expr[] = [];
  /** Values known at the place where code is being written, per unrolled copy. */
  #cache = new Map<string, Expr>();
  #outerBase: Expr[] = [];
  #innerIndex: Expr[] = [];

  constructor(plan: Plan) {
    this.#p = plan;
    const b = this.#b = new KernelBuilder(plan.lanes);
    this.#sourceBuffers = plan.fused.sources.map((s, i) => b.buffer(`in${i}`, s.dtype, "read"));
    this.#storeBuffers = plan.stores.map((s, i) =>
      b.buffer(`out${i}`, s.dtype, plan.kept?.store === i ? "readwrite" : "write"));
    this.#error = plan.checked ? b.buffer("error", "i32", "readwrite") : -1;
  }

  write(name: string, key: string): Kernel {
    const { outer, inner, vector, fused, mode } = this.#p;
    const b = this.#b;
    const size = b.int("size"), block = b.int("block"), blocks = b.int("blocks");
    const outerSizes = outer.map((_, i) => b.int(`outer${i}`)), innerSizes = inner.map((_, i) => b.int(`inner${i}`));
    this.#limits = fused.values.flatMap((v, i) =>
      (v.v === "gather" ? [b.int(`limit${i}`), b.int(`step${i}`), b.int(`site${i}`)] : []));
    const zero = b.constant(0), one = b.constant(1);
    this.#strides = [...outer, ...inner].map((d, k) => d.strides.map((s, i) => (s === 0 ? zero : b.int(`s${k}_${i}`))));
    this.#vectorStrides = vector.strides.map((s, i) => (s === 0 ? zero : s === 1 ? one : b.int(`v${i}`)));
    this.#offsets = Array.from({ length: this.#p.layouts }, (_, i) => b.int(`o${i}`));
    let c = 0;
    this.#constants = [];
    for (const v of fused.values) {
      if (v.v !== "constant") continue;
      const scalar = DTYPES[v.dtype].compute;
      const slot = b.float(`c${c++}`, "f64");
      const value = b.let("c", b.convert(scalar, slot));
      this.#constants.push(v.dtype === "bool" ? b.let("c", b.compare("ne", value, b.constant(0, "i32")))
        : b.let("c", narrow(b, value, v.dtype)));
    }
    // Which row, and which block of it. In a kernel that reads across, rows go faster than blocks.
    const rows = outerSizes.map((n, i) => ({ name: `i${i}`, size: n })).reverse();
    const parts = mode === "kept" && !this.#p.short ? [{ name: "part", size: blocks }] : [];
    this.#countUnits(this.#p.across ? [...rows, ...parts] : [...parts, ...rows], (counted) => {
      const index = outerSizes.map((_, i) => counted.get(`i${i}`)!);
      this.#outerBase = this.#offsets.map((offset, l) => b.let("base", index.reduce(
        (sum, i, k) => b.add(sum, b.mul(i, this.#strides[k][l])), offset)));
      this.#inScope(() => {
        this.#emitReady(0, (d) => !d.vector && !d.inner, 0);
        if (this.#p.short) this.#keptBody(zero, this.#p.lanes, null, this.#p.unroll, innerSizes);
        else if (mode === "kept") {
          const from = b.let("from", b.mul(counted.get("part")!, block));
          const to = b.let("to", b.min(size, b.add(from, block)));
          this.#vectorLoop(from, to, (i, lanes, count, copies) => this.#keptBody(i, lanes, count, copies, innerSizes));
        } else this.#reducedBody(size, innerSizes);
      });
    });
    return b.finish(name, key);
  }

  /** The loop over units, as counters that carry, the fastest first: divisions for each would outweigh short rows. */
  #countUnits(
    digits: readonly { readonly name: string; readonly size: Expr }[], body: (counted: Map<string, Expr>) => void,
  ): void {
    const b = this.#b;
    if (digits.length < 2) {
      b.for("unit", b.begin, b.end, 1, (unit) => body(new Map(digits.map(({ name }) => [name, unit]))));
      return;
    }
    let rest: Expr = b.begin;
    const counters = digits.map(({ name, size }, k) => {
      if (k === digits.length - 1) return b.mutable(name, rest);
      const counter = b.mutable(name, b.binary("rem", rest, size));
      rest = b.let("rest", b.div(rest, size));
      return counter;
    });
    const advance = (k: number): void => {
      b.set(counters[k], b.add(b.read(counters[k]), 1));
      if (k === digits.length - 1) return;
      b.if(b.compare("eq", b.read(counters[k]), digits[k].size), () => {
        b.set(counters[k], b.constant(0));
        advance(k + 1);
      });
    };
    b.for("unit", b.begin, b.end, 1, () => {
      body(new Map(digits.map(({ name }, k) => [name, b.let(name, b.read(counters[k]))])));
      advance(0);
    });
  }

  /** Runs along the lanes: unrolled, then whole vectors, then what is left (cut stores, or one by one). */
  #vectorLoop(
    from: Expr, to: Expr, body: (i: Expr, lanes: number, count: Expr | null, copies: number) => void,
  ): void {
    const { lanes, unroll } = this.#p;
    const b = this.#b;
    if (lanes === 1) {
      b.for("i", from, to, 1, (i) => this.#inScope(() => body(i, 1, null, 1)));
      return;
    }
    let at = from;
    if (unroll > 1) {
      const whole = b.let("whole", b.add(at, b.mul(b.div(b.sub(to, at), lanes * unroll), lanes * unroll)));
      b.for("i", at, whole, lanes * unroll, (i) => this.#inScope(() => body(i, lanes, null, unroll)));
      at = whole;
    }
    const end = b.let("end", b.add(at, b.mul(b.div(b.sub(to, at), lanes), lanes)));
    b.for("i", at, end, lanes, (i) => this.#inScope(() => body(i, lanes, null, 1)));
    b.if(b.compare("lt", end, to), () => this.#inScope(() => body(end, lanes, b.let("count", b.sub(to, end)), 1)));
  }

  /** Lanes along a kept axis: each lane reduces for itself. */
  #keptBody(i: Expr, lanes: number, count: Expr | null, copies: number, innerSizes: readonly Expr[]): void {
    const at = this.#copyIndex(i, lanes, copies);
    this.#vector = { at, lanes, count };
    const last = this.#lastPhase();
    for (let phase = 0; phase <= last; phase++) {
      for (let c = 0; c < copies; c++) this.#emitReady(phase, (d) => !d.inner, c);
      const accumulators = this.#open(phase, copies);
      const stores = this.#storesIn(phase, true);
      if (accumulators.length > 0 || stores.length > 0) {
        this.#innerLoops(innerSizes, () => this.#inScope(() => {
          for (let c = 0; c < copies; c++) {
            for (const acc of accumulators) this.#accumulate(acc, c, null);
            for (const store of stores) this.#store(store, c);
          }
        }));
      }
      for (const acc of accumulators) {
        acc.copies.forEach((a, c) => this.#cache.set(`${acc.id}:${c}`, this.#b.read(a.place ?? a.best)));
      }
    }
    for (let c = 0; c < copies; c++) {
      for (let phase = 0; phase <= last; phase++) {
        for (const store of this.#storesIn(phase, false)) this.#store(store, c);
      }
    }
  }

  /** Lanes along the reduced axis: several passes over a row, lanes joined after each. */
  #reducedBody(size: Expr, innerSizes: readonly Expr[]): void {
    const b = this.#b;
    const last = this.#lastPhase();
    for (let phase = 0; phase <= last; phase++) {
      this.#vector = { at: [], lanes: 1, count: null };
      this.#emitReady(phase, (d) => !d.inner, 0);
      const accumulators = this.#open(phase, this.#p.unroll);
      const stores = this.#storesIn(phase, true);
      if (accumulators.length === 0 && stores.length === 0) continue;
      this.#innerLoops(innerSizes, () => this.#inScope(() => {
        this.#vectorLoop(b.constant(0), size, (i, lanes, count, copies) => {
          this.#vector = { at: this.#copyIndex(i, lanes, copies), lanes, count };
          for (let c = 0; c < copies; c++) {
            this.#bringKept(phase, c);
            for (const acc of accumulators) this.#accumulate(acc, c, count);
            for (const store of stores) this.#store(store, c);
            this.#leaveKept(phase, c);
          }
        });
      }));
      for (const acc of accumulators) this.#cache.set(`${acc.id}:0`, this.#joined(acc));
    }
    this.#vector = { at: [], lanes: 1, count: null };
    for (let phase = 0; phase <= last; phase++) for (const store of this.#storesIn(phase, false)) this.#store(store, 0);
  }

  /** In a later pass, until the store itself takes the cell: the kept value as it was left. */
  #bringKept(phase: number, copy: number): void {
    const { kept, phase: phases, layouts, stores } = this.#p;
    if (kept === null || phase <= phases[kept.value] || phase > phases[stores[kept.store].value]) return;
    const at = this.#cell(layouts - stores.length + kept.store, copy);
    this.#cache.set(this.#slot(kept.value, copy),
      this.#b.let("kept", this.#b.load(this.#storeBuffers[kept.store], at, this.#vector.lanes)));
  }
  /** In the pass that computes it: leaves the kept value in the cell that the store will fill. */
  #leaveKept(phase: number, copy: number): void {
    const { kept, phase: phases, layouts, stores } = this.#p;
    if (kept === null || phase !== phases[kept.value]) return;
    const { count } = this.#vector;
    this.#b.store(this.#storeBuffers[kept.store], this.#cell(layouts - stores.length + kept.store, copy),
      this.#value(kept.value, copy), count === null ? {} : { count });
  }
  #vector: { at: readonly Expr[]; lanes: number; count: Expr | null } = { at: [], lanes: 1, count: null };
  #copyIndex(i: Expr, lanes: number, copies: number): Expr[] {
    return Array.from({ length: copies }, (_, c) => (c === 0 ? i : this.#b.let("i", this.#b.add(i, c * lanes))));
  }
  #innerLoops(sizes: readonly Expr[], body: () => void, depth = 0): void {
    if (depth === sizes.length) {
      body();
      return;
    }
    this.#b.for(`k${depth}`, 0, sizes[depth], 1, (k) => {
      this.#innerIndex.push(k);
      this.#innerLoops(sizes, body, depth + 1);
      this.#innerIndex.pop();
    });
  }
  #lastPhase(): number {
    return Math.max(0, ...this.#p.stores.map((s) => this.#p.phase[s.value]),
      ...this.#p.fused.values.map((v, i) => (v.v === "reduce" || v.v === "argReduce" ? this.#p.phase[i] - 1 : 0)));
  }
  #storesIn(phase: number, perCell: boolean): Store[] {
    return this.#p.stores.filter((s) => !s.perRow === perCell && this.#p.phase[s.value] === phase);
  }

  // Reductions -------------------------------------------------------------------------------------------------------
  #open(phase: number, copies: number): { id: number; copies: Accumulator[] }[] {
    const b = this.#b;
    return this.#p.fused.values.flatMap((value, id) => {
      if (value.v !== "reduce" && value.v !== "argReduce") return [];
      if (this.#p.phase[id] !== phase + 1 || !this.#used(id)) return [];
      const arg = this.#p.fused.values[value.arg];
      const kind = value.kind;
      // Kept lanes follow the argument; reduced lanes always fill the vector.
      const lanes = this.#p.mode === "reduced" ? this.#p.lanes : this.#p.depends[id].vector ? this.#vector.lanes : 1;
      const made = Array.from({ length: copies }, (): Accumulator => ({
        best: b.mutable("acc", b.splat(identityOf(b, kind, arg.dtype), lanes)),
        place: value.v === "argReduce" ? b.mutable("place", b.splat(b.constant(0x7fffffff, "i32"), lanes)) : null,
      }));
      return [{ id, copies: made }];
    });
  }
  #accumulate(group: { id: number; copies: Accumulator[] }, copy: number, count: Expr | null): void {
    const b = this.#b;
    const value = this.#p.fused.values[group.id] as Value & { v: "reduce" | "argReduce" };
    const acc = group.copies[copy];
    const lanes = acc.best.type.lanes;
    const arg = this.#p.fused.values[value.arg];
    let x = this.#value(value.arg, copy);
    x = b.splat(x, lanes);
    const inside = count === null || this.#p.mode === "kept" ? null
      : b.compare("lt", b.laneIndex(lanes), b.splat(b.convert("i32", count), lanes));
    if (value.v === "reduce") {
      const next = inside === null ? x : b.select(inside, x, b.splat(identityOf(b, value.kind, arg.dtype), lanes));
      b.set(acc.best, combine(b, value.kind, arg.dtype, b.read(acc.best), next));
      return;
    }
    const place = b.let("at", b.splat(this.#value(group.id, copy, true), lanes));
    const wins = b.let("wins", better(b, value.kind, x, place, b.read(acc.best), b.read(acc.place!)));
    const taken = inside === null ? wins
      : b.let("wins", { e: "binary", type: wins.type, op: "and", a: wins, b: inside });
    b.set(acc.best, b.select(taken, x, b.read(acc.best)));
    b.set(acc.place!, b.select(taken, place, b.read(acc.place!)));
  }
  #joined(group: { id: number; copies: Accumulator[] }): Expr {
    const value = this.#p.fused.values[group.id] as Value & { v: "reduce" | "argReduce" };
    return value.v === "reduce" ? joinValues(this.#b, value.kind, this.#p.fused.values[value.arg].dtype, group.copies)
      : joinPlaces(this.#b, value.kind, group.copies);
  }

  // Values -----------------------------------------------------------------------------------------------------------
  /** Computes what is needed here and does not change inside the loops that follow. */
  #emitReady(phase: number, when: (d: { vector: boolean; inner: boolean }) => boolean, copy: number): void {
    const { values } = this.#p.fused;
    const available: boolean[] = [];
    values.forEach((value, id) => {
      // Arguments come before what reads them: one look at each is enough.
      available[id] = value.v === "reduce" || value.v === "argReduce" ? this.#cache.has(this.#slot(id, copy))
        : this.#reads(id).every((j) => available[j]);
      const d = this.#p.depends[id];
      if (this.#p.phase[id] > phase || !when(d) || !this.#used(id)) return;
      if (value.v === "reduce" || value.v === "argReduce" || value.v === "constant") return;
      if (available[id]) this.#value(id, copy);
    });
  }
  #reads(id: number): readonly number[] {
    const value = this.#p.fused.values[id];
    return value.v === "op" ? value.args : value.v === "gather" ? [value.index] : [];
  }
  readonly #usedIds = new Set<number>();
  #used(id: number): boolean {
    if (this.#usedIds.size === 0) {
      const visit = (i: number): void => {
        if (this.#usedIds.has(i)) return;
        this.#usedIds.add(i);
        const v = this.#p.fused.values[i];
        this.#reads(i).forEach(visit);
        if (v.v === "reduce" || v.v === "argReduce") visit(v.arg);
      };
      for (const s of this.#p.stores) visit(s.value);
    }
    return this.#usedIds.has(id);
  }
  /** Values that do not vary with the lanes are the same in every copy. */
  #slot(id: number, copy: number): string {
    return `${id}:${this.#p.depends[id].vector ? copy : 0}`;
  }
  #inScope(body: () => void): void {
    const outside = this.#cache, vector = this.#vector;
    this.#cache = new Map(outside);
    body();
    this.#cache = outside;
    this.#vector = vector;
  }
  #value(id: number, copy: number, position = false): Expr {
    const slot = position ? `at${id}:${copy}` : this.#slot(id, copy);
    const ready = this.#cache.get(slot);
    if (ready !== undefined) return ready;
    const made = this.#b.let("v", position ? this.#position(id, copy) : this.#compute(id, copy));
    this.#cache.set(slot, made);
    return made;
  }
  #compute(id: number, copy: number): Expr {
    const b = this.#b;
    const value = this.#p.fused.values[id];
    const lanes = this.#p.depends[id].vector ? this.#vector.lanes : 1;
    switch (value.v) {
      case "constant": return this.#constants[this.#countBefore("constant", id)];
      case "position": return b.convert(DTYPES[value.dtype].compute, this.#position(id, copy));
      case "load": {
        const stride = this.#vectorStrides[this.#p.layoutAt[id]];
        const at = this.#address(id, copy);
        const step = this.#p.vector.strides[this.#p.layoutAt[id]];
        if (lanes > 1 && step !== 0 && step !== 1 && this.#vector.count !== null) {
          return fromMemory(b, value.dtype,
            b.gather(this.#sourceBuffers[value.source], at, this.#along(stride, lanes)));
        }
        return fromMemory(b, value.dtype, b.load(this.#sourceBuffers[value.source], at, lanes,
          step === 0 || step === 1 ? undefined : stride));
      }
      case "random": {
        const state = [0, 1, 2, 3].map((w) => b.splat(b.load(this.#sourceBuffers[value.source], w, 1), lanes));
        const cell = b.convert("u32", this.#position(id, copy));
        return philoxWord(b, cell, state as [Expr, Expr, Expr, Expr]);
      }
      case "gather": return this.#gather(id, copy, lanes);
      case "op": {
        const args = value.args.map((a) => b.splat(this.#value(a, copy), lanes));
        return emitOperation(b, value.op, args, value.args.map((a) => this.#p.fused.values[a].dtype), value.dtype);
      }
      default: throw new Error(`${value.v} is not computed here`);
    }
  }
  /**
   * Places of the lanes along a stride. At the end of a row the lanes beyond it stay at the last cell: reading on is
   * harmless only where lanes are neighbours.
   */
  #along(stride: Expr, lanes: number): Expr {
    const b = this.#b;
    const { count } = this.#vector;
    const lane = count === null ? b.laneIndex(lanes)
      : b.min(b.laneIndex(lanes), b.splat(b.convert("i32", b.sub(count, 1)), lanes));
    return b.let("along", b.mul(lane, b.splat(b.convert("i32", stride), lanes)));
  }
  #gather(id: number, copy: number, lanes: number): Expr {
    const b = this.#b;
    const value = this.#p.fused.values[id] as Value & { v: "gather" };
    const buffer = this.#sourceBuffers[value.source];
    const which = this.#countBefore("gather", id);
    const [limit, stride, site] = this.#limits.slice(3 * which, 3 * which + 3);
    const raw = this.#value(value.index, copy);
    const wide = (x: Expr): Expr => b.splat(b.convert("i32", x), raw.type.lanes);
    const held = b.let("index", b.min(b.max(raw, b.splat(b.constant(0, "i32"), raw.type.lanes)), wide(limit)));
    if (value.site > 0) checkIndex(b, this.#error, site, raw, held, this.#vector.count);
    const l = this.#p.layoutAt[id];
    const step = this.#p.vector.strides[l];
    if (raw.type.lanes === 1 && lanes > 1 && step !== 0 && step !== 1 && this.#vector.count !== null) {
      const at = b.add(this.#address(id, copy), b.mul(b.convert("index", held), stride));
      return fromMemory(b, value.dtype, b.gather(buffer, at, this.#along(this.#vectorStrides[l], lanes)));
    }
    if (raw.type.lanes === 1) {
      const at = b.add(this.#address(id, copy), b.mul(b.convert("index", held), stride));
      return fromMemory(b, value.dtype, b.load(buffer, at, lanes,
        step === 0 || step === 1 ? undefined : this.#vectorStrides[l]));
    }
    let places = b.mul(held, wide(stride));
    if (step !== 0) places = b.add(places, this.#along(this.#vectorStrides[l], lanes));
    return fromMemory(b, value.dtype, b.gather(buffer, this.#address(id, copy), b.let("places", places)));
  }
  #countBefore(kind: Value["v"], id: number): number {
    return this.#p.fused.values.slice(0, id).filter((v) => v.v === kind).length;
  }
  /** Where a value's cell lies, in elements: base of the row, reduced loops, lanes. */
  #address(id: number, copy: number): Expr {
    return this.#cell(this.#p.layoutAt[id], copy);
  }
  #cell(layout: number, copy: number): Expr {
    const b = this.#b;
    const { outer, inner } = this.#p;
    let at = this.#outerBase[layout];
    inner.forEach((_, k) => {
      const index = this.#innerIndex[k];
      if (index !== undefined) at = b.add(at, b.mul(index, this.#strides[outer.length + k][layout]));
    });
    const i = this.#vector.at[copy];
    return i === undefined ? at : b.add(at, b.mul(i, this.#vectorStrides[layout]));
  }
  /** A cell number as i32, one per lane where it varies with the lanes. */
  #position(id: number, copy: number): Expr {
    const b = this.#b;
    const layout = this.#p.layoutAt[id];
    const at = b.convert("i32", this.#cell(layout, copy));
    const step = this.#p.vector.strides[layout];
    const lanes = this.#vector.lanes;
    if (step === 0 || lanes === 1) return at;
    const along = b.laneIndex(lanes);
    return b.add(b.splat(at, lanes), step === 1 ? along
      : b.mul(along, b.splat(b.convert("i32", this.#vectorStrides[layout]), lanes)));
  }
  #store(store: Store, copy: number): void {
    const b = this.#b;
    const s = this.#p.stores.indexOf(store);
    const layout = this.#p.layouts - this.#p.stores.length + s;
    const step = this.#p.vector.strides[layout];
    const perLane = step !== 0 || (this.#p.mode === "kept" && this.#p.lanes > 1 && this.#vector.at.length > 0);
    const value = this.#value(store.value, copy);
    const lanes = perLane && this.#vector.at.length > 0 ? this.#vector.lanes : 1;
    const { count } = this.#vector;
    b.store(this.#storeBuffers[s], this.#cell(layout, copy), toMemory(b, store.dtype, b.splat(value, lanes)), {
      ...(lanes > 1 && step !== 1 ? { stride: this.#vectorStrides[layout] } : {}),
      ...(lanes > 1 && count !== null ? { count } : {}),
    });
  }
}
