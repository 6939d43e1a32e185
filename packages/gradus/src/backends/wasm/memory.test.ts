import { describe, expect, it } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Expr } from "../../ir/kernel.ts";
import { DTYPES, type DType, type TypedArray } from "../../vocab/dtype.ts";
import { run } from "./harness.fixture.ts";

const ALL: readonly DType[] = ["f32", "i32", "u32", "bool", "u8", "i8", "f16", "bf16"];
const REGISTER = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array } as const;

/** The number that 16 bits mean, from the definition of the format. */
function decode(bits: number, mantissaBits: number): number {
  const exponentBits = 15 - mantissaBits;
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = bits & (2 ** mantissaBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}
const MANTISSA = { f16: 10, bf16: 7 } as const;
const read = (dtype: DType, stored: number): number =>
  dtype === "f16" || dtype === "bf16" ? decode(stored, MANTISSA[dtype]) : stored;

/** 64 elements with every sign and size. */
function elements(dtype: DType, length = 64): TypedArray {
  const array = new DTYPES[dtype].array(length);
  for (let i = 0; i < length; i++) {
    if (dtype === "f32" || dtype === "f64") array[i] = (i - 20) * 1.25;
    else if (dtype === "bool") array[i] = (i * 5) % 3 === 0 ? 1 : 0;
    // 16-bit floats: bit patterns of finite numbers; integers: anything, wrapped.
    else if (dtype === "f16" || dtype === "bf16") array[i] = (i * 523) & 0xbbff;
    else array[i] = Math.imul(i - 9, 0x9e3779b1) >>> (i & 15);
  }
  return array;
}
function expectSame(actual: TypedArray, expected: readonly number[]): void {
  expect(Array.from(actual)).toEqual(Array.from(expected));
}

describe.each(ALL)("%s", dtype => {
  const source = elements(dtype);
  const register = DTYPES[dtype].compute;

  it.each([1, 2, 0, 3, -2])("loads vectors with stride %i, known or not", step => {
    for (const known of [true, false]) {
      const k = new KernelBuilder(4);
      const [x, out] = [k.buffer("x", dtype, "read"), k.buffer("out", register, "write")];
      const runtime = k.int("stride");
      const stride = known ? k.constant(step) : runtime;
      k.for("i", 0, 5, 1, i =>
        k.store(out, k.mul(i, 4), k.load(x, k.add(k.mul(i, 3), 10), 4, step === 1 && known ? undefined : stride)));
      const [, got] = run(k.finish("load", "load"), [source, new REGISTER[register](20)], { ints: [step] });
      expectSame(got, Array.from(got, (_, j) => read(dtype, source[10 + 3 * (j >> 2) + step * (j & 3)])));
    }
  });
  it("loads scalars and splats them", () => {
    const k = new KernelBuilder(4);
    const [x, out] = [k.buffer("x", dtype, "read"), k.buffer("out", register, "write")];
    k.for("i", 0, 3, 1, i => {
      k.store(out, k.mul(i, 5), k.load(x, k.add(i, 7), 1));
      k.store(out, k.add(k.mul(i, 5), 1), k.splat(k.load(x, k.add(i, 9), 1), 4));
    });
    const [, got] = run(k.finish("splat", "splat"), [source, new REGISTER[register](15)]);
    expectSame(got, [0, 1, 2].flatMap(i => [7, 9, 9, 9, 9].map(at => read(dtype, source[i + at]))));
  });
  it("gathers", () => {
    const indices = Int32Array.of(3, 40, 0, 7, 7, 20, 1, 30);
    const k = new KernelBuilder(4);
    const [x, at] = [k.buffer("x", dtype, "read"), k.buffer("at", "i32", "read")];
    const out = k.buffer("out", register, "write");
    k.for("i", 0, 8, 4, i => k.store(out, i, k.gather(x, k.add(i, 2), k.load(at, i, 4))));
    k.for("i", 0, 8, 1, i => k.store(out, k.add(i, 8), k.gather(x, k.constant(2), k.load(at, i, 1))));
    const [, , got] = run(k.finish("gather", "gather"), [source, indices, new REGISTER[register](16)]);
    expectSame(got, [
      ...Array.from(indices, (index, j) => read(dtype, source[index + 2 + (j & 4)])),
      ...Array.from(indices, index => read(dtype, source[index + 2])),
    ]);
  });
  it.each([1, 3, -2])("stores vectors with stride %i and a count", step => {
    for (const known of [true, false]) {
      for (const count of [null, -1, 0, 1, 2, 3, 4, 7]) {
        const k = new KernelBuilder(4);
        const [x, out] = [k.buffer("x", dtype, "read"), k.buffer("out", dtype, "write")];
        const [stride, limit] = [k.int("stride"), k.int("count")];
        k.store(out, 10, k.load(x, 20, 4), {
          ...(step === 1 && known ? {} : { stride: known ? k.constant(step) : stride }),
          ...(count === null ? {} : { count: known ? limit : k.constant(count) }),
        });
        const before = elements(dtype).fill(1);
        const [, got] = run(k.finish("store", "store"), [source, before], { ints: [step, count ?? 0] });
        const expected = Array.from(before);
        for (let lane = 0; lane < Math.min(4, count ?? 4); lane++) expected[10 + step * lane] = source[20 + lane];
        expectSame(got, expected);
      }
    }
  });
  it("stores scalars, and none for a count of 0", () => {
    const k = new KernelBuilder(1);
    const [x, out] = [k.buffer("x", dtype, "read"), k.buffer("out", dtype, "write")];
    k.for("i", 0, 8, 1, i => k.store(out, i, k.load(x, i, 1), { count: k.sub(k.constant(5), i) }));
    const [, got] = run(k.finish("scalar", "scalar"), [source, elements(dtype).fill(1)]);
    expectSame(got, Array.from(got, (_, i) => (i < 5 ? source[i] : 1)));
  });
});

describe("f64", () => {
  it("loads, gathers and stores scalars", () => {
    const source = elements("f64");
    const k = new KernelBuilder(1);
    const [x, at, out] = [k.buffer("x", "f64", "read"), k.buffer("at", "i32", "read"), k.buffer("out", "f64", "write")];
    k.for("i", 0, 4, 1, i => {
      k.store(out, k.mul(i, 2), k.load(x, k.add(k.mul(i, 3), 1), 1));
      k.store(out, k.add(k.mul(i, 2), 1), k.gather(x, i, k.load(at, i, 1)));
    });
    const [, , got] = run(k.finish("f64", "f64"), [source, Int32Array.of(9, 4, 0, 2), new Float64Array(8)]);
    expectSame(got, [1, 9, 4, 5, 7, 2, 10, 5].map(i => source[i]));
  });
});

describe.each(["f16", "bf16"] as const)("%s conversion", dtype => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const numbers = Float32Array.from(bits, pattern => decode(pattern, MANTISSA[dtype]));

  /** One direction over whole buffers, by vectors or by scalars. */
  function copy(source: TypedArray, from: DType, to: DType, lanes: number): TypedArray {
    const k = new KernelBuilder(lanes);
    const [x, out] = [k.buffer("x", from, "read"), k.buffer("out", to, "write")];
    k.for("i", 0, k.int("n"), lanes, (i: Expr) => k.store(out, i, k.load(x, i, lanes)));
    return run(k.finish("copy", "copy"), [source, new DTYPES[to].array(source.length)], { ints: [source.length] })[1];
  }
  /** The nearest value, ties to the even pattern, found by search among the positive patterns. */
  function nearest(x: number): number {
    const infinity = dtype === "f16" ? 0x7c00 : 0x7f80;
    // One step past the largest number stands for infinity when rounding.
    const value = (pattern: number): number =>
      pattern < infinity ? numbers[pattern] : 2 * numbers[infinity - 1] - numbers[infinity - 2];
    let low = 0;
    for (let step = 32768; step >= 1; step /= 2) if (low + step <= infinity && value(low + step) <= x) low += step;
    if (low === infinity) return low;
    const [below, above] = [x - value(low), value(low + 1) - x];
    return below < above || (below === above && low % 2 === 0) ? low : low + 1;
  }

  it.each([1, 4])("widens all patterns exactly, %i lanes", lanes => {
    const got = copy(bits, dtype, "f32", lanes);
    expect(numbers.findIndex((x, i) => !Object.is(x, got[i]))).toBe(-1);
  });
  it.each([1, 4])("returns all patterns unchanged, %i lanes", lanes => {
    const got = copy(numbers, "f32", dtype, lanes);
    const wrong = bits.findIndex((pattern, i) =>
      Number.isNaN(numbers[pattern]) ? !Number.isNaN(decode(got[i], MANTISSA[dtype])) : got[i] !== pattern);
    expect(wrong).toBe(-1);
  });
  it.each([1, 4])("rounds between all neighbours to nearest, ties to even, %i lanes", lanes => {
    const infinity = dtype === "f16" ? 0x7c00 : 0x7f80;
    const points: number[] = [];
    for (let pattern = 0; pattern < infinity; pattern++) {
      const a = numbers[pattern];
      const b = pattern + 1 === infinity ? 2 * a - numbers[pattern - 1] : numbers[pattern + 1];
      for (const part of [0.25, 0.5, 0.5 - 2 ** -12, 0.5 + 2 ** -12]) points.push(Math.fround(a + (b - a) * part));
    }
    const source = Float32Array.from([...points, ...points.map(x => -x), 3.4e38, Infinity, -Infinity, 1e-45]);
    const got = copy(source, "f32", dtype, lanes);
    const sign = (x: number): number => (x < 0 || Object.is(x, -0) ? 0x8000 : 0);
    const wrong = source.findIndex((x, i) => got[i] !== (nearest(Math.abs(x)) | sign(x)));
    expect(wrong === -1 ? null : { x: source[wrong], got: got[wrong] }).toBe(null);
  });
});
