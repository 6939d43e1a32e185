import { bytesOf } from "../vocab/dtype.ts";
import type { Expr, Kernel } from "../ir/kernel.ts";
import type { Target } from "../runtime/backend.ts";
import { KernelBuilder } from "./build.ts";
import type { Fused } from "./fused.ts";
import type { Lowered, Store } from "./lowered.ts";
import { spaceOf, type Dim } from "./space.ts";

const known = new Map<string, Kernel>();
/** Units that share well between threads. */
const UNITS = 16;

/**
 * A copy that turns memory round: what lies side by side in its source lies far apart in its result, and the other way.
 * Squares of n x n numbers are read in rows, turned in registers and written in rows. Null for any other map.
 */
export function lowerTranspose(
  fused: Fused, stores: readonly Store[], target: Target, name: string,
): Lowered | null {
  const [value] = fused.values, [store] = stores;
  if (fused.values.length !== 1 || stores.length !== 1 || value.v !== "load" || fused.outer < fused.shape.length) {
    return null;
  }
  if (value.dtype !== store.dtype || bytesOf(value.dtype) !== 4 || store.perRow) return null;
  const space = spaceOf(fused, [value.layout, store.layout]);
  const dims = space.outer;
  // Side by side in the source, and in the result.
  const along = dims.find((d) => Math.abs(d.strides[0]) === 1 && d.strides[1] > 1);
  const across = dims.find((d) => d.strides[1] === 1 && Math.abs(d.strides[0]) > 1);
  if (along === undefined || across === undefined) return null;
  const n = sideOf(along.size, across.size, target.lanes);
  if (n === 0) return null;
  const outer = dims.filter((d) => d !== along && d !== across);
  const rows = outer.reduce((count, d) => count * d.size, 1), bands = Math.ceil(across.size / n);
  const squares = Math.ceil(along.size / n);
  const chunk = n * Math.ceil(squares / Math.min(squares, Math.ceil(UNITS / (rows * bands))));
  const chunks = Math.ceil(along.size / chunk);
  const back = along.strides[0] < 0;
  const key = `transpose ${value.dtype} ${n} ${outer.length}${back ? " back" : ""}`;
  let kernel = known.get(key);
  if (kernel === undefined) known.set(key, kernel = write(name, key, value.dtype, n, outer, back));
  return {
    kernel,
    ints: [along.size, across.size, bands, chunk, chunks, ...outer.map((d) => d.size),
      ...outer.flatMap((d) => d.strides), across.strides[0], along.strides[1], ...space.offsets],
    floats: [], units: rows * bands * chunks, work: (rows * along.size * across.size) / 2, checked: false,
  };
}
/** The side of the squares that covers the two axes in the fewest loads, stores and shuffles; 0 if none fits. */
function sideOf(along: number, across: number, lanes: number): number {
  let best = 0, least = Infinity;
  for (let n = lanes; n >= 4; n /= 2) {
    if (along < n || across < n) continue;
    const cost = Math.ceil(along / n) * Math.ceil(across / n) * n * (2 + Math.log2(n));
    if (cost < least) [best, least] = [n, cost];
  }
  return best;
}

/** `back`: the source runs backwards along its lines. */
function write(
  name: string, key: string, dtype: Store["dtype"], n: number, outer: readonly Dim[], back: boolean,
): Kernel {
  const b = new KernelBuilder(n);
  const from = b.buffer("in0", dtype, "read"), to = b.buffer("out0", dtype, "write");
  const along = b.int("along"), across = b.int("across"), bands = b.int("bands");
  const chunk = b.int("chunk"), chunks = b.int("chunks");
  const sizes = outer.map((_, i) => b.int(`outer${i}`));
  const strides = outer.map((_, i) => [b.int(`s${i}_0`), b.int(`s${i}_1`)] as const);
  const down = b.int("down"), over = b.int("over");
  const offsets = [b.int("offset0"), b.int("offset1")];
  b.for("unit", b.begin, b.end, 1, (unit) => {
    let rest = b.let("rest", b.div(unit, chunks));
    const first = b.let("first", b.mul(b.sub(unit, b.mul(rest, chunks)), chunk));
    const row = b.let("row", b.div(rest, bands));
    // The last square of an axis reaches back into its neighbour, and writes the same numbers again.
    const band = b.let("band", b.min(b.mul(b.sub(rest, b.mul(row, bands)), n), b.sub(across, n)));
    rest = row;
    const at: [Expr, Expr] = [b.add(offsets[0], b.mul(band, down)), b.add(offsets[1], band)];
    for (let i = outer.length - 1; i >= 0; i--) {
      const index = i === 0 ? rest : b.let("i", b.binary("rem", rest, sizes[i]));
      if (i > 0) rest = b.let("rest", b.div(rest, sizes[i]));
      for (const side of [0, 1] as const) at[side] = b.add(at[side], b.mul(index, strides[i][side]));
    }
    const source = b.let("source", at[0]), result = b.let("result", at[1]);
    const end = b.let("end", b.min(along, b.add(first, chunk)));
    b.for("i", first, end, n, (i) => {
      const start = b.let("start", b.min(i, b.sub(along, n)));
      const read = b.let("read", back ? b.sub(source, b.add(start, n - 1)) : b.add(source, start));
      const written = b.let("written", b.add(result, b.mul(start, over)));
      const lines = Array.from({ length: n }, (_, j) =>
        b.let("x", b.load(from, b.add(read, b.mul(down, j)), n)));
      turn(b, lines).forEach((line, k) => b.store(to, b.add(written, b.mul(over, back ? n - 1 - k : k)), line));
    });
  });
  return b.finish(name, key);
}
/** Rows become columns: halves of pairs of rows change places, then quarters, down to single numbers. */
function turn(b: KernelBuilder, rows: readonly Expr[]): Expr[] {
  const n = rows.length, lanes = [...rows.keys()];
  let lines = [...rows];
  for (let half = n / 2; half >= 1; half /= 2) {
    lines = lines.map((line, i) => (i & half) === 0
      ? b.let("x", b.shuffle(line, lines[i + half], lanes.map((k) => ((k & half) === 0 ? k : n + k - half))))
      : b.let("x", b.shuffle(lines[i - half], line, lanes.map((k) => ((k & half) === 0 ? k + half : n + k)))));
  }
  return lines;
}
