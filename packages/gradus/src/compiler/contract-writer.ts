import { DTYPES } from "../vocab/dtype.ts";
import type { Expr, Kernel, Variable } from "../ir/kernel.ts";
import { KernelBuilder } from "./build.ts";
import { evenColumns, evenRows, heights, isFixedStep, isUnrolled, type Contraction } from "./contract-plan.ts";
import type { Fused, Value } from "./fused.ts";
import type { Store } from "./lowered.ts";
import { emitOperation, fromMemory, narrow, toMemory } from "./scalar.ts";
import { hasLayout } from "./space.ts";

/** Writes the loops of one contraction kernel. */
export class ContractWriter {
  readonly #c: Contraction;
  readonly #fused: Fused;
  readonly #stores: readonly Store[];
  readonly #b: KernelBuilder;
  readonly #sources: number[];
  readonly #outs: number[];
  readonly #layoutAt: number[];
  readonly #scalar: "f32" | "f64" | "i32" | "u32";
  /** Step from column to column of packed operands: tiles lie one after another, each with its own summed loops. */
  #panels: (Expr | null)[] = [];
  #rowPanels: (Expr | null)[] = [];
  readonly #partial: number;
  /** Which step of the split loop this is, and whether it is the last. */
  #step_: { readonly at: Expr; readonly last: Expr; readonly a: Expr; readonly b: Expr } | null = null;
  #constants: Expr[] = [];
  #summedSizes: Expr[] = [];
  #strides = new Map<string, Expr>();
  #vectorSize: Expr | null = null;
  #outerA!: Expr;
  #outerB!: Expr;
  #outerLayouts: Expr[] = [];
  /** Lanes of the tile being written: one at the edge of a result that is walked in strides. */
  #lanes: number;

  constructor(c: Contraction, fused: Fused, stores: readonly Store[]) {
    this.#c = c;
    this.#fused = fused;
    this.#stores = stores;
    const b = this.#b = new KernelBuilder(c.lanes);
    b.buffer("a", c.dtypes[0], "read");
    b.buffer("b", c.dtypes[1], "read");
    this.#sources = fused.sources.map((s, i) => b.buffer(`in${i}`, s.dtype, "read"));
    this.#outs = stores.map((s, i) => b.buffer(`out${i}`, s.dtype, "write"));
    this.#partial = c.split.length === 0 ? -1 : b.buffer("partial", DTYPES[c.dtypes[0]].compute, "readwrite");
    this.#scalar = DTYPES[c.dtypes[0]].compute;
    this.#lanes = c.lanes;
    let at = 0;
    this.#layoutAt = fused.values.map((v) => (hasLayout(v) ? at++ : -1));
  }

  write(name: string, key: string): Kernel {
    const b = this.#b, c = this.#c;
    const [height] = c.choice.tile;
    this.#panels = c.panel.map((n, i) => (n > 0 ? b.int(`panel${i}`) : null));
    this.#rowPanels = c.rowPanel.map((n, i) => (n > 0 ? b.int(`row_panel${i}`) : null));
    const outerSizes = c.outer.map((_, i) => b.int(`outer${i}`));
    const rows = b.int("rows"), columns = b.int("columns");
    const rowBlock = b.int("row_block"), columnBlock = b.int("column_block");
    const rowBlocks = b.int("row_blocks"), columnBlocks = b.int("column_blocks");
    if (c.vector !== null) this.#vectorSize = b.int("along");
    const stride = (key: string, n: number, name: string, fixed = n === 0 || n === 1): void => {
      this.#strides.set(key, fixed ? b.constant(n) : b.int(name));
    };
    const splitSizes = c.split.map((d, i) => {
      stride(`x${i}a`, d.a, `split_a${i}`);
      stride(`x${i}b`, d.b, `split_b${i}`);
      return b.int(`split${i}`);
    });
    const passSizes = c.passes.map((_, i) => b.int(`pass${i}`));
    c.summed.forEach((d, k) => {
      this.#summedSizes.push(b.int(`sum${k}`));
      stride(`s${k}a`, d.a, `sa${k}`, isFixedStep(c, 0, d.a));
      stride(`s${k}b`, d.b, `sb${k}`, isFixedStep(c, 1, d.b));
    });
    const loops = [
      ...c.outer.map((d, i) => [`o${i}`, d] as const), ...c.passes.map((d, i) => [`p${i}`, d] as const),
      ["r", c.rows], ["c", c.columns],
    ] as const;
    loops.forEach(([tag, d]) => {
      stride(`${tag}a`, d.a, `${tag}_a`);
      stride(`${tag}b`, d.b, `${tag}_b`);
      d.layouts.forEach((s, l) => stride(`${tag}${l}`, s, `${tag}_${l}`));
    });
    const offsetA = b.int("offset_a"), offsetB = b.int("offset_b");
    const offsets = c.layoutOffsets.map((_, i) => b.int(`offset${i}`));
    let n = 0;
    for (const v of this.#fused.values) {
      if (v.v !== "constant") continue;
      const x = b.convert(DTYPES[v.dtype].compute, b.float(`c${n++}`, "f64"));
      this.#constants.push(v.dtype === "bool" ? b.let("c", b.compare("ne", x, b.constant(0, "i32")))
        : b.let("c", narrow(b, x, v.dtype)));
    }
    b.for("unit", b.begin, b.end, 1, (unit) => {
      const block = b.let("block", b.div(unit, columnBlocks));
      const columnAt = b.let("column_at", b.mul(b.sub(unit, b.mul(block, columnBlocks)), columnBlock));
      let rest = b.let("rest", b.div(block, rowBlocks));
      const rowAt = b.let("row_at", b.mul(b.sub(block, b.mul(rest, rowBlocks)), rowBlock));
      const index: Expr[] = [];
      for (let i = c.outer.length - 1; i >= 0; i--) {
        index[i] = i === 0 ? rest : b.let("i", b.binary("rem", rest, outerSizes[i]));
        if (i > 0) rest = b.let("rest", b.div(rest, outerSizes[i]));
      }
      const base = (offset: Expr, tag: string): Expr =>
        b.let("base", index.reduce((sum, i, k) => b.add(sum, b.mul(i, this.#stride(`o${k}${tag}`))), offset));
      this.#outerA = base(offsetA, "a");
      this.#outerB = base(offsetB, "b");
      this.#outerLayouts = offsets.map((offset, l) => base(offset, String(l)));
      const rowEnd = b.let("row_end", b.min(rows, b.add(rowAt, rowBlock)));
      const columnEnd = b.let("column_end", b.min(columns, b.add(columnAt, columnBlock)));
      // Columns outside, rows inside: one strip of the wide operand stays in cache for all rows of the block.
      const rowLoop = (column: Expr, wide: number, count: Expr | null): void => {
        let at = rowAt, whole: Expr | null = null;
        for (const tall of evenRows(c) ? [height] : heights(height)) {
          const end = tall === 1 || evenRows(c) ? rowEnd
            : b.let("full", b.add(at, b.mul(b.div(b.sub(rowEnd, at), tall), tall)));
          b.for("r", at, end, tall, (r) => this.#tile(r, column, tall, wide, count, whole));
          at = end;
          whole ??= end;
        }
      };
      const tiles = (): void => this.#overColumns(columnAt, columnEnd, (column, wide, count) =>
        this.#passLoops(passSizes, 0, () => rowLoop(column, wide, count)));
      if (splitSizes.length === 0) tiles();
      else this.#splitLoops(splitSizes, [], tiles);
    });
    return b.finish(name, key);
  }
  /** The summed loops outside of the tiles. */
  #splitLoops(sizes: readonly Expr[], at: readonly Expr[], tiles: () => void): void {
    const b = this.#b, depth = at.length;
    if (depth < sizes.length) {
      b.for(`x${depth}`, 0, sizes[depth], 1, (x) => this.#splitLoops(sizes, [...at, x], tiles));
      return;
    }
    const offset = (tag: string): Expr =>
      b.let("split_at",
        at.reduce<Expr>((sum, x, i) => b.add(sum, b.mul(x, this.#stride(`x${i}${tag}`))), b.constant(0)));
    const number = (xs: readonly Expr[]): Expr =>
      b.let("step", xs.reduce<Expr>((n, x, i) => b.add(b.mul(n, sizes[i]), x), b.constant(0)));
    this.#step_ = { at: number(at), last: number(sizes.map((n) => b.sub(n, 1))), a: offset("a"), b: offset("b") };
    tiles();
  }
  /** The result loops inside split and columns: each moves where the tiles start. */
  #passLoops(sizes: readonly Expr[], depth: number, tiles: () => void): void {
    if (depth === sizes.length) {
      tiles();
      return;
    }
    const b = this.#b, starts = [this.#outerA, this.#outerB, this.#outerLayouts] as const;
    b.for(`p${depth}`, 0, sizes[depth], 1, (p) => {
      const moved = (base: Expr, tag: string): Expr =>
        b.let("base", b.add(base, b.mul(p, this.#stride(`p${depth}${tag}`))));
      this.#outerA = moved(starts[0], "a");
      this.#outerB = moved(starts[1], "b");
      this.#outerLayouts = starts[2].map((base, l) => moved(base, String(l)));
      this.#passLoops(sizes, depth + 1, tiles);
    });
    [this.#outerA, this.#outerB, this.#outerLayouts] = starts;
  }
  #overColumns(from: Expr, columnEnd: Expr, rowLoop: (column: Expr, wide: number, count: Expr | null) => void): void {
      const b = this.#b, c = this.#c;
      const width = c.choice.tile[1];
      const step = c.choice.form === "outer" ? width * c.lanes : width;
      let at = from;
      if (evenColumns(c)) {
        b.for("c", at, columnEnd, step, (column) => rowLoop(column, width, null));
        return;
      }
      if (width > 1) {
        const end = b.let("full_columns", b.add(at, b.mul(b.div(b.sub(columnEnd, at), step), step)));
        b.for("c", at, end, step, (column) => rowLoop(column, width, null));
        at = end;
      }
      if (c.choice.form === "dot" || c.lanes === 1) b.for("c", at, columnEnd, 1, (column) => rowLoop(column, 1, null));
      else {
        const end = b.let("whole", b.add(at, b.mul(b.div(b.sub(columnEnd, at), c.lanes), c.lanes)));
        b.for("c", at, end, c.lanes, (column) => rowLoop(column, 1, null));
        const { columns: d } = c;
        // Reading a whole vector past the edge is harmless only where its lanes are neighbours.
        if ([d.a, d.b, ...d.layouts].some((s) => s !== 0 && s !== 1)) {
          this.#lanes = 1;
          b.for("c", end, columnEnd, 1, (column) => rowLoop(column, 1, null));
          this.#lanes = c.lanes;
        } else b.if(b.compare("lt", end, columnEnd), () => rowLoop(end, 1, b.let("count", b.sub(columnEnd, end))));
      }
  }

  #stride(key: string): Expr {
    return this.#strides.get(key)!;
  }
  /**
   * Sums one register tile and hands it to the epilogue. `count`: lanes that exist, at the right edge. `whole`: where
   * the whole tiles end, for the rows that they leave: packed, these lie side by side from there on.
   */
  #tile(row: Expr, column: Expr, height: number, width: number, count: Expr | null, whole: Expr | null = null): void {
    const b = this.#b, c = this.#c;
    const dot = c.choice.form === "dot";
    const lanes = this.#lanes;
    const zero = b.splat(b.constant(0, this.#scalar), lanes);
    const acc: Variable[][] = Array.from({ length: height }, (_, i) =>
      Array.from({ length: width }, (_x, j) => b.mutable(`acc${i}_${j}`, zero)));
    const start = (base: Expr, tag: string): Expr => {
      const outer = this.#step_ === null ? base : b.add(base, tag === "a" ? this.#step_.a : this.#step_.b);
      const which = tag === "a" ? 0 : 1;
      const across = this.#panels[which] ?? this.#stride(`c${tag}`);
      const panel = this.#rowPanels[which];
      const down = panel === null ? b.mul(row, this.#stride(`r${tag}`))
        : whole === null ? b.mul(row, panel) : b.add(b.mul(whole, panel), b.sub(row, whole));
      return b.let("start", b.add(b.add(outer, down), b.mul(column, across)));
    };
    const startA = start(this.#outerA, "a"), startB = start(this.#outerB, "b");
    // Where each row of the tile starts, once per tile.
    const rowsOf = (at: Expr, tag: string): Expr[] => {
      const s = this.#stride(`r${tag}`);
      const still = s.e === "const" && s.value === 0;
      // A distance that is a number goes into the instructions.
      return Array.from({ length: still ? 1 : height }, (_, i) => {
        const row = b.add(at, b.mul(s, i));
        return i === 0 || s.e === "const" ? row : b.let("row", row);
      });
    };
    const rowsA = rowsOf(startA, "a"), rowsB = rowsOf(startB, "b");
    this.#sumLoops(0, b.constant(0), b.constant(0), (atA, atB) => {
      if (dot) this.#dotLoop(acc, rowsA, rowsB, atA, atB);
      else this.#step(acc, rowsA, rowsB, atA, atB, "c", lanes, null);
    });
    const sums: Expr[][] = acc.map((line) =>
      line.map((v) => (dot ? b.let("sum", b.reduceLanes("add", b.read(v))) : b.read(v))));
    this.#finish(sums, row, column, count);
  }
  /** With a split loop: adds what waits from its earlier steps, and leaves the sum waiting until the last one. */
  #finish(sums: Expr[][], row: Expr, column: Expr, count: Expr | null): void {
    const b = this.#b, step = this.#step_;
    if (step === null) {
      this.#epilogue(sums, row, column, count);
      return;
    }
    const lanes = this.#c.choice.form === "dot" ? 1 : this.#lanes;
    const layout = this.#c.layoutOffsets.length - 1;
    const along = this.#c.columns.layouts[layout];
    const base = b.let("wait", b.add(b.add(this.#outerLayouts[layout], b.mul(row, this.#stride(`r${layout}`))),
      b.mul(column, this.#stride(`c${layout}`))));
    const place = (i: number, j: number): Expr => b.add(b.add(base, b.mul(this.#stride(`r${layout}`), i)),
      b.mul(this.#stride(`c${layout}`), lanes === 1 ? j : j * lanes));
    const stride = lanes > 1 && along !== 1 ? { stride: this.#stride(`c${layout}`) } : {};
    const totals = sums.map((line) => line.map((x) => b.mutable("total", x)));
    b.if(b.compare("gt", step.at, 0), () => totals.forEach((line, i) => line.forEach((v, j) =>
      b.set(v, b.add(b.read(v), b.load(this.#partial, place(i, j), lanes, stride.stride))))));
    b.if(b.compare("lt", step.at, step.last), () => totals.forEach((line, i) => line.forEach((v, j) =>
      b.store(this.#partial, place(i, j), b.read(v),
        { ...stride, ...(lanes > 1 && count !== null ? { count } : {}) }))),
    () => this.#epilogue(totals.map((line) => line.map((v) => b.read(v))), row, column, count));
  }
  /** The loops over summed axes, with running offsets of both operands. */
  #sumLoops(depth: number, atA: Expr, atB: Expr, body: (a: Expr, b: Expr) => void): void {
    if (depth === this.#c.summed.length) {
      body(atA, atB);
      return;
    }
    const b = this.#b;
    const step = (k: Expr | number): void => {
      const [a, w] = ([["a", atA], ["b", atB]] as const).map(([tag, at]) => {
        const moved = b.add(at, b.mul(this.#stride(`s${depth}${tag}`), k));
        return typeof k === "number" && this.#stride(`s${depth}${tag}`).e === "const" ? moved : b.let(`k${tag}`, moved);
      });
      this.#sumLoops(depth + 1, a, w, body);
    };
    const { size } = this.#c.summed[depth];
    if (isUnrolled(this.#c, depth)) for (let k = 0; k < size; k++) step(k);
    else b.for(`k${depth}`, 0, this.#summedSizes[depth], 1, step);
  }
  /** Lanes along a summed axis: whole vectors, then the rest with the missing lanes left out. */
  #dotLoop(acc: Variable[][], rowsA: Expr[], rowsB: Expr[], atA: Expr, atB: Expr): void {
    const b = this.#b, lanes = this.#c.lanes, size = this.#vectorSize!;
    const whole = b.let("whole", b.mul(b.div(size, lanes), lanes));
    const { a, b: w } = this.#c.vector!;
    b.for("k", 0, whole, lanes, (k) =>
      this.#step(acc, rowsA, rowsB, b.add(atA, a === 0 ? 0 : k), b.add(atB, w === 0 ? 0 : k), "d", lanes, null));
    if (lanes > 1) b.if(b.compare("lt", whole, size), () => {
      const count = b.convert("i32", b.sub(size, whole));
      const inside = b.let("inside", b.compare("lt", b.laneIndex(lanes), b.splat(count, lanes)));
      this.#step(acc, rowsA, rowsB, b.add(atA, a === 0 ? 0 : whole),
        b.add(atB, w === 0 ? 0 : whole), "d", lanes, inside);
    });
  }
  /** One multiply-add of the whole tile. */
  #step(
    acc: Variable[][], rowsA: Expr[], rowsB: Expr[], atA: Expr, atB: Expr, form: "c" | "d", lanes: number,
    inside: Expr | null,
  ): void {
    const b = this.#b, c = this.#c;
    const width = acc[0].length;
    /** Loads of one operand: per row and column of the tile, shared where it does not vary. */
    const loads = (buffer: number, rows: Expr[], at: Expr, tag: "a" | "b"): ((i: number, j: number) => Expr) => {
      const step = c.columns[tag], s = this.#stride(`c${tag}`);
      const made = new Map<string, Expr>();
      return (i, j) => {
        const r = rows.length === 1 ? 0 : i, col = step === 0 ? 0 : j;
        const key = `${r},${col}`;
        let x = made.get(key);
        if (x !== undefined) return x;
        const base = b.add(rows[r], at);
        if (form === "d") {
          const place = col === 0 ? base : b.add(base, b.mul(s, col));
          const along = c.vector![tag];
          x = b.let("x", along === 0 ? b.splat(b.load(buffer, place, 1), lanes) : b.load(buffer, place, lanes));
        } else if (step === 0) x = b.let("x", b.splat(b.load(buffer, base, 1), lanes));
        else {
          const place = col === 0 ? base : b.add(base, step === 1 ? b.constant(col * lanes) : b.mul(s, col * lanes));
          x = b.let("x", b.load(buffer, place, lanes, step === 1 ? undefined : s));
        }
        made.set(key, x);
        return x;
      };
    };
    const first = loads(0, rowsA, atA, "a"), second = loads(1, rowsB, atB, "b");
    for (let i = 0; i < acc.length; i++) {
      for (let j = 0; j < width; j++) {
        const old = b.read(acc[i][j]);
        const float = this.#scalar === "f32" || this.#scalar === "f64";
        const next = float ? b.fma(first(i, j), second(i, j), old) : b.add(old, b.mul(first(i, j), second(i, j)));
        b.set(acc[i][j], inside === null ? next : b.select(inside, next, old));
      }
    }
  }

  /** Everything that follows the sum, on registers, and the stores. */
  #epilogue(sums: Expr[][], row: Expr, column: Expr, count: Expr | null): void {
    const b = this.#b, c = this.#c;
    const dot = c.choice.form === "dot";
    const lanes = dot ? 1 : this.#lanes;
    const cache = new Map<string, Expr>();
    const address = (layout: number, i: number, j: number): Expr => {
      const key = `@${layout}`;
      let base = cache.get(key);
      if (base === undefined) {
        base = b.let("at", b.add(b.add(this.#outerLayouts[layout], b.mul(row, this.#stride(`r${layout}`))),
          b.mul(column, this.#stride(`c${layout}`))));
        cache.set(key, base);
      }
      return b.add(b.add(base, b.mul(this.#stride(`r${layout}`), i)),
        b.mul(this.#stride(`c${layout}`), dot ? j : j * lanes));
    };
    const value = (id: number, i: number, j: number): Expr => {
      const v: Value = this.#fused.values[id];
      const layout = this.#layoutAt[id];
      const still = v.v === "load" || v.v === "position"
        ? `${c.rows.layouts[layout] === 0 ? 0 : i},${c.columns.layouts[layout] === 0 ? 0 : j}` : `${i},${j}`;
      const key = `${id}:${still}`;
      const ready = cache.get(key);
      if (ready !== undefined) return ready;
      let made: Expr;
      switch (v.v) {
        case "accumulator": made = sums[i][j]; break;
        case "constant": {
          const at = this.#fused.values.slice(0, id).filter((x) => x.v === "constant").length;
          made = b.splat(this.#constants[at], lanes);
          break;
        }
        case "load": {
          const step = c.columns.layouts[layout];
          const place = address(layout, i, j);
          const raw = step === 0 || lanes === 1 ? b.splat(b.load(this.#sources[v.source], place, 1), lanes)
            : b.load(this.#sources[v.source], place, lanes, step === 1 ? undefined : this.#stride(`c${layout}`));
          made = fromMemory(b, v.dtype, raw);
          break;
        }
        case "position": {
          const at = b.splat(b.convert("i32", address(layout, i, j)), lanes);
          const step = c.columns.layouts[layout];
          const whole = step === 0 || lanes === 1 ? at : b.add(at, step === 1 ? b.laneIndex(lanes)
            : b.mul(b.laneIndex(lanes), b.splat(b.convert("i32", this.#stride(`c${layout}`)), lanes)));
          made = b.convert(DTYPES[v.dtype].compute, whole);
          break;
        }
        case "op":
          made = emitOperation(b, v.op, v.args.map((a) => value(a, i, j)),
            v.args.map((a) => this.#fused.values[a].dtype), v.dtype);
          break;
        default: throw new Error(`${v.v} cannot follow a contraction`);
      }
      made = b.let("e", made);
      cache.set(key, made);
      return made;
    };
    for (let i = 0; i < sums.length; i++) {
      for (let j = 0; j < sums[i].length; j++) {
        this.#stores.forEach((store, s) => {
          const layout = c.layoutOffsets.length - this.#stores.length + s - (c.split.length === 0 ? 0 : 1);
          const step = c.columns.layouts[layout];
          b.store(this.#outs[s], address(layout, i, j), toMemory(b, store.dtype, value(store.value, i, j)), {
            ...(lanes > 1 && step !== 1 ? { stride: this.#stride(`c${layout}`) } : {}),
            ...(lanes > 1 && count !== null ? { count } : {}),
          });
        });
      }
    }
  }
}
