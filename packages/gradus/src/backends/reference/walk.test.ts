import { describe, expect, it } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Expr, Kernel } from "../../ir/kernel.ts";
import { putWord } from "../../runtime/program.ts";
import { fmaF32, fmaF64, halfFromNumber, halfToNumber } from "./round.ts";
import { walkKernel, type WalkOptions } from "./walk.ts";

/** A heap of 1 KiB with an argument block at 0; `words` are its integers, `floats` its numbers. */
function heapOf(words: readonly number[], floats: readonly number[] = []): ArrayBuffer {
  const heap = new ArrayBuffer(1024);
  const ints = new Int32Array(heap);
  words.forEach((w, i) => putWord(ints, i, w));
  new Float64Array(heap).set(floats, words.length);
  return heap;
}
/** Runs one expression of no buffers and stores it as f64, one number per lane. */
function evaluate(make: (b: KernelBuilder) => Expr, options: WalkOptions = {}): number[] {
  const b = new KernelBuilder(4);
  const out = b.buffer("out", "f64", "write");
  const value = make(b);
  b.store(out, 0, b.convert("f64", value));
  const heap = heapOf([256, 0]);
  walkKernel(b.finish("expression", "expression"), heap, 0, 0, 1, 0, options);
  return [...new Float64Array(heap, 256, value.type.lanes)];
}
const number = (make: (b: KernelBuilder) => Expr, options?: WalkOptions): number => evaluate(make, options)[0];

/** out[u] = scale * x[u] for the vectors begin <= u < end. */
function scaleKernel(lanes: number): Kernel {
  const b = new KernelBuilder(lanes);
  const x = b.buffer("x", "f32", "read"), out = b.buffer("out", "f32", "write");
  const n = b.int("n"), scale = b.float("scale");
  b.for("u", b.begin, b.end, 1, (u) => {
    const at = b.let("at", b.mul(u, lanes));
    const value = b.mul(b.load(x, at, lanes), b.splat(scale, lanes));
    b.store(out, at, value, { count: b.min(b.sub(n, at), lanes) });
  });
  return b.finish("scale", `scale${lanes}`);
}

describe("walkKernel", () => {
  it("runs units over buffers, with sizes and numbers from the argument block", () => {
    const heap = heapOf([256, 0, 512, 0, 7], [0.1]);
    const x = new Float32Array(heap, 256, 7).map((_, i) => i + 1);
    new Float32Array(heap, 256, 7).set(x);
    walkKernel(scaleKernel(4), heap, 0, 0, 2);
    expect([...new Float32Array(heap, 512, 8)]).toEqual([...x.map((v) => Math.fround(0.1) * v), 0]);
  });

  it("moves buffers by their step in each iteration", () => {
    const heap = heapOf([256, 16, 512, -8, 1], [2]);
    new Float32Array(heap, 256 + 32, 1)[0] = 21;
    walkKernel(scaleKernel(1), heap, 0, 0, 1, 2);
    expect(new Float32Array(heap, 512 - 16, 1)[0]).toBe(42);
  });

  it("names kernel and buffer when an access leaves its bounds", () => {
    const heap = heapOf([256, 0, 512, 0, 9], [1]);
    const bounds = [{ offset: 256, bytes: 28 }, { offset: 512, bytes: 28 }];
    expect(() => walkKernel(scaleKernel(4), heap, 0, 0, 2, 0, { bounds })).toThrow(/kernel scale .* out at byte 540/);
    putWord(new Int32Array(heap), 4, 7);
    expect(() => walkKernel(scaleKernel(4), heap, 0, 0, 2, 0, { bounds })).not.toThrow();
    expect(() => walkKernel(scaleKernel(4), heap, 0, -1, 2, 0, { bounds })).toThrow(/x at byte 240/);
  });

  it("rounds every f32 operation, and fma once or twice", () => {
    const a = 1 + 2 ** -12;
    const fma = (b: KernelBuilder): Expr =>
      b.fma(b.constant(a, "f32"), b.constant(a, "f32"), b.constant(-(1 + 2 ** -11), "f32"));
    expect(number(fma)).toBe(0);
    expect(number(fma, { fused: true })).toBe(2 ** -24);
    expect(number((b) => b.div(b.constant(1, "f32"), b.constant(3, "f32")))).toBe(Math.fround(1 / 3));
  });

  it("wraps integers and defines division by zero", () => {
    const i = (value: number) => (b: KernelBuilder): Expr => b.constant(value, "i32");
    const u = (value: number) => (b: KernelBuilder): Expr => b.constant(value, "u32");
    expect(number((b) => b.add(i(2 ** 31 - 1)(b), i(1)(b)))).toBe(-(2 ** 31));
    expect(number((b) => b.mul(u(0xffffffff)(b), u(0xffffffff)(b)))).toBe(1);
    expect(number((b) => b.binary("mulHigh", u(0xffffffff)(b), u(0xffffffff)(b)))).toBe(0xfffffffe);
    expect(number((b) => b.div(i(-7)(b), i(2)(b)))).toBe(-3);
    expect(number((b) => b.binary("rem", i(-7)(b), i(0)(b)))).toBe(0);
    expect(number((b) => b.binary("shr", i(-8)(b), i(1)(b)))).toBe(-4);
    expect(number((b) => b.binary("shr", u(0x80000000)(b), i(31)(b)))).toBe(1);
    expect(number((b) => b.sub(u(1)(b), u(2)(b)))).toBe(0xffffffff);
  });

  it("rounds half to even and saturates conversions", () => {
    const nearest = (v: number): number => number((b) => b.unary("nearest", b.constant(v, "f32")));
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.75, -0.25].map(nearest)).toEqual([0, 2, 2, -0, -2, -2, 3, -0]);
    const toInt = (v: number): number => number((b) => b.convert("i32", b.constant(v, "f32")));
    expect([NaN, 3e9, -3e9, -1.9].map(toInt)).toEqual([0, 2 ** 31 - 1, -(2 ** 31), -1]);
    expect(number((b) => b.convert("u32", b.constant(-1, "i32")))).toBe(2 ** 32 - 1);
    expect(number((b) => b.bitcast("i32", b.constant(-1, "f32")))).toBe(0xbf800000 | 0);
  });

  it("reduces lanes by halving and picks lanes", () => {
    const lanes = (b: KernelBuilder): Expr => b.convert("f32", b.laneIndex(4));
    expect(number((b) => b.reduceLanes("add", lanes(b)))).toBe(6);
    const halves = (b: KernelBuilder): Expr =>
      b.select(b.compare("eq", lanes(b), 0), b.constant(1, { scalar: "f32", lanes: 4 }), b.mul(lanes(b), 2 ** -24));
    // (1 + 2*2^-24) + (1*2^-24 + 3*2^-24), not from left to right.
    expect(number((b) => b.reduceLanes("add", halves(b)))).toBe(Math.fround(1 + 2 ** -23 + 2 ** -22));
  });

  it("reads all lanes of a value before it changes the register", () => {
    const rotated = evaluate((b) => {
      const v = b.mutable("v", b.add(b.laneIndex(4), 1));
      const first: Expr = { e: "extract", type: { scalar: "i32", lanes: 1 }, a: b.read(v), lane: 0 };
      b.set(v, b.add(b.read(v), b.splat(first, 4)));
      return b.read(v);
    });
    expect(rotated).toEqual([2, 3, 4, 5]);
  });

  it("runs loops and branches", () => {
    // Collatz steps from 27.
    const steps = number((b) => {
      const n = b.mutable("n", b.constant(27, "i32")), count = b.mutable("count", b.constant(0, "i32"));
      b.while(b.compare("gt", b.read(n), 1), () => {
        const odd = b.compare("eq", b.binary("and", b.read(n), b.constant(1, "i32")), 1);
        b.if(odd, () => b.set(n, b.add(b.mul(b.read(n), 3), 1)), () => b.set(n, b.div(b.read(n), 2)));
        b.set(count, b.add(b.read(count), 1));
      });
      return b.read(count);
    });
    expect(steps).toBe(111);
  });

  it("loads and stores with strides, gathers, and converts 16-bit floats", () => {
    const b = new KernelBuilder(4);
    const x = b.buffer("x", "bf16", "read"), at = b.buffer("at", "i32", "read"), out = b.buffer("out", "f16", "write");
    b.store(out, 0, b.gather(x, b.constant(1), b.load(at, 0, 4, b.constant(-1))), { stride: b.constant(2) });
    const heap = heapOf([256, 0, 300, 0, 400, 0]);
    new Uint16Array(heap, 256, 8).set([0, 1, 2, 3, 4, 5, 6, 7].map((v) => halfFromNumber("bf16", v * 1.5)));
    new Int32Array(heap, 288, 4).set([0, 5, 2, 6]);
    walkKernel(b.finish("gathering", "gathering"), heap, 0, 0, 1);
    const got = [...new Uint16Array(heap, 400, 8)].map((v) => halfToNumber("f16", v));
    expect(got).toEqual([10.5, 0, 4.5, 0, 9, 0, 1.5, 0]);
  });
});

describe("roundings", () => {
  it("fma of f32 agrees with exact integers on hard sums", () => {
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return Math.fround((state >>> 8) * 2 ** -24 - 0.5);
    };
    for (let i = 0; i < 5000; i++) {
      const a = random(), b = random(), tiny = 2 ** -((i % 60) + 1);
      const c = Math.fround(i % 3 === 0 ? -a * b * (1 + tiny) : random() * (i % 2 === 0 ? tiny : 1 / tiny));
      // Scaled to integers, products and sums are exact; rounding to 24 bits half to even by hand.
      const one = 2n ** 200n;
      const big = (x: number): bigint => BigInt(x * 2 ** 100) * 2n ** 100n;
      const exact = (big(a) * big(b)) / one + big(c);
      expect(fmaF32(a, b, c)).toBe(roundTo24(exact));
    }
  });
  function roundTo24(x: bigint): number {
    const magnitude = x < 0n ? -x : x;
    const drop = BigInt(Math.max(0, magnitude.toString(2).length - 24));
    const unit = 1n << drop, rest = magnitude % unit, half = unit / 2n;
    let kept = magnitude / unit;
    if (rest > half || (rest === half && drop > 0n && kept % 2n === 1n)) kept += 1n;
    const value = Number(kept) * 2 ** (Number(drop) - 200);
    return x < 0n ? -value : value;
  }

  it("fma of f64 rounds once", () => {
    const a = 1 + 2 ** -27;
    expect(fmaF64(a, a, -(1 + 2 ** -26))).toBe(2 ** -54);
    expect(fmaF64(1e300, 1e10, -Infinity)).toBe(-Infinity);
    expect(fmaF64(2 ** 1000, 2 ** 100, -(2 ** 1000))).toBe(Infinity);
    expect(fmaF64(1, 1, 2 ** -53)).toBe(1);
    expect(fmaF64(1, 1 + 2 ** -52, 2 ** -53)).toBe(1 + 2 ** -51);
    expect(fmaF64(0, 5, -0)).toBe(0);
    expect(fmaF64(3, 4, 0)).toBe(12);
    expect(fmaF64(1, 1, -1)).toBe(0);
  });

  it("every f16 and bf16 survives the round trip, ties go to even", () => {
    for (const dtype of ["f16", "bf16"] as const) {
      for (let bits = 0; bits < 65536; bits++) {
        const value = halfToNumber(dtype, bits);
        if (value === value && halfFromNumber(dtype, value) !== bits) expect([dtype, bits]).toBe("kept");
        if (value !== value) expect(halfToNumber(dtype, halfFromNumber(dtype, value))).toBeNaN();
      }
    }
    expect(halfToNumber("f16", halfFromNumber("f16", 2049))).toBe(2048);
    expect(halfToNumber("f16", halfFromNumber("f16", 2051))).toBe(2052);
    expect(halfToNumber("f16", halfFromNumber("f16", 65519))).toBe(65504);
    expect(halfToNumber("f16", halfFromNumber("f16", 65520))).toBe(Infinity);
    expect(halfToNumber("f16", halfFromNumber("f16", 2 ** -25))).toBe(0);
    expect(halfToNumber("f16", halfFromNumber("f16", 3 * 2 ** -26))).toBe(2 ** -24);
    expect(halfToNumber("bf16", halfFromNumber("bf16", 1 + 2 ** -8))).toBe(1);
  });
});
