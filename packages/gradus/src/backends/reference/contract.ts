import { isFloat } from "../../vocab/dtype.ts";
import { contiguousStrides, sizeOf } from "../../vocab/shape.ts";
import { contractSizes } from "../../ir/infer.ts";
import type { Node } from "../../ir/node.ts";
import type { ContractWindow, OpParams } from "../../ir/op.ts";
import { numbersOf, store, type Dense } from "./dense.ts";
import { around, readStrided } from "./strided.ts";

/** An array in float64 with a letter for each of its axes. */
interface Lettered {
  readonly letters: string;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * The trilinear form: the sum of X W Y over all letters, given two of the three. A window is removed first: X, whose
 * axis i is read at stride*o + dilation*k - pad, is unfolded into an array with the axes o and k instead. What is left
 * is a product of matrices. When X itself is wanted, the product gives the unfolded X, which is folded back.
 */
export function contract(p: OpParams["contract"], inputs: readonly Dense[], node: Node): Dense {
  const { spec, output } = p;
  const { sizes } = contractSizes(p, inputs);
  const labels = [spec.x, spec.w, spec.y];
  const [a, b] = labels.flatMap((letters, operand) => (operand === output ? [] : [letters]))
    .map((letters, i): Lettered => ({ letters, shape: inputs[i].shape, data: numbersOf(inputs[i]) }));
  const wrap = !isFloat(node.dtype);

  if (output !== 0) {
    const unfolded = spec.windows.reduce((x, w) => unfold(x, w, sizes), a);
    return store(node, product(unfolded, b, labels[output], sizes, wrap).data);
  }
  const letters = spec.windows.reduce((x, w) => x.replace(w.x, w.y + w.w), spec.x);
  const unfolded = product(a, b, letters, sizes, wrap);
  return store(node, spec.windows.reduce((x, w) => fold(x, w, sizes, wrap), unfolded).data);
}

/** Axis i of x becomes the axes o and k: the cell at stride*o + dilation*k - pad, or 0 where there is none. */
function unfold(x: Lettered, w: ContractWindow, sizes: ReadonlyMap<string, number>): Lettered {
  const axis = x.letters.indexOf(w.x);
  const { outer, size, inner } = around(x.shape, axis);
  const positions = sizes.get(w.y)!, cells = sizes.get(w.w)!;
  const data = new Float64Array(outer * positions * cells * inner);
  eachWindowCell(w, outer, size, positions, cells, (folded, unfolded) => {
    for (let i = 0; i < inner; i++) data[unfolded * inner + i] = x.data[folded * inner + i];
  });
  return {
    letters: x.letters.replace(w.x, w.y + w.w),
    shape: [...x.shape.slice(0, axis), positions, cells, ...x.shape.slice(axis + 1)],
    data,
  };
}

/** The adjoint of `unfold`: every cell of a window is added to the cell it was read from. */
function fold(x: Lettered, w: ContractWindow, sizes: ReadonlyMap<string, number>, wrap: boolean): Lettered {
  const axis = x.letters.indexOf(w.y + w.w);
  const [positions, cells] = x.shape.slice(axis);
  const size = sizes.get(w.x)!;
  const { outer } = around(x.shape, axis);
  const { inner } = around(x.shape, axis + 1);
  const data = new Float64Array(outer * size * inner);
  eachWindowCell(w, outer, size, positions, cells, (folded, unfolded) => {
    for (let i = 0; i < inner; i++) {
      const sum = data[folded * inner + i] + x.data[unfolded * inner + i];
      data[folded * inner + i] = wrap ? sum | 0 : sum;
    }
  });
  return {
    letters: x.letters.replace(w.y + w.w, w.x),
    shape: [...x.shape.slice(0, axis), size, ...x.shape.slice(axis + 2)],
    data,
  };
}

/** Visits all (outer, o, k) whose place lies within the axis, with the number of the cell on either side. */
function eachWindowCell(
  w: ContractWindow, outer: number, size: number, positions: number, cells: number,
  visit: (folded: number, unfolded: number) => void,
): void {
  for (let r = 0; r < outer; r++) {
    for (let o = 0; o < positions; o++) {
      for (let k = 0; k < cells; k++) {
        const at = w.stride * o + w.dilation * k - w.pad;
        if (at >= 0 && at < size) visit(r * size + at, (r * positions + o) * cells + k);
      }
    }
  }
}

/**
 * A product of matrices: letters of all three arrays count matrices (batch), letters of a and the result count rows,
 * letters of b and the result count columns, letters of a and b are summed over.
 */
function product(
  a: Lettered, b: Lettered, result: string, sizes: ReadonlyMap<string, number>, wrap: boolean,
): Lettered {
  const batch = [...result].filter((l) => a.letters.includes(l) && b.letters.includes(l));
  const rows = [...result].filter((l) => !b.letters.includes(l));
  const columns = [...result].filter((l) => !a.letters.includes(l));
  const summed = [...a.letters].filter((l) => !result.includes(l));
  const count = (letters: readonly string[]): number => sizeOf(letters.map((l) => sizes.get(l)!));
  const [nb, m, n, depth] = [batch, rows, columns, summed].map(count);

  // Both with the summed letters innermost, so that each cell is an inner product of two rows.
  const left = arrange(a, [...batch, ...rows, ...summed]);
  const right = arrange(b, [...batch, ...columns, ...summed]);
  const out = new Float64Array(nb * m * n);
  const inner = wrap ? innerProductWrapped : innerProduct;
  for (let g = 0; g < nb; g++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        out[(g * m + i) * n + j] = inner(left, (g * m + i) * depth, right, (g * n + j) * depth, depth);
      }
    }
  }
  const order = [...batch, ...rows, ...columns];
  const made: Lettered = { letters: order.join(""), shape: order.map((l) => sizes.get(l)!), data: out };
  return { letters: result, shape: [...result].map((l) => sizes.get(l)!), data: arrange(made, [...result]) };
}

/** The cells of x with its axes in another order. */
function arrange(x: Lettered, order: readonly string[]): Float64Array {
  if (order.join("") === x.letters) return x.data;
  const strides = contiguousStrides(x.shape);
  const axes = order.map((l) => x.letters.indexOf(l));
  return readStrided(
    x.data, 0, axes.map((axis) => x.shape[axis]), axes.map((axis) => strides[axis]), new Float64Array(x.data.length));
}

function innerProduct(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[atA + i] * b[atB + i];
  return sum;
}

/** The same modulo 2^32. */
function innerProductWrapped(a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum = (sum + Math.imul(a[atA + i], b[atB + i])) | 0;
  return sum;
}
