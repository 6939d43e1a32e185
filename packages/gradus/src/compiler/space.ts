import type { Fused, Value } from "./fused.ts";
import type { Layout } from "./layout.ts";

/** One loop of a kernel: its trip count and, for every layout the kernel walks, the stride. */
export interface Dim {
  readonly size: number;
  readonly strides: readonly number[];
}

/** The iteration space of a fused kernel with neighbouring loops merged, split into kept and reduced loops. */
export interface Space {
  readonly outer: readonly Dim[];
  readonly inner: readonly Dim[];
  /** Offset of every layout. */
  readonly offsets: readonly number[];
}

/** Layouts of the values that walk memory or count positions, in the order of values, then those of the stores. */
export function layoutsOf(fused: Fused, stores: readonly Layout[]): Layout[] {
  return [...fused.values.flatMap((value) => (hasLayout(value) ? [value.layout] : [])), ...stores];
}
export const hasLayout = (value: Value): value is Value & { readonly layout: Layout } => "layout" in value;

export function spaceOf(fused: Fused, layouts: readonly Layout[]): Space {
  const dims = fused.shape.map((size, axis): Dim => ({ size, strides: layouts.map((l) => l.strides[axis]) }));
  return {
    outer: collapse(dims.slice(0, fused.outer)),
    inner: collapse(dims.slice(fused.outer)),
    offsets: layouts.map((l) => l.offset),
  };
}

/** Merges neighbours that every layout walks as one run; axes of size 1 vanish. */
function collapse(dims: readonly Dim[]): Dim[] {
  const out: Dim[] = [];
  for (const dim of dims) {
    if (dim.size === 1) continue;
    const last = out[out.length - 1];
    if (last !== undefined && last.strides.every((s, i) => s === dim.strides[i] * dim.size)) {
      out[out.length - 1] = { size: last.size * dim.size, strides: dim.strides };
    } else out.push(dim);
  }
  return out;
}

/**
 * What a kernel costs that has its lanes along one loop, in cycles or so. A vector of neighbours is one access, a
 * number that stands still next to none, strided lanes are written one by one and read at half that price; a loop
 * shorter than the vector wastes lanes. The last layouts are those of `stores`.
 * `rows` loops go around `inner` ones, which go around the lanes; `work`: operations on each vector; `joins`: sums
 * whose lanes are joined at the end of every row; `short`: a row is a few vectors, written out.
 */
export function laneCost(
  dim: Dim, lanes: number, stores: number,
  { rows, inner, work, joins, short }:
  { rows: number; inner: number; work: number; joins: number; short: boolean },
): number {
  const access = dim.strides.reduce((sum, s, i) => sum + (s === 1 ? 1 : s === 0 ? 0.2
    : 1 + (i < dim.strides.length - stores ? 0.4 : 0.8) * Math.min(dim.size, lanes)), 0);
  const row = short ? SHORT_ROW : ROW + inner * LOOP;
  return rows * (row + JOIN * joins + inner * Math.ceil(dim.size / lanes) * (access + work));
}
/** Where a row lies, and the same where its vectors are written out; what a loop takes to start; joining lanes. */
const ROW = 16, SHORT_ROW = 6, LOOP = 3, JOIN = 10;
