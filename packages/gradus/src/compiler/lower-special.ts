import { sizeOf } from "../vocab/shape.ts";
import type { Expr } from "../ir/kernel.ts";
import type { Node } from "../ir/node.ts";
import type { Target } from "../runtime/backend.ts";
import { KernelBuilder } from "./build.ts";
import type { Layout } from "./layout.ts";
import type { Lowered } from "./lowered.ts";
import { combine, fromMemory } from "./scalar.ts";
import { noteIndex, siteOf } from "./sites.ts";

/** Index of a cell from its number in row-major order, through the strides of a layout (all runtime). */
function cellAt(b: KernelBuilder, cell: Expr, sizes: readonly Expr[], strides: readonly Expr[], offset: Expr): Expr {
  let rest = cell, at = offset;
  for (let i = sizes.length - 1; i >= 0; i--) {
    const index = i === 0 ? rest : b.let("i", b.binary("rem", rest, sizes[i]));
    if (i > 0) rest = b.let("rest", b.div(rest, sizes[i]));
    at = b.add(at, b.mul(index, strides[i]));
  }
  return at;
}

/** Columns of a scatter that one unit handles. */
const COLUMNS = 64;

/**
 * out[o, index[j], c] (set, add, max) updates[o, j, c] for every j in order. Destinations are split between units by o
 * and c, never by index, so that every split gives the same bits. Buffers: index, updates, out (holding the base).
 */
export function lowerScatter(node: Node<"scatter">, index: Layout, updates: Layout, target: Target): Lowered {
  const { axis, mode } = node.params;
  const [base, indices, pieces] = node.inputs;
  const rank = indices.shape.length;
  const columns = sizeOf(base.shape.slice(axis + 1)), rows = base.shape[axis];
  const outer = sizeOf(base.shape.slice(0, axis));
  const count = sizeOf(indices.shape);
  // Columns run along the lanes where the updates lie dense there.
  const inner = pieces.shape.slice(axis + rank);
  let step = 1, isDense = true;
  for (let i = inner.length - 1; i >= 0; i--) {
    if (inner[i] !== 1 && updates.strides[axis + rank + i] !== step) isDense = false;
    step *= inner[i];
  }
  const wide = base.dtype === "f64" ? target.lanesF64 : target.lanes;
  const lanes = isDense && columns >= wide && base.dtype !== "bool" ? wide : 1;
  const key = `scatter ${mode} ${base.dtype} x${lanes} i${rank} u${pieces.shape.length} a${axis}`;
  const b = new KernelBuilder(lanes);
  const index_ = b.buffer("index", "i32", "read"), updates_ = b.buffer("updates", base.dtype, "read");
  const out = b.buffer("out", base.dtype, "readwrite"), error = b.buffer("error", "i32", "readwrite");
  const sizes = (name: string, n: number): Expr[] => Array.from({ length: n }, (_, i) => b.int(`${name}${i}`));
  const count_ = b.int("count"), rows_ = b.int("rows"), columns_ = b.int("columns"), blocks = b.int("blocks");
  const indexSizes = sizes("n", rank), indexStrides = sizes("s", rank), indexOffset = b.int("offset_index");
  const outerSizes = sizes("o", axis), outerStrides = sizes("os", axis);
  const alongStrides = sizes("js", rank);
  const innerSizes = sizes("c", inner.length), innerStrides = sizes("cs", inner.length);
  const updateOffset = b.int("offset_updates"), site = b.int("site");
  b.for("unit", b.begin, b.end, 1, (unit) => {
    const o = b.let("o", b.div(unit, blocks));
    const from = b.let("from", b.mul(b.sub(unit, b.mul(o, blocks)), COLUMNS));
    const to = b.let("to", b.min(columns_, b.add(from, COLUMNS)));
    const outerAt = b.let("outer_at", cellAt(b, o, outerSizes, outerStrides, updateOffset));
    b.for("j", 0, count_, 1, (j) => {
      const place = b.let("place", b.load(index_, cellAt(b, j, indexSizes, indexStrides, indexOffset), 1));
      const row = b.let("row", b.convert("index", place));
      const inside: Expr = b.binary("and", b.compare("ge", place, 0), b.compare("lt", row, rows_));
      b.if(inside, () => {
        const destination = b.let("to_row", b.mul(b.add(b.mul(o, rows_), row), columns_));
        const source = b.let("from_row", cellAt(b, j, indexSizes, alongStrides, outerAt));
        const put = (c: Expr, n: number): void => {
          const at = lanes > 1 ? b.add(source, c) : cellAt(b, c, innerSizes, innerStrides, source);
          const value = b.load(updates_, at, n);
          const cell = b.let("cell", b.add(destination, c));
          const before = b.load(out, cell, n);
          const next = mode === "set" ? value
            : combine(b, mode === "add" ? "sum" : "max", base.dtype === "bool" ? "i32" : base.dtype, before, value);
          b.store(out, cell, next);
        };
        if (lanes > 1) {
          const whole = b.let("whole", b.add(from, b.mul(b.div(b.sub(to, from), lanes), lanes)));
          b.for("c", from, whole, lanes, (c) => put(c, lanes));
          b.for("c", whole, to, 1, (c) => put(c, 1));
        } else b.for("c", from, to, 1, (c) => put(c, 1));
      }, () => noteIndex(b, error, site, place));
    });
  });
  const blocksN = Math.max(1, Math.ceil(columns / COLUMNS));
  return {
    kernel: b.finish("scatter", key),
    ints: [count, rows, columns, blocksN, ...indices.shape, ...index.strides, index.offset,
      ...base.shape.slice(0, axis), ...updates.strides.slice(0, axis), ...updates.strides.slice(axis, axis + rank),
      ...inner, ...updates.strides.slice(axis + rank), updates.offset, siteOf(node)],
    floats: [], units: columns === 0 ? 0 : outer * blocksN, work: count * columns * outer, checked: true,
  };
}

/** h[t] = a[t] h[t-1] + b[t]: one unit per row of the other axes, lanes along the innermost of them. */
export function lowerRecurrence(
  node: Node<"recurrence">, a: Layout, bLayout: Layout, h0: Layout, target: Target,
): Lowered {
  const { axis, reverse } = node.params;
  const { shape, dtype } = node;
  const others = shape.map((_, i) => i).filter((i) => i !== axis);
  const vectorAxis = others[others.length - 1] ?? -1;
  const wide = dtype === "f64" ? target.lanesF64 : target.lanes;
  const strides = (layout: Layout): number[] => [...layout.strides];
  const out = contiguous(shape);
  const along = vectorAxis < 0 ? []
    : [a.strides[vectorAxis], bLayout.strides[vectorAxis], out[vectorAxis], h0.strides[others.length - 1]];
  const good = vectorAxis >= 0 && along.every((s, i) => s === 1 || (s === 0 && i !== 2)) && shape[vectorAxis] >= wide;
  const lanes = good ? wide : 1;
  const rowAxes = vectorAxis < 0 ? [] : others.slice(0, -1);
  const vectorSize = vectorAxis < 0 ? 1 : shape[vectorAxis];
  const pattern = along.map((s) => (s === 0 ? "0" : "1")).join("");
  const key = `recurrence ${dtype} x${lanes} rows${rowAxes.length} ${good ? pattern : ""} ${reverse ? "down" : "up"}`;
  const b = new KernelBuilder(lanes);
  const buffers = [
    b.buffer("a", dtype, "read"), b.buffer("b", dtype, "read"), b.buffer("h0", dtype, "read"),
    b.buffer("h", dtype, "write"),
  ];
  const steps = b.int("steps"), size = b.int("size"), blocks = b.int("blocks"), block = b.int("block");
  const rowSizes = rowAxes.map((_, i) => b.int(`n${i}`));
  const names = ["a", "b", "h0", "h"];
  const rowStrides = names.map((n) => rowAxes.map((_, i) => b.int(`${n}${i}`)));
  const offsets = names.map((n) => b.int(`${n}_offset`)), timeStrides = names.map((n) => b.int(`${n}_time`));
  const laneStrides = names.map((n) => b.int(`${n}_lane`));
  b.for("unit", b.begin, b.end, 1, (unit) => {
    const row = b.let("row", b.div(unit, blocks));
    const from = b.let("from", b.mul(b.sub(unit, b.mul(row, blocks)), block));
    const to = b.let("to", b.min(size, b.add(from, block)));
    const bases = names.map((_, k) => b.let("base", cellAt(b, row, rowSizes, rowStrides[k], offsets[k])));
    const run = (i: Expr, n: number): void => {
      const at = names.map((_, k) => b.let("at", b.add(bases[k], b.mul(i, laneStrides[k]))));
      const load = (k: number, place: Expr): Expr => {
        const still = good && along[[0, 1, 3][k]] === 0;
        return n > 1 && still ? b.splat(b.load(buffers[k], place, 1), n) : b.load(buffers[k], place, n);
      };
      const h = b.mutable("h", load(2, at[2]));
      b.for("t", 0, steps, 1, (t) => {
        const time = reverse ? b.let("time", b.sub(b.sub(steps, 1), t)) : t;
        const place = (k: number): Expr => b.add(at[k], b.mul(time, timeStrides[k]));
        b.set(h, b.fma(load(0, place(0)), b.read(h), load(1, place(1))));
        b.store(buffers[3], place(3), b.read(h));
      });
    };
    if (lanes > 1) {
      const whole = b.let("whole", b.add(from, b.mul(b.div(b.sub(to, from), lanes), lanes)));
      b.for("i", from, whole, lanes, (i) => run(i, lanes));
      b.for("i", whole, to, 1, (i) => run(i, 1));
    } else b.for("i", from, to, 1, (i) => run(i, 1));
  });
  const blockSize = Math.max(lanes, 64);
  const h0Row = rowAxes.map((axis_) => h0.strides[others.indexOf(axis_)]);
  const rows = sizeOf(rowAxes.map((i) => shape[i]));
  const blockCount = Math.max(1, Math.ceil(vectorSize / blockSize));
  return {
    kernel: b.finish("recurrence", key),
    ints: [shape[axis], vectorSize, blockCount, blockSize, ...rowAxes.map((i) => shape[i]),
      ...rowAxes.map((i) => strides(a)[i]), ...rowAxes.map((i) => strides(bLayout)[i]),
      ...h0Row, ...rowAxes.map((i) => out[i]),
      a.offset, bLayout.offset, h0.offset, 0, a.strides[axis], bLayout.strides[axis], 0, out[axis],
      ...(vectorAxis < 0 ? [0, 0, 0, 0]
        : [a.strides[vectorAxis], bLayout.strides[vectorAxis], h0.strides[others.length - 1], out[vectorAxis]])],
    floats: [], units: sizeOf(shape) === 0 ? 0 : rows * blockCount, work: sizeOf(shape) * 2, checked: false,
  };
}
function contiguous(shape: readonly number[]): number[] {
  const out = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) out[i] = out[i + 1] * shape[i + 1];
  return out;
}

/**
 * Stable merge sort of positions, bottom up, one row per unit; then the values are fetched. Buffers: x, values,
 * positions, spare positions.
 */
export function lowerSort(node: Node<"sort">, x: Layout): Lowered {
  const { axis, descending } = node.params;
  const { shape, dtype } = node;
  const rank = shape.length;
  const b = new KernelBuilder(1);
  const stored = dtype === "bool" ? "u8" : dtype;
  const input = b.buffer("x", stored, "read"), values = b.buffer("values", stored, "write");
  const main = b.buffer("positions", "i32", "readwrite"), spare = b.buffer("spare", "i32", "readwrite");
  const n = b.int("n"), along = b.int("along"), outAlong = b.int("out_along"), offset = b.int("offset");
  const rest = shape.map((_, i) => i).filter((i) => i !== axis);
  const sizes = rest.map((_, i) => b.int(`n${i}`)), inStrides = rest.map((_, i) => b.int(`s${i}`));
  const outStrides = rest.map((_, i) => b.int(`t${i}`));
  const float = dtype === "f32" || dtype === "f64" || dtype === "f16" || dtype === "bf16";
  b.for("unit", b.begin, b.end, 1, (row) => {
    const from = b.let("from", cellAt(b, row, sizes, inStrides, offset));
    const to = b.let("to", cellAt(b, row, sizes, outStrides, b.constant(0)));
    const place = (i: Expr): Expr => b.add(to, b.mul(i, outAlong));
    const element = (position: Expr): Expr =>
      b.let("x", fromMemory(b, stored, b.load(input, b.add(from, b.mul(b.convert("index", position), along)), 1)));
    b.for("i", 0, n, 1, (i) => b.store(main, place(i), b.convert("i32", i)));
    const width = b.mutable("width", b.constant(1)), flipped = b.mutable("flipped", b.constant(0));
    const merge = (source: number, sink: number): void => {
      b.for("lo", 0, n, b.mul(b.read(width), 2), (lo) => {
        const middle = b.let("middle", b.min(n, b.add(lo, b.read(width))));
        const high = b.let("high", b.min(n, b.add(lo, b.mul(b.read(width), 2))));
        const i = b.mutable("i", lo), j = b.mutable("j", middle);
        b.for("k", lo, high, 1, (k) => {
          const left = b.mutable("left", b.convert("i32", b.compare("lt", b.read(i), middle)));
          const both = b.binary("and", b.compare("lt", b.read(i), middle), b.compare("lt", b.read(j), high));
          b.if(both, () => {
            const p = b.let("p", b.load(source, place(b.read(i)), 1));
            const q = b.let("q", b.load(source, place(b.read(j)), 1));
            const u = element(p), v = element(q);
            // The right one goes first only if it is strictly before the left one; NaN counts as largest.
            const less = (s: Expr, t: Expr): Expr => {
              const plain = b.compare("lt", s, t);
              if (!float) return plain;
              return b.binary("or", plain, b.binary("and", b.compare("ne", t, t), b.compare("eq", s, s)));
            };
            const first = descending ? less(u, v) : less(v, u);
            b.set(left, b.convert("i32", b.unary("not", first)));
          });
          b.if(b.compare("ne", b.read(left), b.constant(0, "i32")), () => {
            b.store(sink, place(k), b.load(source, place(b.read(i)), 1));
            b.set(i, b.add(b.read(i), 1));
          }, () => {
            b.store(sink, place(k), b.load(source, place(b.read(j)), 1));
            b.set(j, b.add(b.read(j), 1));
          });
        });
      });
    };
    b.while(b.compare("lt", b.read(width), n), () => {
      b.if(b.compare("eq", b.read(flipped), 0), () => merge(main, spare), () => merge(spare, main));
      b.set(flipped, b.sub(1, b.read(flipped)));
      b.set(width, b.mul(b.read(width), 2));
    });
    b.if(b.compare("ne", b.read(flipped), 0), () =>
      b.for("i", 0, n, 1, (i) => b.store(main, place(i), b.load(spare, place(i), 1))));
    b.for("i", 0, n, 1, (i) => b.store(values, place(i), element(b.load(main, place(i), 1))));
  });
  const out = contiguous(shape);
  const size = shape[axis];
  return {
    kernel: b.finish("sort", `sort ${dtype} rank${rank} ${descending ? "down" : "up"}`),
    ints: [
      size, x.strides[axis], out[axis], x.offset,
      ...rest.map((i) => shape[i]), ...rest.map((i) => x.strides[i]), ...rest.map((i) => out[i]),
    ],
    floats: [], units: size === 0 ? 0 : sizeOf(rest.map((i) => shape[i])), work: sizeOf(shape) * 20, checked: false,
  };
}
