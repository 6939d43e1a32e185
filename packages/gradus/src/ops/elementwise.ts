import { isFloat, promote, type DType } from "../vocab/dtype.ts";
import { DTypeError } from "../vocab/errors.ts";
import { broadcastShapes } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import type { ArithmeticOp, CompareOp, UnaryOp } from "../ir/op.ts";
import { constant } from "./create.ts";
import { broadcastTo } from "./movement.ts";

/** A tensor, or a number that takes the other operand's dtype. */
export type Operand = Tensor | number;

/** The dtype a number meets a tensor in: the tensor's, unless a fraction meets integers. */
const meet = (x: Tensor, value: number): DType => {
  if (isFloat(x.dtype)) return x.dtype;
  if (!Number.isInteger(value)) return "f32";
  return x.dtype === "bool" ? "i32" : x.dtype;
};

/** Two operands of equal dtype and shape. */
function align(a: Operand, b: Operand, op: string, dtype?: DType): [Tensor, Tensor] {
  let type = dtype;
  if (typeof a === "number" && typeof b === "number") type ??= "f32";
  else if (typeof a === "number") type ??= meet(b as Tensor, a);
  else if (typeof b === "number") type ??= meet(a, b);
  else type ??= promote(a.dtype, b.dtype);
  const x = typeof a === "number" ? constant(a, type) : cast(a, type);
  const y = typeof b === "number" ? constant(b, type) : cast(b, type);
  const shape = broadcastShapes(x.shape, y.shape, op);
  return [broadcastTo(x, shape), broadcastTo(y, shape)];
}

const unary = (op: UnaryOp, x: Tensor): Tensor => emit(op, {}, [x]);
/** Functions of real numbers take integers as f32. */
const real = (op: UnaryOp, x: Tensor): Tensor => emit(op, {}, [isFloat(x.dtype) ? x : cast(x, "f32")]);
function binary(op: ArithmeticOp | CompareOp, a: Operand, b: Operand): Tensor {
  const [x, y] = align(a, b, op);
  return emit(op, {}, [x, y]);
}
/** Arithmetic on truth values counts: true is 1. */
function arithmetic(op: ArithmeticOp, a: Operand, b: Operand): Tensor {
  const bools = [a, b].every((x) => typeof x !== "number" && x.dtype === "bool");
  const [x, y] = align(a, b, op, bools ? "i32" : undefined);
  return emit(op, {}, [x, y]);
}

/** The same values in another dtype; float to integer truncates toward zero. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : emit("cast", { dtype }, [x]));
/** The same bits read as another dtype of equal width. */
export const bitcast = (x: Tensor, dtype: DType): Tensor => emit("bitcast", { dtype }, [x]);

/** a + b, element by element. */
export const add = (a: Operand, b: Operand): Tensor => arithmetic("add", a, b);
/** a - b, element by element. */
export const sub = (a: Operand, b: Operand): Tensor => arithmetic("sub", a, b);
/** a * b, element by element. */
export const mul = (a: Operand, b: Operand): Tensor => arithmetic("mul", a, b);
/** a / b, element by element; integers become f32 first, as in PyTorch. */
export function div(a: Operand, b: Operand): Tensor {
  const integers = [a, b].every((x) => typeof x === "number" || !isFloat(x.dtype));
  const [x, y] = align(a, b, "div", integers ? "f32" : undefined);
  return emit("div", {}, [x, y]);
}
/** floor(a / b), rounding toward minus infinity. */
export function floorDivide(a: Operand, b: Operand): Tensor {
  const [x, y] = align(a, b, "floorDivide");
  if (isFloat(x.dtype)) return floor(emit("div", {}, [x, y]));
  return emit("div", {}, [sub(x, emit("remainder", {}, [x, y])), y]);
}
/** a^b, element by element. */
export const pow = (a: Operand, b: Operand): Tensor => arithmetic("pow", a, b);
/** The larger of each pair; NaN if either is NaN. */
export const maximum = (a: Operand, b: Operand): Tensor => arithmetic("maximum", a, b);
/** The smaller of each pair; NaN if either is NaN. */
export const minimum = (a: Operand, b: Operand): Tensor => arithmetic("minimum", a, b);
/** a - b floor(a / b): the remainder with the divisor's sign. */
export const remainder = (a: Operand, b: Operand): Tensor => arithmetic("remainder", a, b);

/** Bitwise (integers) or logical (bool) and. */
export const bitAnd = (a: Operand, b: Operand): Tensor => binary("bitAnd", a, b);
/** Bitwise (integers) or logical (bool) or. */
export const bitOr = (a: Operand, b: Operand): Tensor => binary("bitOr", a, b);
/** Bitwise (integers) or logical (bool) exclusive or. */
export const bitXor = (a: Operand, b: Operand): Tensor => binary("bitXor", a, b);
/** Bits of a moved up by b places. */
export const shiftLeft = (a: Operand, b: Operand): Tensor => binary("shiftLeft", a, b);
/** Bits of a moved down by b places; i32 keeps its sign. */
export const shiftRight = (a: Operand, b: Operand): Tensor => binary("shiftRight", a, b);

/** Where a = b, as bool. */
export const eq = (a: Operand, b: Operand): Tensor => binary("eq", a, b);
/** Where a differs from b, as bool. */
export const ne = (a: Operand, b: Operand): Tensor => binary("ne", a, b);
/** Where a < b, as bool. */
export const lt = (a: Operand, b: Operand): Tensor => binary("lt", a, b);
/** Where a <= b, as bool. */
export const le = (a: Operand, b: Operand): Tensor => binary("le", a, b);
/** Where a > b, as bool. */
export const gt = (a: Operand, b: Operand): Tensor => binary("gt", a, b);
/** Where a >= b, as bool. */
export const ge = (a: Operand, b: Operand): Tensor => binary("ge", a, b);

/** -x */
export const neg = (x: Tensor): Tensor => unary("neg", x);
/** |x| */
export const abs = (x: Tensor): Tensor => unary("abs", x);
/** -1, 0 or 1; NaN stays NaN. */
export const sign = (x: Tensor): Tensor => unary("sign", x);
/** The largest integer not above x. */
export const floor = (x: Tensor): Tensor => (isFloat(x.dtype) ? unary("floor", x) : x);
/** The smallest integer not below x. */
export const ceil = (x: Tensor): Tensor => (isFloat(x.dtype) ? unary("ceil", x) : x);
/** The nearest integer, halves to even. */
export const round = (x: Tensor): Tensor => (isFloat(x.dtype) ? unary("round", x) : x);
/** The integer part, toward zero. */
export const trunc = (x: Tensor): Tensor => (isFloat(x.dtype) ? unary("trunc", x) : x);
/** Square root. */
export const sqrt = (x: Tensor): Tensor => real("sqrt", x);
/** 1 / sqrt(x) */
export const rsqrt = (x: Tensor): Tensor => reciprocal(sqrt(x));
/** 1 / x */
export const reciprocal = (x: Tensor): Tensor => real("reciprocal", x);
/** e^x */
export const exp = (x: Tensor): Tensor => real("exp", x);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => real("log", x);
/** Logarithm to base 2. */
export const log2 = (x: Tensor): Tensor => mul(real("log", x), Math.LOG2E);
/** Logarithm to base 10. */
export const log10 = (x: Tensor): Tensor => mul(real("log", x), Math.LOG10E);
/** e^x - 1, exact near 0. */
export const expm1 = (x: Tensor): Tensor => real("expm1", x);
/** ln(1 + x), exact near 0. */
export const log1p = (x: Tensor): Tensor => real("log1p", x);
/** Sine, x in radians. */
export const sin = (x: Tensor): Tensor => real("sin", x);
/** Cosine, x in radians. */
export const cos = (x: Tensor): Tensor => real("cos", x);
/** Tangent, x in radians. */
export const tan = (x: Tensor): Tensor => div(sin(x), cos(x));
/** Hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => real("tanh", x);
/** 1 / (1 + e^-x) */
export const sigmoid = (x: Tensor): Tensor => real("sigmoid", x);
/** The error function. */
export const erf = (x: Tensor): Tensor => real("erf", x);
/** x * x */
export const square = (x: Tensor): Tensor => mul(x, x);
/** Logical not of a bool tensor. */
export const logicalNot = (x: Tensor): Tensor => unary("not", x.dtype === "bool" ? x : eq(x, 0));
/** Both true. */
export const logicalAnd = (a: Tensor, b: Tensor): Tensor => bitAnd(cast(a, "bool"), cast(b, "bool"));
/** Either true. */
export const logicalOr = (a: Tensor, b: Tensor): Tensor => bitOr(cast(a, "bool"), cast(b, "bool"));
/** True where x is not a number. */
export const isNaN = (x: Tensor): Tensor => ne(x, x);
/** True where x is neither infinite nor NaN. */
export const isFinite = (x: Tensor): Tensor => lt(abs(x), Infinity);
/** x held within [low, high]. */
export function clamp(x: Tensor, low: Operand | null, high: Operand | null): Tensor {
  const above = low === null ? x : maximum(x, low);
  return high === null ? above : minimum(above, high);
}

/** condition ? a : b, element by element. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  if (condition.dtype !== "bool") {
    throw new DTypeError(`where: the condition is ${condition.dtype}; compare first, for example x.gt(0)`);
  }
  const [x, y] = align(a, b, "where");
  const shape = broadcastShapes(condition.shape, x.shape, "where");
  return emit("where", {}, [broadcastTo(condition, shape), broadcastTo(x, shape), broadcastTo(y, shape)]);
}
