import { isFloat } from "../../vocab/dtype.ts";
import { contiguousStrides, sizeOf } from "../../vocab/shape.ts";
import type { Node } from "../../ir/node.ts";
import type { OpParams, ReduceKind } from "../../ir/op.ts";
import { numbersOf, store, type Dense } from "./dense.ts";
import { around, eachRow } from "./strided.ts";

/** What a reduction starts from and how it takes in one more element; integers wrap at every step. */
const REDUCTIONS: {
  readonly [K in ReduceKind]: {
    readonly start: number;
    readonly float: (a: number, b: number) => number;
    readonly integer: (a: number, b: number) => number;
  }
} = {
  sum: { start: 0, float: (a, b) => a + b, integer: (a, b) => (a + b) | 0 },
  prod: { start: 1, float: (a, b) => a * b, integer: Math.imul },
  // Math.max and Math.min give NaN as soon as one element is NaN.
  max: { start: -Infinity, float: Math.max, integer: Math.max },
  min: { start: Infinity, float: Math.min, integer: Math.min },
};

/** Accumulates in float64, whatever the dtype, and rounds once at the end. */
export function reduce({ kind, axes }: OpParams["reduce"], [x]: readonly Dense[], node: Node): Dense {
  const { start, float, integer } = REDUCTIONS[kind];
  const take = isFloat(x.dtype) ? float : integer;
  const a = numbersOf(x);
  const out = new Float64Array(sizeOf(node.shape)).fill(start);

  // Where each cell of x goes: its place in the result, in which a reduced axis has stride 0.
  const kept = contiguousStrides(node.shape);
  let next = 0;
  const strides = x.shape.map((_, axis) => (axes.includes(axis) ? 0 : kept[next++]));
  eachRow(x.shape, 0, strides, (cell, at, length, step) => {
    for (let i = 0; i < length; i++) out[at + i * step] = take(out[at + i * step], a[cell + i]);
  });
  return store(node, out);
}

export function argReduce({ kind, axis }: OpParams["argReduce"], [x]: readonly Dense[], node: Node): Dense {
  const a = numbersOf(x);
  const { outer, size, inner } = around(x.shape, axis);
  const out = new Int32Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = 0;
      for (let t = 1; t < size; t++) {
        const held = a[(o * size + best) * inner + i];
        const seen = a[(o * size + t) * inner + i];
        const better = Number.isNaN(seen) || (kind === "max" ? seen > held : seen < held);
        // Nothing beats a NaN, and ties stay with the first.
        if (better && !Number.isNaN(held)) best = t;
      }
      out[o * inner + i] = best;
    }
  }
  return { shape: node.shape, dtype: "i32", data: out };
}
