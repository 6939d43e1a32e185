import type { TypedArray } from "../vocab/dtype.ts";
import { Node, Tensor } from "../ir/node.ts";
import type { BackwardOptions } from "../autograd/backward.ts";
import { assign } from "../exec/state.ts";
import { read, readSync, single } from "../exec/read.ts";
import { detachStorage } from "../runtime/storage.ts";
import * as contract from "../ops/contract.ts";
import * as elementwise from "../ops/elementwise.ts";
import * as indexing from "../ops/indexing.ts";
import * as loop from "../ops/loop.ts";
import * as movement from "../ops/movement.ts";
import * as reduce from "../ops/reduce.ts";
import { backward, detach, requireGradient } from "./gradient.ts";
import type { NestedArray } from "./create.ts";

const { add, sub, mul, div, floorDivide, pow, maximum, minimum, remainder, bitAnd, bitOr, bitXor, shiftLeft, shiftRight,
  eq, ne, lt, le, gt, ge, neg, abs, sign, floor, ceil, round, trunc, sqrt, rsqrt, reciprocal, exp, log, log2, log10,
  expm1, log1p, sin, cos, tan, tanh, sigmoid, erf, square, logicalNot, logicalAnd, logicalOr, isNaN, isFinite, clamp,
  cast, bitcast } = elementwise;
const { reshape, flatten, permute, transpose, moveAxis, unsqueeze, squeeze, expand, broadcastTo, narrow, select, flip,
  split, chunk, pad, slice } = movement;
const { sum, prod, amax, amin, any, all, mean, variance, std, argmax, argmin } = reduce;
const { take, indexSelect, gather, scatter, indexAdd, indexCopy, tril, triu, sort, argsort, topk } = indexing;

/** Every operation whose first operand is a tensor, as a method of the same name. */
const METHODS = {
  add, sub, mul, div, floorDivide, pow, maximum, minimum, remainder, bitAnd, bitOr, bitXor, shiftLeft, shiftRight,
  eq, ne, lt, le, gt, ge, neg, abs, sign, floor, ceil, round, trunc, sqrt, rsqrt, reciprocal, exp, log, log2, log10,
  expm1, log1p, sin, cos, tan, tanh, sigmoid, erf, square, logicalNot, logicalAnd, logicalOr, isNaN, isFinite, clamp,
  cast, to: cast, bitcast, reshape, view: reshape, flatten, permute, transpose, moveAxis, unsqueeze, squeeze, expand,
  broadcastTo, narrow, select, flip, split, chunk, pad, slice, sum, prod, amax, amin, max: amax, min: amin, any, all,
  mean, variance, var: variance, std, argmax, argmin, take, indexSelect, gather, scatter, indexAdd,
  indexCopy, tril, triu, sort,
  argsort, topk, cumsum: loop.cumsum, matmul: contract.matmul, mm: contract.matmul, detach,
} as const;

/** A function of a tensor as a method: the first argument becomes `this`. */
type Lifted<M> = {
  readonly [K in keyof M]: M[K] extends (x: Tensor, ...rest: infer A) => infer R ? (...rest: A) => R : never;
};

/**
 * What every tensor can do: operations whose first operand is a tensor are methods of the same name, so that `x.add(y)`
 * is `add(x, y)`, and besides there are these.
 */
export interface TensorMethods extends Lifted<typeof METHODS> {
  /** Number of axes. */
  readonly ndim: number;
  /** Number of elements. */
  readonly numel: number;
  /** Axes in reverse order, for matrices: the transpose. */
  readonly T: Tensor;
  /** The numbers as nested arrays (a copy). */
  array(): Promise<NestedArray>;
  arraySync(): NestedArray;
  /** The numbers in row-major order (a copy). */
  data(): Promise<TypedArray>;
  dataSync(): TypedArray;
  /** The only number of a tensor with one element. */
  item(): Promise<number>;
  itemSync(): number;
  /** Adds gradients to the leaves that asked for them. */
  backward(options?: BackwardOptions & { readonly gradient?: Tensor }): void;
  /** Asks for a gradient with respect to this leaf. */
  requiresGrad_(): Tensor;
  /** Gives State other numbers; see `assign`. */
  assign(value: Tensor): void;
  /** Frees the memory now; using the tensor afterwards is an error. */
  dispose(): void;
}

declare module "../ir/node.ts" {
  interface Node extends TensorMethods {}
}

for (const [name, method] of Object.entries(METHODS)) {
  const call = method as (x: Tensor, ...rest: unknown[]) => unknown;
  define(name, function (this: Tensor, ...rest: unknown[]) {
    return call(this, ...rest);
  });
}
function define(name: string, value: (this: Tensor, ...rest: never[]) => unknown): void {
  Object.defineProperty(Node.prototype, name, { value, configurable: true, writable: true });
}
const getter = (name: string, get: (this: Tensor) => unknown): void => {
  Object.defineProperty(Node.prototype, name, { get, configurable: true });
};
getter("ndim", function () { return this.shape.length; });
getter("numel", function () { return this.shape.reduce((a, b) => a * b, 1); });
getter("T", function () { return permute(this, this.shape.map((_, i) => this.shape.length - 1 - i)); });
define("data", function () { return read(numbers(this)); });
define("dataSync", function () { return readSync(numbers(this)); });
define("array", async function () { return nest(this, await read(numbers(this))); });
define("arraySync", function () { return nest(this, readSync(numbers(this))); });
define("item", async function () { return single(this, await read(numbers(this))); });
define("itemSync", function () { return single(this, readSync(numbers(this))); });
define("backward", function (options?: BackwardOptions & { gradient?: Tensor }) { backward(this, options); });
define("requiresGrad_", function () { return requireGradient(this); });
define("assign", function (value: Tensor) { assign(this, value); });
define("dispose", function () { detachStorage(this); });

/** 16-bit floats are read as f32. */
const numbers = (x: Tensor): Tensor => (x.dtype === "f16" || x.dtype === "bf16" ? cast(x, "f32") : x);

function nest(x: Tensor, flat: TypedArray): NestedArray {
  let at = 0;
  const level = (depth: number): NestedArray => {
    if (depth === x.shape.length) {
      const value = flat[at++];
      return x.dtype === "bool" ? value !== 0 : value;
    }
    return Array.from({ length: x.shape[depth] }, () => level(depth + 1));
  };
  return level(0);
}
export { Tensor };
