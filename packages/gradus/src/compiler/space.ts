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
 * How well a loop suits the vector lanes: layouts that walk it one by one count most, those that stand still a little;
 * a loop shorter than the vector wastes lanes.
 */
export function laneScore(dim: Dim, lanes: number): number {
  const contiguous = dim.strides.filter((s) => s === 1).length;
  const still = dim.strides.filter((s) => s === 0).length;
  const strided = dim.strides.length - contiguous - still;
  const used = dim.size >= lanes ? dim.size / (Math.ceil(dim.size / lanes) * lanes) : dim.size / lanes;
  return (contiguous * 4 + still - strided * 2 + 0.01) * used;
}
