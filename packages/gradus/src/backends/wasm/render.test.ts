import { describe, expect, it } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Expr, KernelBinary, KernelCompare, KernelUnary } from "../../ir/kernel.ts";
import { DTYPES, type DType, type TypedArray } from "../../vocab/dtype.ts";
import { run, type Call } from "./harness.fixture.ts";
import { canFuse } from "./relaxed.ts";
import { renderText } from "./render.ts";

/** out[i] = body(inputs at i) for all i, with vectors of `lanes` and a tail. */
function map(lanes: number, inputs: readonly TypedArray[], dtypes: readonly DType[], out: DType,
  body: (k: KernelBuilder, ...values: Expr[]) => Expr, call: Call = {}): TypedArray {
  const k = new KernelBuilder(lanes);
  const ids = dtypes.map((dtype, i) => k.buffer(`x${i}`, dtype, "read"));
  const to = k.buffer("out", out, "write");
  const n = k.int("n");
  k.for("i", 0, n, lanes, i => {
    const value = body(k, ...ids.map(id => k.load(id, i, lanes)));
    k.store(to, i, value, { count: k.sub(n, i) });
  });
  const { length } = inputs[0];
  const result = run(k.finish("map", "map"), [...inputs, new DTYPES[out].array(length)], { ...call, ints: [length] });
  return result[result.length - 1];
}

/** All pairs of the values. */
function pairs<T extends TypedArray>(values: readonly number[], make: (values: number[]) => T): [T, T] {
  const a = values.flatMap(x => values.map(() => x));
  const b = values.flatMap(() => values);
  return [make(a), make(b)];
}
function sameBits(actual: TypedArray, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const wrong = expected.flatMap((value, i) => (Object.is(value, actual[i]) ? [] : [{ i, value, actual: actual[i] }]));
  expect(wrong).toEqual([]);
}

let state = 12345;
const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const f32 = Math.fround;
const FLOATS = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, -3.5, 1e-45, -1e-40, 3e38, -3e38, 2 ** 31, -(2 ** 31), 2 ** 32, 1e10,
  Infinity, -Infinity, NaN, ...Array.from({ length: 9 }, () => random() * 200 - 100)].map(f32);
const INTS = [0, 1, -1, 2, 3, -7, 31, 1000003, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1,
  ...Array.from({ length: 8 }, () => (random() * 2 ** 32) | 0)];
const UINTS = INTS.map(x => x >>> 0);
const asF32 = (values: number[]): Float32Array => Float32Array.from(values);
const asF64 = (values: number[]): Float64Array => Float64Array.from(values);
const asI32 = (values: number[]): Int32Array => Int32Array.from(values);
const asU32 = (values: number[]): Uint32Array => Uint32Array.from(values);

function roundHalfEven(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const rest = x - floor;
  const rounded = rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}
const FLOAT_UNARY: { readonly [K in Exclude<KernelUnary, "not">]: (x: number) => number } = {
  neg: x => -x, abs: Math.abs, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, sqrt: Math.sqrt,
  nearest: roundHalfEven,
};
const FLOAT_BINARY = {
  add: (x: number, y: number) => x + y, sub: (x: number, y: number) => x - y, mul: (x: number, y: number) => x * y,
  div: (x: number, y: number) => x / y, min: Math.min, max: Math.max,
} as const;
const high = (x: number, y: number): number => Number((BigInt(x >>> 0) * BigInt(y >>> 0)) >> 32n);
const INT_BINARY: { readonly [K in KernelBinary]: (x: number, y: number) => number } = {
  add: (x, y) => x + y, sub: (x, y) => x - y, mul: Math.imul, div: (x, y) => (y === 0 ? 0 : Math.trunc(x / y)),
  rem: (x, y) => (y === 0 ? 0 : x % y), min: Math.min, max: Math.max, and: (x, y) => x & y, or: (x, y) => x | y,
  xor: (x, y) => x ^ y, shl: (x, y) => x << y, shr: (x, y) => x >> y, mulHigh: high,
};
const COMPARE: { readonly [K in KernelCompare]: (x: number, y: number) => boolean } = {
  eq: (x, y) => x === y, ne: (x, y) => x !== y, lt: (x, y) => x < y, le: (x, y) => x <= y, gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
};
const keys = <K extends string>(table: { readonly [P in K]: unknown }): K[] => Object.keys(table) as K[];

describe.each([1, 4])("expressions with %i lanes", lanes => {
  it.each(keys(FLOAT_UNARY))("f32 %s", op => {
    const out = map(lanes, [asF32(FLOATS)], ["f32"], "f32", (k, x) => k.unary(op, x));
    sameBits(out, FLOATS.map(x => f32(FLOAT_UNARY[op](x))));
  });
  it.each(keys(FLOAT_BINARY))("f32 %s", op => {
    const [a, b] = pairs(FLOATS, asF32);
    const out = map(lanes, [a, b], ["f32", "f32"], "f32", (k, x, y) => k.binary(op, x, y));
    sameBits(out, Array.from(a, (x, i) => f32(FLOAT_BINARY[op](x, b[i]))));
  });
  it.each(["neg", "abs"] as const)("integer %s", op => {
    const signed = map(lanes, [asI32(INTS)], ["i32"], "i32", (k, x) => k.unary(op, x));
    sameBits(signed, INTS.map(x => (op === "neg" || x < 0 ? -x | 0 : x)));
    const unsigned = map(lanes, [asU32(UINTS)], ["u32"], "u32", (k, x) => k.unary(op, x));
    sameBits(unsigned, UINTS.map(x => (op === "neg" ? -x >>> 0 : x)));
  });
  it.each(keys(INT_BINARY))("i32 and u32 %s", op => {
    const values = op === "shl" || op === "shr" ? [0, 1, 5, 31] : INTS;
    const [a, b] = pairs(INTS, asI32);
    if (values !== INTS) b.set(b.map(x => values[x & 3]));
    const signed = map(lanes, [a, b], ["i32", "i32"], "i32", (k, x, y) => k.binary(op, x, y));
    if (op !== "mulHigh") sameBits(signed, Array.from(a, (x, i) => INT_BINARY[op](x, b[i]) | 0));
    const unsigned = map(lanes, [asU32([...a]), asU32([...b])], ["u32", "u32"], "u32", (k, x, y) => k.binary(op, x, y));
    sameBits(unsigned, Array.from(a, (x, i) => {
      const [p, q] = [x >>> 0, b[i] >>> 0];
      return (op === "shr" ? p >>> q : INT_BINARY[op](p, q)) >>> 0;
    }));
  });
  it("shifts by a scalar, a constant and a splat", () => {
    for (const amount of [
      (k: KernelBuilder) => k.constant(3, "i32"),
      (k: KernelBuilder) => k.constant(3, { scalar: "i32", lanes }),
      (k: KernelBuilder) => k.splat(k.convert("i32", k.add(k.int("extra"), 3)), lanes),
    ]) {
      const out = map(lanes, [asI32(INTS)], ["i32"], "i32", (k, x) => k.binary("shr", x, amount(k)));
      sameBits(out, INTS.map(x => x >> 3));
    }
  });
  it("divides by constants", () => {
    for (const divisor of [7, -3, -1, 0]) {
      const out = map(lanes, [asI32(INTS)], ["i32"], "i32",
        (k, x) => k.binary("div", x, k.constant(divisor, { scalar: "i32", lanes })));
      sameBits(out, INTS.map(x => (divisor === 0 ? 0 : Math.trunc(x / divisor)) | 0));
    }
  });
  it.each(keys(COMPARE))("compares: %s", op => {
    const mask = (k: KernelBuilder, x: Expr, y: Expr): Expr => k.convert("i32", k.compare(op, x, y));
    const [a, b] = pairs(FLOATS, asF32);
    const expected = (p: TypedArray, q: TypedArray): number[] => Array.from(p, (x, i) => Number(COMPARE[op](x, q[i])));
    sameBits(map(lanes, [a, b], ["f32", "f32"], "i32", mask), expected(a, b));
    const [c, d] = pairs(INTS, asI32);
    sameBits(map(lanes, [c, d], ["i32", "i32"], "i32", mask), expected(c, d));
    const [e, f] = pairs(UINTS, asU32);
    sameBits(map(lanes, [e, f], ["u32", "u32"], "bool", mask), expected(e, f));
  });
  it("selects, and combines truth values", () => {
    const [a, b] = pairs(FLOATS, asF32);
    const out = map(lanes, [a, b], ["f32", "f32"], "f32", (k, x, y) => {
      const less = k.compare("lt", x, y);
      const both = k.binary("and", k.unary("not", less), k.compare("gt", x, k.constant(0, x.type)));
      const odd = k.binary("xor", k.binary("or", both, less), k.constant(1, less.type));
      return k.select(odd, x, k.select(less, k.add(y, 1), k.mul(x, 2)));
    });
    sameBits(out, Array.from(a, (x, i) => {
      const y = b[i];
      const less = x < y;
      return !((!less && x > 0) || less) ? x : f32(less ? y + 1 : x * 2);
    }));
  });
  it("converts", () => {
    const clamp = (x: number, low: number, high_: number): number =>
      Number.isNaN(x) ? 0 : Math.min(high_, Math.max(low, Math.trunc(x))) + 0;
    const to = (values: TypedArray, from: DType, out: DType, scalar: Expr["type"]["scalar"]): TypedArray =>
      map(lanes, [values], [from], out, (k, x) => k.convert(scalar, x));
    sameBits(to(asF32(FLOATS), "f32", "i32", "i32"), FLOATS.map(x => clamp(x, -(2 ** 31), 2 ** 31 - 1)));
    sameBits(to(asF32(FLOATS), "f32", "u32", "u32"), FLOATS.map(x => clamp(x, 0, 2 ** 32 - 1)));
    sameBits(to(asI32(INTS), "i32", "f32", "f32"), INTS.map(f32));
    sameBits(to(asU32(UINTS), "u32", "f32", "f32"), UINTS.map(f32));
    sameBits(to(asI32(INTS), "i32", "u32", "u32"), UINTS);
    const truth = (k: KernelBuilder, x: Expr): Expr => k.convert("f32", k.convert("mask", x));
    sameBits(map(lanes, [asF32(FLOATS)], ["f32"], "f32", truth), FLOATS.map(x => Number(x !== 0)));
    sameBits(map(lanes, [asI32(INTS)], ["i32"], "f32", truth), INTS.map(x => Number(x !== 0)));
    sameBits(map(lanes, [asI32(INTS)], ["i32"], "bool", (k, x) => k.convert("mask", x)),
      INTS.map(x => Number(x !== 0)));
  });
  it("keeps bits in a bitcast", () => {
    const bits = map(lanes, [asF32(FLOATS)], ["f32"], "i32", (k, x) => k.bitcast("i32", x));
    sameBits(bits, [...new Int32Array(asF32(FLOATS).buffer)]);
    const back = map(lanes, [asI32([...bits])], ["i32"], "f32", (k, x) => k.bitcast("f32", k.bitcast("u32", x)));
    sameBits(back, FLOATS);
  });
  it.each([false, true])("multiplies and adds, fused: %s", fused => {
    expect(!fused || canFuse()).toBe(true);
    const [a, b] = pairs(FLOATS, asF32);
    const c = asF32(Array.from(a, (x, i) => -x * b[i] + random()));
    const out = map(lanes, [a, b, c], ["f32", "f32", "f32"], "f32", (k, x, y, z) => k.fma(x, y, z), { fused });
    const negated = map(lanes, [a, b, c], ["f32", "f32", "f32"], "f32",
      (k, x, y, z) => k.fma(k.unary("neg", x), y, z), { fused });
    if (!fused) {
      sameBits(out, Array.from(a, (x, i) => f32(f32(x * b[i]) + c[i])));
      sameBits(negated, Array.from(a, (x, i) => f32(f32(-x * b[i]) + c[i])));
      return;
    }
    // A double holds the product exactly; where it holds the sum too, one rounding is known.
    let checked = 0;
    a.forEach((x, i) => {
      for (const [p, got] of [[x * b[i], out[i]], [-x * b[i], negated[i]]]) {
        const sum = p + c[i];
        const error = (p - (sum - c[i])) + (c[i] - (sum - (sum - c[i])));
        if (error !== 0 && !Number.isNaN(sum)) continue;
        if (Math.abs(sum) > 3.4e38 && Math.abs(sum) < Infinity) continue;
        expect(got, `${x} * ${b[i]} + ${c[i]}`).toBe(f32(sum));
        checked++;
      }
    });
    expect(checked).toBeGreaterThan(200);
  });
  it("knows its lane, and takes runtime numbers", () => {
    const k = new KernelBuilder(lanes);
    const out = k.buffer("out", "f32", "write");
    const [p, q] = [k.float("p"), k.float("q", "f64")];
    const scale = k.int("scale");
    const lane = lanes === 1 ? k.constant(0, "i32") : k.laneIndex(lanes);
    const sum = k.add(k.convert("f32", lane), k.splat(k.add(p, k.convert("f32", q)), lanes));
    k.store(out, 0, k.mul(sum, k.splat(k.convert("f32", scale), lanes)));
    const call = { ints: [-3], floats: [0.1, 0.25] };
    const [result] = run(k.finish("numbers", "numbers"), [new Float32Array(lanes)], call);
    sameBits(result, Array.from({ length: lanes }, (_, i) => f32(f32(i + f32(f32(0.1) + 0.25)) * -3)));
  });
});

describe("f64 and lanes", () => {
  it("computes in f64", () => {
    const values = [...FLOATS, Math.PI, 1e300, -1e-300];
    for (const op of keys(FLOAT_UNARY)) {
      sameBits(map(1, [asF64(values)], ["f64"], "f64", (k, x) => k.unary(op, x)), values.map(x => FLOAT_UNARY[op](x)));
    }
    const [a, b] = pairs(values, asF64);
    for (const op of keys(FLOAT_BINARY)) {
      sameBits(map(1, [a, b], ["f64", "f64"], "f64", (k, x, y) => k.binary(op, x, y)),
        Array.from(a, (x, i) => FLOAT_BINARY[op](x, b[i])));
    }
    sameBits(map(1, [a, b], ["f64", "f64"], "i32", (k, x, y) => k.convert("i32", k.compare("le", x, y))),
      Array.from(a, (x, i) => Number(x <= b[i])));
    sameBits(map(1, [asF64(values)], ["f64"], "f32", (k, x) => k.convert("f32", x)), values.map(f32));
    sameBits(map(1, [asF64([2.7, -2.7, 1e20, NaN])], ["f64"], "i32", (k, x) => k.convert("i32", x)),
      [2, -2, 2 ** 31 - 1, 0]);
    sameBits(map(1, [asI32(INTS)], ["i32"], "f64", (k, x) => k.convert("f64", x)), INTS);
    for (const fused of [false, true]) {
      const squares = map(1, [asF64([3, 1 + 2 ** -30])], ["f64"], "f64",
        (k, x) => k.fma(x, x, k.constant(-1, "f64")), { fused });
      sameBits(squares, [8, fused ? 2 ** -29 + 2 ** -60 : 2 ** -29]);
    }
  });
  it("reduces and extracts lanes", () => {
    const k = new KernelBuilder(4);
    const x = k.buffer("x", "f32", "read");
    const n = k.buffer("n", "i32", "read");
    const [floats, ints] = [k.buffer("floats", "f32", "write"), k.buffer("ints", "i32", "write")];
    (["add", "mul", "min", "max"] as const).forEach((op, i) => k.store(floats, i, k.reduceLanes(op, k.load(x, 0, 4))));
    k.store(floats, 4, { e: "extract", type: { scalar: "f32", lanes: 1 }, a: k.load(x, 0, 4), lane: 2 });
    (["add", "mul", "min", "max", "and", "or"] as const)
      .forEach((op, i) => k.store(ints, i, k.reduceLanes(op, k.load(n, 0, 4))));
    const mask = k.compare("gt", k.load(n, 0, 4), 6);
    const flag = (value: Expr): Expr => k.convert("i32", value);
    k.store(ints, 6, flag(k.reduceLanes("and", mask)));
    k.store(ints, 7, flag(k.reduceLanes("or", mask)));
    k.store(ints, 8, flag({ e: "extract", type: { scalar: "mask", lanes: 1 }, a: mask, lane: 1 }));
    const values = [0.1, -2.5, 1e8, 3.75].map(f32);
    const [, , gotFloats, gotInts] = run(k.finish("lanes", "lanes"),
      [asF32(values), asI32([12, 7, -9, 6]), new Float32Array(5), new Int32Array(9)]);
    const [a, b, c, d] = values;
    sameBits(gotFloats, [f32(f32(a + c) + f32(b + d)), f32(f32(a * c) * f32(b * d)), -2.5, 1e8, 1e8]);
    sameBits(gotInts, [16, 12 * 7 * -9 * 6, -9, 12, 12 & 7 & -9 & 6, 12 | 7 | -9 | 6, 0, 1, 1]);
  });
});

describe("statements", () => {
  it("runs loops, branches and mutable registers", () => {
    const k = new KernelBuilder(4);
    const out = k.buffer("out", "i32", "write");
    const limit = k.int("limit");
    // Steps of the Collatz sequence from each unit, but at most `limit`.
    k.for("u", k.begin, k.end, 1, u => {
      const x = k.mutable("x", k.add(u, 1));
      const steps = k.mutable("steps", k.constant(0));
      k.while(k.binary("and", k.compare("ne", k.read(x), 1), k.compare("lt", k.read(steps), limit)), () => {
        k.if(k.compare("eq", k.binary("rem", k.read(x), k.constant(2)), 0),
          () => k.set(x, k.div(k.read(x), 2)),
          () => k.set(x, k.add(k.mul(k.read(x), 3), 1)));
        k.set(steps, k.add(k.read(steps), 1));
      });
      k.if(k.compare("ge", k.read(steps), limit), () => k.store(out, u, k.constant(-1, "i32")),
        () => k.store(out, u, k.convert("i32", k.read(steps))));
    });
    const kernel = k.finish("collatz", "collatz");
    const [got] = run(kernel, [new Int32Array(40)], { ints: [50], units: 40 });
    sameBits(got, Array.from({ length: 40 }, (_, i) => {
      let steps = 0;
      for (let x = i + 1; x !== 1 && steps < 50; steps++) x = x % 2 === 0 ? x / 2 : 3 * x + 1;
      return steps >= 50 ? -1 : steps;
    }));
    expect(renderText(kernel, false)).toContain("loop");
  });
  it("computes addresses in nested loops, with hoisted and folded parts", () => {
    const k = new KernelBuilder(4);
    const [x, out] = [k.buffer("x", "f32", "read"), k.buffer("out", "f32", "write")];
    const [rows, stride, shift] = [k.int("rows"), k.int("stride"), k.int("shift")];
    k.for("i", 0, rows, 1, i => {
      const row = k.let("row", k.mul(i, stride));
      k.for("j", 0, 3, 1, j => {
        const jumping = k.mutable("jumping", k.constant(0));
        k.for("l", 0, 8, 4, l => {
          // x[20000 + row + 8 j + l - 2 shift + 1 + jumping - 20000]: constants of both signs and more than fits.
          const at = k.add(k.add(k.sub(k.add(row, k.mul(j, 8)), k.mul(shift, 2)), k.add(l, 1)), k.read(jumping));
          const value = k.add(k.load(x, k.sub(k.add(k.add(at, 20000), 0), k.constant(20000)), 4),
            k.splat(k.load(x, k.sub(k.add(row, j), k.constant(-2)), 1), 4));
          k.store(out, k.add(k.mul(k.add(k.mul(i, 3), j), 8), l), value);
          k.set(jumping, k.add(k.read(jumping), 5));
        });
      });
    });
    const values = asF32(Array.from({ length: 200 }, (_, i) => i * i));
    const [, got] = run(k.finish("nested", "nested"), [values, new Float32Array(5 * 24)], { ints: [5, 30, -7] });
    const expected: number[] = [];
    for (let i = 0; i < 5; i++) for (let j = 0; j < 3; j++) for (let l = 0; l < 8; l++) {
      expected.push(f32(values[30 * i + 8 * j + l + 14 + 1 + (l < 4 ? 0 : 5)] + values[30 * i + j + 2]));
    }
    sameBits(got, expected);
  });
  it("does not run an empty loop", () => {
    const k = new KernelBuilder(4);
    const out = k.buffer("out", "i32", "write");
    k.for("i", k.int("from"), k.int("to"), k.int("step"), i => k.store(out, i, k.constant(1, "i32")));
    const kernel = k.finish("loop", "loop");
    sameBits(run(kernel, [new Int32Array(6)], { ints: [5, 5, 1] })[0], [0, 0, 0, 0, 0, 0]);
    sameBits(run(kernel, [new Int32Array(6)], { ints: [5, 2, 1] })[0], [0, 0, 0, 0, 0, 0]);
    sameBits(run(kernel, [new Int32Array(6)], { ints: [1, 6, 3] })[0], [0, 1, 0, 0, 1, 0]);
  });
});
