import type { DType } from "../vocab/dtype.ts";
import type { Shape } from "../vocab/shape.ts";
import type { Graph, Node } from "./node.ts";

/**
 * The closed table of primitives. A rule table is `{ readonly [K in Op]: Rule<K> }`, so that a forgotten rule is a
 * compile error. What each means is written in `evaluate` of the reference backend, which is the definition.
 */
export interface OpParams {
  // Sources
  /** A leaf: a stored tensor in eager mode, an argument or a captured tensor while tracing. */
  buffer: { readonly shape: Shape; readonly dtype: DType };
  /** A scalar of shape [] with a value known now. */
  constant: { readonly value: number; readonly dtype: DType };
  /** 0, 1, ..., size-1 as a vector. */
  iota: { readonly size: number; readonly dtype: DType };
  /** u32 bits of a shape. Input: state u32[4] = seed low, seed high, offset low, offset high. */
  random: { readonly shape: Shape };

  // Element-wise, one operand
  neg: None; abs: None; sign: None; floor: None; ceil: None; round: None; trunc: None;
  sqrt: None; reciprocal: None; exp: None; log: None; expm1: None; log1p: None;
  sin: None; cos: None; tanh: None; sigmoid: None; erf: None;
  /** Logical not of bool. */
  not: None;
  /** Float to integer drops the fraction; out of range goes to the nearest end, NaN to 0. To bool: not 0. */
  cast: { readonly dtype: DType };
  /** The same bits read as another dtype of the same width (f32, i32, u32). */
  bitcast: { readonly dtype: DType };

  // Element-wise, two operands of equal shape and dtype
  add: None; sub: None; mul: None;
  /** Integers divide toward zero, as in C. */
  div: None;
  pow: None; maximum: None; minimum: None;
  /** Remainder with the divisor's sign, as in Python. */
  remainder: None;
  bitAnd: None; bitOr: None; bitXor: None;
  /** The amount counts modulo 32; i32 shifts right with its sign. */
  shiftLeft: None; shiftRight: None;
  eq: None; ne: None; lt: None; le: None; gt: None; ge: None;
  /** condition ? a : b */
  where: None;

  // Movement
  reshape: { readonly shape: Shape };
  permute: { readonly axes: readonly number[] };
  /** Axes of size 1 stretch to `shape`; the rank stays. */
  expand: { readonly shape: Shape };
  /** `low` and `high` cells around each axis, `interior` between neighbours, all holding `value`. */
  pad: {
    readonly low: readonly number[]; readonly high: readonly number[];
    readonly interior: readonly number[]; readonly value: number;
  };
  /** start, start + step, ... below stop on each axis; steps are positive. */
  slice: { readonly start: readonly number[]; readonly stop: readonly number[]; readonly step: readonly number[] };
  flip: { readonly axes: readonly number[] };
  concat: { readonly axis: number };
  /** x[..., at : at + size, ...]; inputs x and at (i32 scalar, clamped into range). */
  sliceAt: { readonly axis: number; readonly size: number };
  /** x with a piece of it replaced; inputs x, piece, at (i32 scalar, clamped into range). */
  updateAt: { readonly axis: number };
  /**
   * All windows along some axes: axis a of size n becomes its (n - dilation*(size-1) - 1)/stride + 1 positions, and
   * the window axes stand at the end, in the order given.
   */
  windows: WindowParams;
  /** Its adjoint: every window is added back to where it came from. `shape` is that of the result. */
  foldWindows: WindowParams & { readonly shape: Shape };

  // Reductions
  reduce: { readonly kind: ReduceKind; readonly axes: readonly number[] };
  /** i32 position of the first extreme along an axis (the first NaN counts as extreme). */
  argReduce: { readonly kind: "max" | "min"; readonly axis: number };

  // Indexing
  /** x[..., index[j...], ...]: axis `axis` of x is replaced by the axes of index (i32). */
  gather: { readonly axis: number };
  /** base with base[..., index[j...], ...] set to, increased by or raised to updates[..., j..., ...]. */
  scatter: { readonly axis: number; readonly mode: "set" | "add" | "max" };

  /** The trilinear form; see `ContractSpec`. Inputs: the two given operands, in the order x, w, y. */
  contract: { readonly spec: ContractSpec; readonly output: 0 | 1 | 2; readonly shape: Shape };

  /** h[t] = a[t] h[t-1] + b[t] along an axis, from h0 (shape without the axis); reverse runs t downwards. */
  recurrence: { readonly axis: number; readonly reverse: boolean };
  /**
   * A loop over the leading axis. Inputs: carries, sequences, constants. The body maps (carries, one slice of each
   * sequence, constants) to (carries, one slice of each result). Outputs: last carries, stacked results. `saved` of the
   * results, the last ones, are the carries each step started from: what the gradient needs.
   */
  scan: {
    readonly body: Graph; readonly carries: number; readonly sequences: number;
    readonly length: number; readonly reverse: boolean; readonly saved: number;
  };
  /** Values and i32 positions in order along an axis; stable. Two outputs. */
  sort: { readonly axis: number; readonly descending: boolean };

  /** A named operation whose meaning is a graph. */
  composite: { readonly definition: CompositeDefinition; readonly attributes: Attributes; readonly body: Graph };
  /** One output of a node that has several. */
  project: { readonly index: number };
}

export type None = Readonly<Record<string, never>>;
export type ReduceKind = "sum" | "prod" | "max" | "min";
export interface WindowParams {
  readonly axes: readonly number[]; readonly size: readonly number[];
  readonly stride: readonly number[]; readonly dilation: readonly number[];
}
export type Op = keyof OpParams;

/**
 * The sum of X W Y over index tuples. Each operand lists a letter per axis. A letter stands in two or three operands,
 * or belongs to a window, where axis `x` of X is read at stride*o + dilation*k - pad (o: axis `y` of Y, k: axis `w`
 * of W) and counts as zero outside. Two operands give the third; so every gradient is another mode of the same node.
 * Matrix product: x "mk", w "kn", y "mn". Convolution: x "bgcij", w "gncuv", y "bgnop", windows i,u,o and j,v,p.
 */
export interface ContractSpec {
  readonly x: string; readonly w: string; readonly y: string;
  readonly windows: readonly ContractWindow[];
}
export interface ContractWindow {
  readonly x: string; readonly w: string; readonly y: string;
  readonly stride: number; readonly dilation: number; readonly pad: number;
}

export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** What a composite is: `body` builds its graph with the functions of `ops/`. */
export interface CompositeDefinition {
  readonly name: string;
  body(inputs: readonly Node[], attributes: Attributes): Node | readonly Node[];
  /**
   * The gradient for each input (null: none), given inputs, outputs and a gradient per output (null: none), in place
   * of differentiating the body.
   */
  vjp?(
    inputs: readonly Node[], outputs: readonly Node[], gradients: readonly (Node | null)[], attributes: Attributes,
  ): readonly (Node | null)[];
}

export const UNARY = [
  "neg", "abs", "sign", "floor", "ceil", "round", "trunc", "sqrt", "reciprocal", "exp", "log", "expm1", "log1p",
  "sin", "cos", "tanh", "sigmoid", "erf", "not",
] as const satisfies readonly Op[];
export const ARITHMETIC = [
  "add", "sub", "mul", "div", "pow", "maximum", "minimum", "remainder",
  "bitAnd", "bitOr", "bitXor", "shiftLeft", "shiftRight",
] as const satisfies readonly Op[];
export const COMPARE = ["eq", "ne", "lt", "le", "gt", "ge"] as const satisfies readonly Op[];
export const VIEWS = [
  "reshape", "permute", "expand", "slice", "flip", "windows",
] as const satisfies readonly Op[];

export type UnaryOp = (typeof UNARY)[number];
export type ArithmeticOp = (typeof ARITHMETIC)[number];
export type CompareOp = (typeof COMPARE)[number];

const ELEMENTWISE: ReadonlySet<Op> = new Set<Op>([
  ...UNARY, ...ARITHMETIC, ...COMPARE, "where", "cast", "bitcast",
]);
const VIEW: ReadonlySet<Op> = new Set<Op>(VIEWS);
/** True for operations that treat every element alone. */
export const isElementwise = (op: Op): boolean => ELEMENTWISE.has(op);
/** True for operations that only rename the cells of their operand. */
export const isView = (op: Op): boolean => VIEW.has(op);
