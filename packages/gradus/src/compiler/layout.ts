import { contiguousStrides, sameShape, type Shape } from "../vocab/shape.ts";
import type { Node } from "../ir/node.ts";
import type { Op, OpParams } from "../ir/op.ts";

/** How logical cells map to elements of a buffer: offset + sum of index times stride. */
export interface Layout {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** One renaming of cells: an operation of `VIEWS` with the shapes on both sides. */
export interface ViewStep {
  readonly op: Op;
  readonly params: OpParams[Op];
  readonly from: Shape;
  readonly to: Shape;
  /** The node that asked for it; absent where a kernel's own iteration space did. */
  readonly node?: Node | undefined;
}

export const dense = (shape: Shape): Layout => ({ offset: 0, strides: contiguousStrides(shape) });

/** The layout of a view, or null where no strides express it (a reshape across gaps). */
export function applyView(layout: Layout, step: ViewStep): Layout | null {
  const { offset, strides } = layout;
  const { from, to } = step;
  switch (step.op) {
    case "reshape": {
      const next = reshapeStrides(from, strides, to);
      return next === null ? null : { offset, strides: next };
    }
    case "permute": {
      const { axes } = step.params as OpParams["permute"];
      return { offset, strides: axes.map((a) => strides[a]) };
    }
    case "expand":
      return { offset, strides: strides.map((s, i) => (from[i] === to[i] ? s : 0)) };
    case "slice": {
      const { start, step: steps } = step.params as OpParams["slice"];
      return {
        offset: strides.reduce((o, s, i) => o + s * start[i], offset),
        strides: strides.map((s, i) => s * steps[i]),
      };
    }
    case "flip": {
      const { axes } = step.params as OpParams["flip"];
      return {
        offset: axes.reduce((o, a) => o + strides[a] * Math.max(0, from[a] - 1), offset),
        strides: strides.map((s, i) => (axes.includes(i) ? -s : s)),
      };
    }
    case "windows": {
      const p = step.params as OpParams["windows"];
      const outer = [...strides];
      p.axes.forEach((a, i) => { outer[a] = strides[a] * p.stride[i]; });
      return { offset, strides: [...outer, ...p.axes.map((a, i) => strides[a] * p.dilation[i])] };
    }
    default:
      return null;
  }
}

/**
 * Strides after a reshape without moving anything: axes are matched in groups of equal size; a group on the left must
 * be contiguous within itself.
 */
export function reshapeStrides(from: Shape, strides: readonly number[], to: Shape): number[] | null {
  if (sameShape(from, to)) return [...strides];
  if (from.some((n) => n === 0)) return contiguousStrides(to);
  const out = new Array<number>(to.length).fill(0);
  // Axes of size 1 carry no information on either side.
  const left = from.flatMap((n, i) => (n === 1 ? [] : [{ n, s: strides[i] }]));
  const right = to.flatMap((n, i) => (n === 1 ? [] : [i]));
  let l = 0, r = 0;
  while (l < left.length || r < right.length) {
    if (l >= left.length || r >= right.length) return null;
    const l0 = l, r0 = r;
    let a = left[l++].n, b = to[right[r++]];
    while (a !== b) {
      if (a < b) {
        if (l >= left.length) return null;
        a *= left[l++].n;
      } else {
        if (r >= right.length) return null;
        b *= to[right[r++]];
      }
    }
    for (let i = l0; i < l - 1; i++) if (left[i].s !== left[i + 1].s * left[i + 1].n) return null;
    let step = left[l - 1].s;
    for (let i = r - 1; i >= r0; i--) {
      out[right[i]] = step;
      step *= to[right[i]];
    }
  }
  return out;
}
