import type { DType } from "../../packages/gradus/src/vocab/dtype.ts";
import { emit } from "../../packages/gradus/src/ir/emit.ts";
import type { Node } from "../../packages/gradus/src/ir/node.ts";
import type { ArithmeticOp, CompareOp, UnaryOp } from "../../packages/gradus/src/ir/op.ts";
import { bitcast, cast } from "../../packages/gradus/src/ops/elementwise.ts";
import { broadcastTo, expand, flip, permute, slice } from "../../packages/gradus/src/ops/movement.ts";
import {
  ARRANGEMENTS, betweenIntegers, distinct, FEW, input, listed, make, nonzero, uniform, vector, whole,
  type Case, type CaseOptions, type Sampler,
} from "./case.ts";

const EDGES = "edges: forward only";
const edge: CaseOptions = { order: 0, reason: EDGES };
/** What goes wrong first: signed zeros, infinities, NaN, ties, very large and very small numbers. */
const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, Infinity, -Infinity, NaN, 1e30, -1e30, 1e-30, 16777217,
  1e-8];
const FLOATS: readonly DType[] = ["f32", "f64"];
const HALVES: readonly DType[] = ["f16", "bf16"];
const WORDS: readonly DType[] = ["i32", "u32"];
const BYTES: readonly DType[] = ["i8", "u8"];
/** Extremes of 32 bits and what lies between. */
const INTEGERS: Record<"i32" | "u32", readonly number[]> = {
  i32: [0, 1, -1, 2, -7, 7, 100, 0x7fffffff, -0x80000000, -0x7fffffff, 65536, 12345679],
  u32: [0, 1, 2, 7, 100, 31, 0xffffffff, 0x80000000, 0x7fffffff, 65536, 12345679, 0xfffffffe],
};

interface UnaryDomain {
  /** Where the function is smooth. */
  readonly smooth: Sampler;
  readonly edges: readonly number[];
  readonly integers?: boolean;
  /** What a case may not claim: sums and steps are exact. */
  readonly exact?: boolean;
}
/** Arguments within reach of a range reduction in float32. */
const ANGLES = [0, -0, 1e-8, 3.1415927, -1.5707964, 22, -100, 1000.5, 9999, Infinity, -Infinity, NaN];
const UNARY_DOMAINS: { readonly [K in Exclude<UnaryOp, "not">]: UnaryDomain } = {
  neg: { smooth: uniform(-2, 2), edges: SPECIAL, integers: true, exact: true },
  abs: { smooth: nonzero(), edges: SPECIAL, integers: true, exact: true },
  sign: { smooth: nonzero(), edges: SPECIAL, integers: true, exact: true },
  floor: { smooth: betweenIntegers, edges: [...SPECIAL, -0.99999994, 8388607.5, -8388608], exact: true },
  ceil: { smooth: betweenIntegers, edges: [...SPECIAL, -0.99999994, 8388607.5, -8388608], exact: true },
  round: { smooth: betweenIntegers, edges: [...SPECIAL, 0.49999997, 3.5, -3.5, 8388607.5, 4194304.5], exact: true },
  trunc: { smooth: betweenIntegers, edges: [...SPECIAL, -0.99999994, 8388607.5, -8388608], exact: true },
  sqrt: { smooth: uniform(0.2, 4), edges: [0, 1, 4, 2, 1e30, 1e-30, 1e-38, Infinity, -1, NaN], exact: true },
  reciprocal: { smooth: nonzero(), edges: SPECIAL },
  exp: { smooth: uniform(-2, 2), edges: [0, -0, 1, -1, 88, -87, 89, -104, 200, -200, 1e-8, Infinity, -Infinity, NaN] },
  log: { smooth: uniform(0.2, 4), edges: [0, 1, 0.99999994, 1.0000001, 1e30, 1e-30, 1e-38, Infinity, -1, NaN] },
  expm1: { smooth: uniform(-2, 2), edges: [0, 1e-8, -1e-8, 1e-3, -1e-3, 0.5, 88, 89, -20, -104, Infinity, -Infinity,
    NaN] },
  log1p: { smooth: uniform(-0.7, 4), edges: [0, 1e-8, -1e-8, 1e-3, -1e-3, 0.5, 1e30, -0.99999994, -1, -2, Infinity,
    NaN] },
  sin: { smooth: uniform(-4, 4), edges: ANGLES },
  cos: { smooth: uniform(-4, 4), edges: ANGLES },
  tanh: { smooth: uniform(-2, 2), edges: [0, 1e-8, -1e-4, 0.02, 0.3, 5, -9.2, 20, -100, 1e30, Infinity, -Infinity,
    NaN] },
  sigmoid: { smooth: uniform(-4, 4), edges: [0, 1e-8, 5, -5, 20, -20, 80, -80, -86, 100, Infinity, -Infinity, NaN] },
  erf: { smooth: uniform(-2, 2), edges: [0, 1e-8, 1e-3, 0.4, -0.9, 1, 2.5, -3.2, 3.9, 6, -100, Infinity, -Infinity,
    NaN] },
};

function unaryCases(op: Exclude<UnaryOp, "not">): Case[] {
  const { smooth, edges, integers, exact } = UNARY_DOMAINS[op];
  const closeness = exact === true ? "same" as const : "elementwise" as const;
  const apply = (x: Node): Node => emit(op, {}, [x]);
  const cases = ARRANGEMENTS.map(({ title, stored, view }) =>
    make(`f32 ${title}`, [input(stored, smooth)], (x) => apply(view(x)), { closeness }));
  for (const { title, stored, view } of FEW) {
    cases.push(make(`f64 ${title}`, [input(stored, smooth, "f64")], (x) => apply(view(x)), { closeness }));
  }
  for (const dtype of HALVES) {
    cases.push(make(`${dtype} [17]`, [input([17], smooth, dtype)], apply));
  }
  for (const dtype of FLOATS) {
    cases.push(make(`${dtype} edges`, [input([edges.length], listed(...edges), dtype)], apply, { ...edge, closeness }));
  }
  cases.push(make("stretched", [input([3, 1], smooth)], (x) => apply(expand(x, [3, 5])), { closeness }));
  if (integers === true) {
    for (const dtype of WORDS) {
      const numbers = INTEGERS[dtype as "i32" | "u32"];
      cases.push(make(`${dtype} edges`, [vector(dtype, ...numbers)], apply));
    }
    for (const dtype of BYTES) cases.push(make(`${dtype} [5]`, [vector(dtype, 0, 1, 5, 100, 127)], apply));
  }
  return cases;
}

interface BinaryDomain {
  readonly smooth: readonly [Sampler, Sampler];
  /** Which dtypes besides the floating-point ones. */
  readonly integers: boolean;
  readonly bool: boolean;
  readonly floats: boolean;
  readonly exact?: boolean;
  /** Edge pairs are all pairs of these. */
  readonly edges: readonly number[];
}
const both = (sampler: Sampler): [Sampler, Sampler] => [sampler, sampler];
const GRID = [0, -0, 1, -1, 2, -2, 0.5, -2.5, 3, Infinity, -Infinity, NaN];
const bits: BinaryDomain = { smooth: both(whole()), integers: true, bool: true, floats: false, edges: [] };
const BINARY_DOMAINS: { readonly [K in ArithmeticOp]: BinaryDomain } = {
  add: { smooth: both(uniform(-2, 2)), integers: true, bool: false, floats: true, exact: true, edges: GRID },
  sub: { smooth: both(uniform(-2, 2)), integers: true, bool: false, floats: true, exact: true, edges: GRID },
  mul: { smooth: both(uniform(-2, 2)), integers: true, bool: false, floats: true, exact: true, edges: GRID },
  div: { smooth: [uniform(-2, 2), nonzero()], integers: true, bool: false, floats: true, exact: true, edges: GRID },
  pow: { smooth: [uniform(0.3, 2), uniform(-2, 2)], integers: true, bool: false, floats: true, edges: GRID },
  maximum: { smooth: [distinct(), distinct(0.05)], integers: true, bool: true, floats: true, exact: true, edges: GRID },
  minimum: { smooth: [distinct(), distinct(0.05)], integers: true, bool: true, floats: true, exact: true, edges: GRID },
  remainder: {
    // a = (whole + about a half) * b with b = 1.25 stays away from the steps.
    smooth: [(n, r) => betweenIntegers(n, r, "f32").map((x) => 1.25 * x), listed(1.25)],
    integers: true, bool: false, floats: true, edges: [0, 1, -1, 2, -2, 0.5, -2.5, 3, 5.25, NaN],
  },
  bitAnd: bits, bitOr: bits, bitXor: bits,
  shiftLeft: { ...bits, bool: false }, shiftRight: { ...bits, bool: false },
};

/** All ordered pairs, as two vectors. */
function pairs(numbers: readonly number[], dtype: DType): [ReturnType<typeof vector>, ReturnType<typeof vector>] {
  return [
    vector(dtype, ...numbers.flatMap((a) => numbers.map(() => a))),
    vector(dtype, ...numbers.flatMap(() => numbers)),
  ];
}

/** Two operands in all the ways that broadcasting and views put them side by side. */
function pairings(apply: (a: Node, b: Node) => Node, [sa, sb]: readonly [Sampler, Sampler], dtype: DType,
  options: CaseOptions): Case[] {
  const two = (
    title: string, a: readonly number[], b: readonly number[], build: (a: Node, b: Node) => Node,
  ): Case => make(`${dtype} ${title}`, [input(a, sa, dtype), input(b, sb, dtype)], build, options);
  return [
    ...[[], [1], [0], [17], [5, 3], [0, 3], [2, 3, 5], [2, 1, 3, 5], [255]].map((shape) =>
      two(`[${shape.join(", ")}] twice`, shape, shape, apply)),
    two("[3, 5] and [5]", [3, 5], [5], (a, b) => apply(a, broadcastTo(b, [3, 5]))),
    two("[] and [4, 3]", [], [4, 3], (a, b) => apply(broadcastTo(a, [4, 3]), b)),
    two("[3, 1] and [1, 5]", [3, 1], [1, 5], (a, b) => apply(expand(a, [3, 5]), expand(b, [3, 5]))),
    two("[2, 1, 5, 1] and [3, 1, 4]", [2, 1, 5, 1], [3, 1, 4], (a, b) =>
      apply(expand(a, [2, 3, 5, 4]), broadcastTo(b, [2, 3, 5, 4]))),
    two("transposed and dense", [3, 5], [5, 3], (a, b) => apply(permute(a, [1, 0]), b)),
    two("flipped and sliced", [17], [5], (a, b) => apply(slice(a, [3], [13], [2]), flip(b, [0]))),
    two("two orders of axes", [3, 2, 5], [5, 3, 2], (a, b) => apply(permute(a, [1, 2, 0]), permute(b, [2, 0, 1]))),
  ];
}

function binaryCases(op: ArithmeticOp): Case[] {
  const { smooth, integers, bool, floats, exact, edges } = BINARY_DOMAINS[op];
  const apply = (a: Node, b: Node): Node => emit(op, {}, [a, b]);
  const closeness = exact === true ? "same" as const : "elementwise" as const;
  const cases: Case[] = [];
  const simple = (dtype: DType, options: CaseOptions = { closeness }): Case =>
    make(`${dtype} [17]`, [input([17], smooth[0], dtype), input([17], smooth[1], dtype)], apply, options);
  if (floats) {
    cases.push(...pairings(apply, smooth, "f32", { closeness }), simple("f64"), simple("f16", {}), simple("bf16", {}));
    for (const dtype of FLOATS) cases.push(make(`${dtype} edges`, pairs(edges, dtype), apply, { ...edge, closeness }));
    if (op !== "maximum" && op !== "minimum") {
      cases.push(make("an operand with itself", [input([5], uniform(0.5, 1.5))], (x) => apply(x, x),
        op === "remainder" ? { order: 0, reason: "a remainder by itself is on a step" } : { closeness }));
    }
  } else {
    cases.push(...pairings(apply, smooth, "i32", {}));
  }
  if (op === "pow") {
    cases.push(make("negative bases with whole exponents", [vector("f32", -2, -1.5, -0.5, -3, 1.5),
      vector("f32", 3, 2, -2, -1, 2)], apply, { order: 0, reason: "the exponent of a negative base is not smooth" }));
    cases.push(make("square of negative numbers", [input([7], nonzero())], (x) =>
      apply(x, broadcastTo(emit("constant", { value: 2, dtype: x.dtype }, []), [7]))));
  }
  if (op === "maximum" || op === "minimum") {
    cases.push(make("equal operands share the gradient", [vector("f32", 1, 2, 3), vector("f32", 1, 5, 3)], apply,
      { order: 1, reason: "equal operands: not smooth, compared with the reference only", closeness }));
  }
  if (integers) {
    for (const dtype of WORDS) {
      cases.push(make(`${dtype} edges`, pairs(INTEGERS[dtype as "i32" | "u32"], dtype), apply));
      cases.push(make(`${dtype} stretched`, [input([3, 1], whole(), dtype), input([5], whole(), dtype)],
        (a, b) => apply(expand(a, [3, 5]), broadcastTo(b, [3, 5]))));
    }
    for (const dtype of BYTES) {
      cases.push(make(`${dtype} small`, [vector(dtype, 0, 1, 2, 5, 100, 127), vector(dtype, 3, 7, 2, 1, 100, 2)],
        apply));
    }
  }
  if (bool) cases.push(make("bool", pairs([0, 1], "bool"), apply));
  return cases;
}

const COMPARED: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16", "bf16", "i8", "u8"];
const STEP = "comparisons are steps";
function compareCases(op: CompareOp): Case[] {
  const apply = (a: Node, b: Node): Node => emit(op, {}, [a, b]);
  const flat: CaseOptions = { order: 0, reason: STEP };
  return [
    ...pairings(apply, both(whole(2)), "f32", flat),
    ...COMPARED.map((dtype) => make(`${dtype} [17] with ties`,
      [input([17], whole(2), dtype), input([17], whole(2), dtype)], apply, flat)),
    make("f32 edges", pairs(GRID, "f32"), apply, flat),
    make("f64 edges", pairs(GRID, "f64"), apply, flat),
    make("i32 edges", pairs(INTEGERS.i32, "i32"), apply, flat),
    make("u32 edges", pairs(INTEGERS.u32, "u32"), apply, flat),
  ];
}

const CASTS: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16", "bf16", "i8", "u8"];
/** Numbers that a dtype can hold and others cannot. */
function castNumbers(dtype: DType): number[] {
  switch (dtype) {
    case "f32": case "f64":
      return [0, -0, 0.5, -0.5, 1.9, -1.9, 2.5, 300.7, -300.7, 65504, 65519, 65520, 1e10, -1e10, 3e9, 1e30, NaN,
        Infinity, -Infinity, 6e-8, 1.0009765625, 2049, 0.1, 16777216];
    case "f16": case "bf16": return [0, -0, 0.5, -1.9, 2.5, 300, -300, 1024, NaN, Infinity, -Infinity, 0.1];
    case "i32": return [...INTEGERS.i32, 16777217, -16777217];
    case "u32": return [...INTEGERS.u32, 16777217];
    case "bool": return [0, 1, 1, 0, 1];
    case "i8": return [0, 1, -1, 127, -128, 7];
    case "u8": return [0, 1, 255, 128, 127, 7];
  }
}
function castCases(): Case[] {
  const cases = CASTS.flatMap((from) => CASTS.flatMap((to) => (from === to ? [] : [
    make(`${from} to ${to}`, [vector(from, ...castNumbers(from))], (x) => emit("cast", { dtype: to }, [x]),
      { order: 0, reason: EDGES, closeness: "same", widen: to === "f64" ? false : true }),
  ])));
  for (const { title, stored, view } of ARRANGEMENTS) {
    cases.push(make(`f32 to f64 and back, ${title}`, [input(stored)], (x) =>
      cast(emit("cast", { dtype: "f64" }, [view(x)]),
      "f32"), { closeness: "same" }));
    cases.push(make(`i32 to f32, ${title}`, [input(stored, whole(), "i32")], (x) =>
      emit("cast", { dtype: "f32" }, [view(x)])));
    cases.push(make(`f32 to u8 to f32, ${title}`, [input(stored, uniform(0, 99))], (x) =>
      emit("cast", { dtype: "f32" }, [cast(view(x), "u8")]),
        { order: 0, reason: "truncation is a step", closeness: "same" }));
  }
  return cases;
}

function whereCases(): Case[] {
  const apply = (c: Node, a: Node, b: Node): Node => emit("where", {}, [c, a, b]);
  const condition = (...shape: number[]): ReturnType<typeof input> => input(shape, whole(), "bool");
  const cases = ARRANGEMENTS.map(({ title, stored, view }) => make(`f32 ${title}`,
    [condition(...stored), input(stored), input(stored)], (c, a, b) => apply(view(c), view(a), view(b)),
      { closeness: "same" }));
  for (const dtype of COMPARED) {
    cases.push(make(`${dtype} stretched`, [condition(3, 1), input([5], undefined, dtype),
      input([3, 5], undefined, dtype)],
      (c, a, b) => apply(expand(c, [3, 5]), broadcastTo(a, [3, 5]), b), { closeness: "same" }));
  }
  cases.push(make("NaN and infinity stay on their side", [vector("bool", 1, 0, 1, 0),
    vector("f32", 1, NaN, Infinity, NaN),
    vector("f32", NaN, 2, NaN, -Infinity)], apply, edge));
  return cases;
}

function notCases(): Case[] {
  return ARRANGEMENTS.map(({ title, stored, view }) =>
    make(`bool ${title}`, [input(stored, whole(), "bool")], (x) => emit("not", {}, [view(x)])));
}
function bitcastCases(): Case[] {
  const flat: CaseOptions = { order: 0, reason: "bits are not smooth", closeness: "same", widen: false };
  return [
    ...(["i32", "u32"] as const).flatMap((dtype) => FEW.map(({ title, stored, view }) =>
      make(`f32 as ${dtype}, ${title}`, [input(stored)], (x) => emit("bitcast", { dtype }, [view(x)]), flat))),
    make("f32 edges as u32", [vector("f32", 0, -0, 1, -1, Infinity, -Infinity, 1e-45, 3e38)], (x) => bitcast(x, "u32"),
      flat),
    make("i32 as f32", [vector("i32", 0, 1065353216, -1082130432, 1078530011)], (x) => bitcast(x, "f32"), flat),
    make("u32 as f32", [vector("u32", 0, 1065353216, 3212836864)], (x) => bitcast(x, "f32"), flat),
    make("i32 as u32", [vector("i32", ...INTEGERS.i32)], (x) => bitcast(x, "u32"), flat),
    make("u32 as i32", [vector("u32", ...INTEGERS.u32)], (x) => bitcast(x, "i32"), flat),
  ];
}

const unaryOps = Object.keys(UNARY_DOMAINS) as Exclude<UnaryOp, "not">[];
const table = <K extends string>(ops: readonly K[], cases: (op: K) => Case[]): { readonly [L in K]: readonly Case[] } =>
  Object.fromEntries(ops.map((op) => [op, cases(op)])) as unknown as { readonly [L in K]: readonly Case[] };

export const ELEMENTWISE_CASES = {
  ...table(unaryOps, unaryCases),
  ...table(Object.keys(BINARY_DOMAINS) as ArithmeticOp[], binaryCases),
  ...table<CompareOp>(["eq", "ne", "lt", "le", "gt", "ge"], compareCases),
  not: notCases(), cast: castCases(), bitcast: bitcastCases(), where: whereCases(),
} as const;
