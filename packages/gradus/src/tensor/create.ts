import { checkDType, DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DataError, ShapeError } from "../vocab/errors.ts";
import { checkShape, type Shape } from "../vocab/shape.ts";
import type { Tensor } from "../ir/node.ts";
import { iota } from "../ops/create.ts";
import { add, cast, eq, mul } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { fromTyped } from "../exec/read.ts";
import { makeState } from "../exec/eager.ts";
import { eagerly } from "../exec/state.ts";
import { keepAlive } from "../runtime/storage.ts";
import { detach } from "./gradient.ts";

/** Numbers or truth values, nested as the axes are. */
export type NestedArray = number | boolean | readonly NestedArray[];
export interface TensorOptions {
  readonly dtype?: DType;
  /** Ask for a gradient with respect to this tensor. */
  readonly requiresGrad?: boolean;
  /** For typed arrays: the shape (default: a vector). */
  readonly shape?: Shape;
}

const DTYPE_OF = new Map<unknown, DType>([
  [Float32Array, "f32"], [Float64Array, "f64"], [Int32Array, "i32"], [Uint32Array, "u32"], [Int8Array, "i8"],
  [Uint8Array, "u8"],
]);

/**
 * A tensor from a number, nested arrays or a typed array (copied). Plain numbers become f32, truth values bool. Throws
 * when rows differ in length.
 */
export function tensor(data: NestedArray | TypedArray, options: TensorOptions = {}): Tensor {
  let node: Tensor;
  if (options.dtype !== undefined) checkDType(options.dtype, "tensor");
  if (ArrayBuffer.isView(data)) {
    const own = DTYPE_OF.get(data.constructor) ?? "f32";
    const dtype = options.dtype ?? own;
    const shape = checkShape(options.shape ?? [data.length], "tensor");
    node = fromTyped(data.slice(), shape, own);
    if (dtype !== own) node = cast(node, dtype);
  } else {
    const shape: number[] = [];
    for (let level = data; Array.isArray(level); level = (level as readonly NestedArray[])[0]) shape.push(level.length);
    const flat: (number | boolean)[] = [];
    collect(data, shape, 0, flat);
    const dtype = options.dtype ?? (flat.length > 0 && typeof flat[0] === "boolean" ? "bool" : "f32");
    const stored = dtype === "f16" || dtype === "bf16" ? "f32" : dtype;
    const values = new DTYPES[stored].array(flat.length);
    for (let i = 0; i < flat.length; i++) values[i] = stored === "bool" ? (flat[i] ? 1 : 0) : Number(flat[i]);
    node = cast(fromTyped(values, options.shape ?? shape, stored), dtype);
  }
  return options.requiresGrad === true ? makeState(node, true) : node;
}
function collect(data: NestedArray, shape: readonly number[], depth: number, out: (number | boolean)[]): void {
  if (!Array.isArray(data)) {
    if (depth !== shape.length) throw new ShapeError(`tensor: rows differ in depth (a number at depth ${depth})`);
    if (typeof data !== "number" && typeof data !== "boolean") {
      throw new DataError(`tensor: found ${typeof data} where a number should be`);
    }
    out.push(data);
    return;
  }
  if (data.length !== shape[depth]) {
    throw new ShapeError(`tensor: rows differ in length: ${data.length} and ${shape[depth]} at depth ${depth}`);
  }
  for (const item of data as readonly NestedArray[]) collect(item, shape, depth + 1, out);
}

/** State from a tensor: a value that `assign` may replace, such as an optimizer's slot. The numbers are shared. */
export const state = (value: Tensor, requiresGrad = false): Tensor =>
  eagerly(() => keepAlive(makeState(detach(value), requiresGrad)));

/** start, start + step, ... below stop. */
export function arange(start: number, stop?: number, step = 1, dtype?: DType): Tensor {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const size = Math.max(0, Math.ceil((to - from) / step));
  const whole = Number.isInteger(from) && Number.isInteger(step);
  return add(mul(iota(size, dtype ?? (whole ? "i32" : "f32")), step), from);
}
/** `count` numbers from start to stop, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  return add(mul(iota(count, "f32"), count > 1 ? (stop - start) / (count - 1) : 0), start);
}
/** Ones on the diagonal: (n, m), m defaults to n. */
export const eye = (n: number, m = n, dtype: DType = "f32"): Tensor =>
  cast(eq(reshape(iota(n), [n, 1]), iota(m)), dtype);
