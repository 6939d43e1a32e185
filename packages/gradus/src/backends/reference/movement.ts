import { contiguousStrides, sizeOf, type Shape } from "../../vocab/shape.ts";
import type { Node } from "../../ir/node.ts";
import type { OpParams, WindowParams } from "../../ir/op.ts";
import { numbersOf, store, zeros, type Dense } from "./dense.ts";
import { addStrided, readStrided, writeStrided } from "./strided.ts";

/** Cells of x named by offset and strides, copied into row-major order. */
function view(x: Dense, offset: number, shape: Shape, strides: readonly number[]): Dense {
  const out = zeros(x.dtype, sizeOf(shape));
  return { shape, dtype: x.dtype, data: readStrided(x.data, offset, shape, strides, out) };
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);

export function reshape({ shape }: OpParams["reshape"], [x]: readonly Dense[]): Dense {
  return { shape, dtype: x.dtype, data: x.data };
}

export function permute({ axes }: OpParams["permute"], [x]: readonly Dense[], node: Node): Dense {
  const strides = contiguousStrides(x.shape);
  return view(x, 0, node.shape, axes.map((a) => strides[a]));
}

/** A stretched axis reads the same cell again and again: stride 0. */
export function expand({ shape }: OpParams["expand"], [x]: readonly Dense[]): Dense {
  const strides = contiguousStrides(x.shape);
  return view(x, 0, shape, strides.map((s, i) => (x.shape[i] === 1 ? 0 : s)));
}

export function slice({ start, step }: OpParams["slice"], [x]: readonly Dense[], node: Node): Dense {
  const strides = contiguousStrides(x.shape);
  return view(x, dot(start, strides), node.shape, strides.map((s, i) => s * step[i]));
}

export function flip({ axes }: OpParams["flip"], [x]: readonly Dense[]): Dense {
  const strides = contiguousStrides(x.shape);
  const offset = axes.reduce((sum, a) => sum + (x.shape[a] - 1) * strides[a], 0);
  return view(x, offset, x.shape, strides.map((s, i) => (axes.includes(i) ? -s : s)));
}

export function pad({ low, interior, value }: OpParams["pad"], [x]: readonly Dense[], node: Node): Dense {
  const strides = contiguousStrides(node.shape);
  const [fill] = store({ shape: [], dtype: x.dtype }, Float64Array.of(value)).data;
  const data = zeros(x.dtype, sizeOf(node.shape)).fill(fill);
  writeStrided(data, dot(low, strides), x.shape, strides.map((s, i) => s * (interior[i] + 1)), x.data);
  return { shape: node.shape, dtype: x.dtype, data };
}

export function concat({ axis }: OpParams["concat"], inputs: readonly Dense[], node: Node): Dense {
  const strides = contiguousStrides(node.shape);
  const data = zeros(node.dtype, sizeOf(node.shape));
  let at = 0;
  for (const x of inputs) {
    writeStrided(data, at * strides[axis], x.shape, strides, x.data);
    at += x.shape[axis];
  }
  return { shape: node.shape, dtype: node.dtype, data };
}

/** A start moved so that `size` cells from it on lie inside an axis of n. */
const clampStart = (start: number, size: number, n: number): number => Math.max(0, Math.min(start, n - size));

export function sliceAt({ axis, size }: OpParams["sliceAt"], [x, at]: readonly Dense[], node: Node): Dense {
  const strides = contiguousStrides(x.shape);
  return view(x, clampStart(at.data[0], size, x.shape[axis]) * strides[axis], node.shape, strides);
}

export function updateAt({ axis }: OpParams["updateAt"], [x, piece, at]: readonly Dense[]): Dense {
  const strides = contiguousStrides(x.shape);
  const data = x.data.slice();
  const start = clampStart(at.data[0], piece.shape[axis], x.shape[axis]);
  writeStrided(data, start * strides[axis], piece.shape, strides, piece.data);
  return { shape: x.shape, dtype: x.dtype, data };
}

/** Position o and window cell k of an axis lie at stride*o + dilation*k: two strides in place of one. */
function windowStrides(p: WindowParams, shape: Shape): number[] {
  const strides = contiguousStrides(shape);
  const inside = p.axes.map((axis, i) => strides[axis] * p.dilation[i]);
  p.axes.forEach((axis, i) => { strides[axis] *= p.stride[i]; });
  return [...strides, ...inside];
}

export function windows(p: OpParams["windows"], [x]: readonly Dense[], node: Node): Dense {
  return view(x, 0, node.shape, windowStrides(p, x.shape));
}

export function foldWindows(p: OpParams["foldWindows"], [x]: readonly Dense[], node: Node): Dense {
  const sum = new Float64Array(sizeOf(p.shape));
  addStrided(sum, 0, x.shape, windowStrides(p, p.shape), numbersOf(x));
  return store(node, sum);
}
