import { DTYPES, isFloat } from "../../vocab/dtype.ts";
import type { ArithmeticOp, CompareOp, OpParams, UnaryOp } from "../../ir/op.ts";
import type { Node } from "../../ir/node.ts";
import { numbersOf, store, type Dense } from "./dense.ts";
import { erf, integerPower, power, remainder, roundHalfEven, sigmoid } from "./special.ts";

/** y = f(x) for each element alone. Integers come out whole and wrap in `store`. */
export const UNARY_FUNCTIONS: { readonly [K in UnaryOp]: (x: number) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  // NaN has none: 0, as in PyTorch.
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  log: Math.log,
  expm1: Math.expm1,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  sigmoid,
  erf,
  not: (x) => (x === 0 ? 1 : 0),
};

type Binary = (a: number, b: number) => number;

/** y = f(a, b). Where integers differ from floats (32-bit products, division), the second function is theirs. */
export const ARITHMETIC_FUNCTIONS: {
  readonly [K in ArithmeticOp]: { readonly float: Binary; readonly integer: Binary }
} = {
  add: both((a, b) => a + b),
  sub: both((a, b) => a - b),
  mul: { float: (a, b) => a * b, integer: Math.imul },
  div: { float: (a, b) => a / b, integer: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)) },
  pow: { float: power, integer: integerPower },
  // NaN if either is NaN, as Math.max has it.
  maximum: both(Math.max),
  minimum: both(Math.min),
  remainder: { float: remainder, integer: (a, b) => (b === 0 ? 0 : remainder(a, b)) },
  bitAnd: both((a, b) => a & b),
  bitOr: both((a, b) => a | b),
  bitXor: both((a, b) => a ^ b),
  // The amount counts modulo 32.
  shiftLeft: both((a, b) => a << b),
  // i32 keeps its sign; an u32 above 2^31 - 1 is told from it by being positive.
  shiftRight: both((a, b) => (a < 0 ? a >> b : a >>> b)),
};
function both(f: Binary): { float: Binary; integer: Binary } {
  return { float: f, integer: f };
}

export const COMPARE_FUNCTIONS: { readonly [K in CompareOp]: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

export function unary(op: UnaryOp, [x]: readonly Dense[], node: Node): Dense {
  const f = UNARY_FUNCTIONS[op];
  const a = numbersOf(x);
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = f(a[i]);
  return store(node, out);
}

export function arithmetic(op: ArithmeticOp, [x, y]: readonly Dense[], node: Node): Dense {
  const f = ARITHMETIC_FUNCTIONS[op][isFloat(x.dtype) ? "float" : "integer"];
  const a = numbersOf(x), b = numbersOf(y);
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = f(a[i], b[i]);
  return store(node, out);
}

export function compare(op: CompareOp, [x, y]: readonly Dense[], node: Node): Dense {
  const f = COMPARE_FUNCTIONS[op];
  const a = numbersOf(x), b = numbersOf(y);
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = f(a[i], b[i]) ? 1 : 0;
  return { shape: node.shape, dtype: "bool", data: out };
}

export function where(_: OpParams["where"], [condition, x, y]: readonly Dense[], node: Node): Dense {
  const a = numbersOf(x), b = numbersOf(y);
  const out = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = condition.data[i] !== 0 ? a[i] : b[i];
  return store(node, out);
}

/**
 * A float becomes an integer by dropping its fraction; what is out of range of the register type goes to the nearest
 * end, and NaN to 0. Integers keep their low bits. To bool: 0 is false, all else (NaN too) is true.
 */
export function cast({ dtype }: OpParams["cast"], [x]: readonly Dense[], node: Node): Dense {
  const a = numbersOf(x);
  if (dtype === "bool" || isFloat(dtype) || !isFloat(x.dtype)) return store(node, a);
  const [low, high] = DTYPES[dtype].compute === "u32" ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  return store(node, a.map((v) => (Number.isNaN(v) ? 0 : Math.min(Math.max(Math.trunc(v), low), high))));
}

export function bitcast({ dtype }: OpParams["bitcast"], [x]: readonly Dense[], node: Node): Dense {
  const data = new DTYPES[dtype].view(x.data.buffer, x.data.byteOffset, x.data.length);
  return { shape: node.shape, dtype, data };
}
