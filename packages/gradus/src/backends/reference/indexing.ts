import { IndexError } from "../../vocab/errors.ts";
import { formatShape, sizeOf } from "../../vocab/shape.ts";
import type { TypedArray } from "../../vocab/dtype.ts";
import type { Node } from "../../ir/node.ts";
import type { Op, OpParams } from "../../ir/op.ts";
import { numbersOf, store, zeros, type Dense } from "./dense.ts";
import { around } from "./strided.ts";

function checkIndices(op: Op, index: Dense, x: Dense, axis: number): void {
  const size = x.shape[axis];
  for (const i of index.data as Int32Array) {
    if (i < 0 || i >= size) {
      throw new IndexError(
        `${op}: index ${i} is out of range for axis ${axis} of ${formatShape(x.shape)}, which has ${size} entries; ` +
        (size > 0 ? `use 0 to ${size - 1}` : "an empty axis has nothing to index"));
    }
  }
}

/** result[outer, j, inner] = x[outer, index[j], inner] */
export function gather({ axis }: OpParams["gather"], [x, index]: readonly Dense[], node: Node): Dense {
  checkIndices("gather", index, x, axis);
  const { outer, size, inner } = around(x.shape, axis);
  const count = index.data.length;
  const data = zeros(x.dtype, sizeOf(node.shape));
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const from = (o * size + index.data[j]) * inner;
      data.set(x.data.subarray(from, from + inner), (o * count + j) * inner);
    }
  }
  return { shape: node.shape, dtype: x.dtype, data };
}

/**
 * result = base, then for each j in order: result[outer, index[j], inner] takes in updates[outer, j, inner]. With
 * "set" the last of several writers wins; with "max" a NaN stays.
 */
export function scatter(
  { axis, mode }: OpParams["scatter"], [base, index, updates]: readonly Dense[], node: Node,
): Dense {
  checkIndices("scatter", index, base, axis);
  const { outer, size, inner } = around(base.shape, axis);
  const count = index.data.length;
  const a = numbersOf(updates);
  const out = Float64Array.from(numbersOf(base));
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const to = (o * size + index.data[j]) * inner;
      const from = (o * count + j) * inner;
      for (let i = 0; i < inner; i++) {
        const u = a[from + i];
        out[to + i] = mode === "set" ? u : mode === "add" ? out[to + i] + u : Math.max(out[to + i], u);
      }
    }
  }
  return store(node, out);
}

/** Order of numbers in which NaN is the greatest, as in PyTorch and NumPy. */
function ascending(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a - b;
}

/** Values and positions; equal values keep their order in both directions. */
export function sort({ axis, descending }: OpParams["sort"], [x]: readonly Dense[]): readonly Dense[] {
  const a = numbersOf(x);
  const { outer, size, inner } = around(x.shape, axis);
  const values: TypedArray = zeros(x.dtype, a.length);
  const positions = new Int32Array(a.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const place = (t: number): number => (o * size + t) * inner + i;
      const order = Array.from({ length: size }, (_, t) => t);
      order.sort((s, t) => (descending ? -1 : 1) * ascending(a[place(s)], a[place(t)]));
      order.forEach((from, t) => {
        values[place(t)] = x.data[place(from)];
        positions[place(t)] = from;
      });
    }
  }
  return [
    { shape: x.shape, dtype: x.dtype, data: values },
    { shape: x.shape, dtype: "i32", data: positions },
  ];
}
