import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Expr, Kernel, KernelBinary, KernelCompare, KernelUnary, Scalar } from "../../ir/kernel.ts";
import type { KernelBackend } from "../../runtime/backend.ts";
import { putWord, WORDS } from "../../runtime/program.ts";
import { DTYPES, type DType, type TypedArray } from "../../vocab/dtype.ts";
import { findCompiler } from "./compile.ts";
import { createNativeBackend } from "./index.ts";

const absent = await findCompiler().then(() => null, (error: Error) => error.message);
if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);

const folder = mkdtempSync(join(tmpdir(), "gradus-render-"));
let backend: KernelBackend;
let lanes: readonly number[] = [];

interface Input {
  readonly dtype: DType;
  readonly data: TypedArray;
}
interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly output: DType;
  readonly build: (k: KernelBuilder, values: readonly Expr[], lanes: number) => Expr;
  readonly expected: (i: number) => number;
}

const f32 = (data: Iterable<number>): Input => ({ dtype: "f32", data: Float32Array.from(data) });
const f64 = (data: Iterable<number>): Input => ({ dtype: "f64", data: Float64Array.from(data) });
const i32 = (data: Iterable<number>): Input => ({ dtype: "i32", data: Int32Array.from(data) });
const u32 = (data: Iterable<number>): Input => ({ dtype: "u32", data: Uint32Array.from(data) });

/** Numbers from a small generator, the same in every run. */
function draws(n: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
const FLOATS = [
  0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 3.25, NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, -1e-40,
  2 ** 23 + 1, 2147483648, -2147483648, 2147483520, -2147483904, 4294967296, 4294967040, 1e10, -1e10, 8388609.5,
  0.49999997,
  ...draws(40).map((x) => (x - 0.5) * 20),
];
const INTEGERS = [
  0, 1, -1, 2, -2, 3, 7, -7, 10, 31, 32, 33, 255, 256, 65535, 65536, 2147483647, -2147483648, -2147483647,
  ...draws(40, 2).map((x) => Math.floor((x - 0.5) * 2 ** 32)), ...draws(20, 3).map((x) => Math.floor(x * 100) - 50),
];
/** Every pair of the special values. */
function pairs(values: readonly number[]): [number[], number[]] {
  const few = values.slice(0, 32);
  return [few.flatMap((a) => few.map(() => a)), few.flatMap(() => few)];
}

/** Applies `build` to the elements of its inputs; units are elements, so that every split has ragged ends. */
function kernelOf(c: Case, width: number, key: string): Kernel {
  const k = new KernelBuilder(width);
  const inputs = c.inputs.map((input, i) => k.buffer(`in${i}`, input.dtype, "read"));
  const out = k.buffer("out", c.output, "write");
  k.for("i", k.begin, k.end, width, (i) => {
    const values = inputs.map((buffer, n) => k.let(`v${n}`, k.load(buffer, i, width)));
    k.store(out, i, c.build(k, values, width), { count: k.let("count", k.min(k.sub(k.end, i), width)) });
  });
  return k.finish(c.name.replace(/\W/g, "_"), key);
}
const words = (list: readonly number[]): Int32Array => {
  const made = new Int32Array(2 * list.length);
  list.forEach((value, i) => putWord(made, i, value));
  return made;
};
function upload(data: TypedArray): number {
  const { offset } = backend.allocate(data.byteLength);
  backend.write(offset, data);
  return offset;
}
/** Runs one kernel over [0, units) with these byte offsets. */
function call(kernel: Kernel, units: number, offsets: readonly number[]): void {
  const [number] = backend.prepare([kernel]);
  const args = upload(words(offsets.flatMap((offset) => [offset, 0])));
  const program = upload(words([WORDS.CALL, number, args, units, 0, 0, 0, WORDS.STOP]));
  backend.submit({ offset: program, parallel: false, kernels: [number] });
}
async function fetch(offset: number, dtype: DType, n: number): Promise<TypedArray> {
  return new DTYPES[dtype].view(await backend.read(offset, n * DTYPES[dtype].bytes), 0, n);
}

/** Runs all cases at every width, with everything compiled together. */
async function check(cases: readonly Case[], widths = lanes): Promise<void> {
  const runs = cases.flatMap((c) => widths.map((width) => {
    const n = c.inputs[0].data.length;
    const guard = new DTYPES[c.output].array(n + 3).fill(77);
    const out = upload(guard);
    call(kernelOf(c, width, `${c.name}/${width}`), n, [...c.inputs.map((input) => upload(input.data)), out]);
    return { c, width, n, out };
  }));
  for (const { c, width, n, out } of runs) {
    const got = await fetch(out, c.output, n + 3);
    for (let i = 0; i < n; i++) {
      const want = new DTYPES[c.output].array(1).fill(c.expected(i))[0];
      const same = got[i] === want || (Number.isNaN(got[i]) && Number.isNaN(want));
      if (!same) {
        expect.fail(`${c.name}, ${width} lanes, element ${i}: ${c.inputs.map((input) => input.data[i]).join(", ")} ` +
          `gives ${got[i]}, expected ${want}`);
      }
    }
    expect([...got.slice(n)], `${c.name}, ${width} lanes writes past its end`).toEqual([77, 77, 77]);
  }
}

describe.skipIf(absent !== null)("printed C", () => {
  beforeAll(async () => {
    backend = await createNativeBackend({ threads: 1, cache: folder });
    lanes = [1, backend.target.lanesF64, backend.target.lanes];
  });
  afterAll(() => {
    backend.dispose();
    rmSync(folder, { recursive: true });
  });

  test("unary operations on floats", async () => {
    const nearest = (x: number): number => {
      const down = Math.floor(x);
      if (!Number.isFinite(x) || x - down < 0.5) return down;
      return x - down > 0.5 || down % 2 !== 0 ? down + 1 : down;
    };
    const rules: { readonly [K in Exclude<KernelUnary, "not">]: (x: number) => number } = {
      neg: (x) => -x, abs: Math.abs, floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, sqrt: Math.sqrt, nearest,
    };
    await check([f32(FLOATS), f64(FLOATS)].flatMap((input) =>
      Object.entries(rules).map(([op, rule]): Case => ({
        name: `${op} ${input.dtype}`, inputs: [input], output: input.dtype,
        build: (k, [a]) => k.unary(op as KernelUnary, a), expected: (i) => rule(input.data[i]),
      }))));
  });

  test("binary operations on floats", async () => {
    const rules = {
      add: (a: number, b: number) => a + b, sub: (a: number, b: number) => a - b, mul: (a: number, b: number) => a * b,
      div: (a: number, b: number) => a / b, min: Math.min, max: Math.max,
    };
    const [a, b] = pairs(FLOATS);
    await check([[f32(a), f32(b)], [f64(a), f64(b)]].flatMap(([x, y]) =>
      Object.entries(rules).map(([op, rule]): Case => ({
        name: `${op} ${x.dtype}`, inputs: [x, y], output: x.dtype,
        build: (k, [p, q]) => k.binary(op as KernelBinary, p, q), expected: (i) => rule(x.data[i], y.data[i]) + 0,
      }))));
  });

  test("binary operations on integers", async () => {
    const toward = (a: number, b: number): number => b === 0 ? 0 : Math.trunc(a / b);
    const rules: Record<string, (a: number, b: number) => number> = {
      add: (a, b) => a + b, sub: (a, b) => a - b, mul: Math.imul, div: toward, rem: (a, b) => b === 0 ? 0 : a % b,
      min: Math.min, max: Math.max, and: (a, b) => a & b, or: (a, b) => a | b, xor: (a, b) => a ^ b,
      shl: (a, b) => a << b,
    };
    const [a, b] = pairs(INTEGERS);
    const cases = [[i32(a), i32(b)], [u32(a), u32(b)]].flatMap(([x, y]) => {
      const all = { ...rules, shr: (p: number, q: number) => x.dtype === "i32" ? p >> q : p >>> q };
      return Object.entries(all).map(([op, rule]): Case => ({
        name: `${op} ${x.dtype}`, inputs: [x, y], output: x.dtype,
        build: (k, [p, q]) => k.binary(op as KernelBinary, p, q), expected: (i) => rule(x.data[i], y.data[i]),
      }));
    });
    const [x, y] = [u32(a), u32(b)];
    cases.push({
      name: "mulHigh", inputs: [x, y], output: "u32", build: (k, [p, q]) => k.binary("mulHigh", p, q),
      expected: (i) => Number((BigInt(x.data[i]) * BigInt(y.data[i])) >> 32n),
    });
    const plain = i32(INTEGERS);
    type Build = (k: KernelBuilder, a: Expr, w: number) => Expr;
    const same = (name: string, build: Build, rule: (a: number) => number): Case => ({
      name, inputs: [plain], output: "i32", build: (k, [p], w) => build(k, p, w), expected: (i) => rule(plain.data[i]),
    });
    cases.push(
      same("neg i32", (k, p) => k.unary("neg", p), (p) => -p),
      same("abs i32", (k, p) => k.unary("abs", p), Math.abs),
      same("shl 5", (k, p) => k.binary("shl", p, k.constant(5, "i32")), (p) => p << 5),
      same("shr by a scalar", (k, p) => k.binary("shr", p, k.convert("i32", k.sub(k.end, k.sub(k.end, 3)))),
        (p) => p >> 3),
      same("div -7", (k, p, w) => k.div(p, k.constant(-7, { scalar: "i32", lanes: w })), (p) => Math.trunc(p / -7)),
      same("div 7", (k, p, w) => k.div(p, k.constant(7, { scalar: "i32", lanes: w })), (p) => Math.trunc(p / 7)),
      same("div 0", (k, p, w) => k.div(p, k.constant(0, { scalar: "i32", lanes: w })), () => 0),
    );
    await check(cases);
  });

  test("fused multiply-add rounds once", async () => {
    const grid = (seed: number): number[] => draws(200, seed).map((x) => Math.floor((x - 0.5) * 2 ** 22) / 2 ** 20);
    const [a, b, c] = [f32(grid(4)), f32(grid(5)), f32(grid(6))];
    const wide = [f64([1 + 2 ** -30]), f64([1 + 2 ** -30]), f64([-1 - 2 ** -29])];
    const fused = backend.target.fusedMultiplyAdd;
    await check([{
      name: "fma f32", inputs: [a, b, c], output: "f32", build: (k, [x, y, z]) => k.fma(x, y, z),
      // The exact sum fits a double, so that rounding it is the one rounding.
      expected: (i) => (fused ? a.data[i] * b.data[i] : Math.fround(a.data[i] * b.data[i])) + c.data[i],
    }, {
      name: "fma f64", inputs: wide, output: "f64", build: (k, [x, y, z]) => k.fma(x, y, z),
      expected: () => fused ? 2 ** -60 : 0,
    }, {
      name: "mul and add are not contracted", inputs: wide, output: "f64",
      build: (k, [x, y, z]) => k.add(k.mul(x, y), z), expected: () => 0,
    }]);
  });

  test("comparisons, masks and selection", async () => {
    const rules: { readonly [K in KernelCompare]: (a: number, b: number) => boolean } = {
      eq: (a, b) => a === b, ne: (a, b) => a !== b, lt: (a, b) => a < b, le: (a, b) => a <= b, gt: (a, b) => a > b,
      ge: (a, b) => a >= b,
    };
    const [a, b] = pairs(FLOATS);
    const [p, q] = pairs(INTEGERS);
    const sets = [[f32(a), f32(b)], [f64(a), f64(b)], [i32(p), i32(q)], [u32(p), u32(q)]];
    const cases = sets.flatMap(([x, y]) => Object.entries(rules).flatMap(([op, rule]): Case[] => [{
      name: `${op} ${x.dtype}`, inputs: [x, y], output: "i32",
      build: (k, [c, d]) => k.convert("i32", k.compare(op as KernelCompare, c, d)),
      expected: (i) => Number(rule(x.data[i], y.data[i])),
    }, {
      name: `select ${op} ${x.dtype}`, inputs: [x, y], output: x.dtype,
      build: (k, [c, d]) => k.select(k.compare(op as KernelCompare, c, d), d, c),
      expected: (i) => rule(x.data[i], y.data[i]) ? y.data[i] : x.data[i],
    }]));
    const [x, y] = sets[1];
    const positive = (k: KernelBuilder, v: Expr): Expr => k.let("m", k.compare("gt", v, 0));
    const join = (op: KernelBinary, rule: (m: boolean, n: boolean) => boolean): Case => ({
      name: `${op} of masks`, inputs: [x, y], output: "f64",
      build: (k, [c, d]) => k.select(k.binary(op, positive(k, c), positive(k, d)), c, d),
      expected: (i) => rule(x.data[i] > 0, y.data[i] > 0) ? x.data[i] : y.data[i],
    });
    cases.push(join("and", (m, n) => m && n), join("or", (m, n) => m || n), join("xor", (m, n) => m !== n));
    for (const scalar of ["f32", "f64", "u32"] as const) {
      cases.push({
        name: `not, mask to ${scalar}`, inputs: [x], output: scalar,
        build: (k, [c]) => k.convert(scalar, k.unary("not", positive(k, c))), expected: (i) => Number(!(x.data[i] > 0)),
      });
    }
    await check(cases);
  });

  test("conversions saturate, and bits stay bits", async () => {
    const doubles = f64([...FLOATS, 1e300, -1e300, 2147483647.5, 4294967295.5, -0.9]);
    const [singles, unsigned] = [f32(FLOATS), u32(INTEGERS)];
    const inputs = [singles, doubles, i32(INTEGERS), unsigned];
    const limits: Partial<Record<Scalar, [number, number]>> = { i32: [-2147483648, 2147483647], u32: [0, 4294967295] };
    const targets = ["f32", "f64", "i32", "u32"] as const;
    const other = (input: Input): (typeof targets)[number][] => targets.filter((to) => to !== input.dtype);
    const cases = inputs.flatMap((input) => other(input).map((to): Case => ({
      name: `${input.dtype} to ${to}`, inputs: [input], output: to, build: (k, [a]) => k.convert(to, a),
      expected: (i) => {
        const value = input.data[i];
        const limit = DTYPES[input.dtype].float ? limits[to] : undefined;
        if (limit === undefined) return value;
        return Number.isNaN(value) ? 0 : Math.trunc(Math.min(Math.max(value, limit[0]), limit[1]));
      },
    })));
    const asInt = new Int32Array(singles.data.buffer);
    cases.push(
      {
        name: "bits of f32", inputs: [singles], output: "i32", build: (k, [a]) => k.bitcast("i32", a),
        expected: (i) => asInt[i],
      },
      {
        name: "bits of u32", inputs: [unsigned], output: "i32", build: (k, [a]) => k.bitcast("i32", a),
        expected: (i) => unsigned.data[i] | 0,
      },
      {
        name: "bits and back", inputs: [singles], output: "f32", expected: (i) => -singles.data[i],
        build: (k, [a], w) => {
          const sign = k.constant(0x80000000, { scalar: "u32", lanes: w });
          return k.bitcast("f32", k.binary("xor", k.bitcast("u32", a), sign));
        },
      },
    );
    await check(cases);
    await check([{
      name: "f64 to index", inputs: [doubles], output: "i32",
      build: (k, [a]) => k.convert("i32", k.max(k.min(k.convert("index", a), 5), -5)),
      expected: (i) => Number.isNaN(doubles.data[i]) ? 0 : Math.max(-5, Math.min(5, Math.trunc(doubles.data[i]))),
    }], [1]);
  });

  test("storage types widen on load and round on store", async () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const half = (h: number): number => {
      const [sign, exponent, fraction] = [h & 0x8000 ? -1 : 1, (h >> 10) & 31, h & 1023];
      if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
      return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
    };
    const brain = (h: number): number => new Float32Array(Uint32Array.of(h << 16).buffer)[0];
    const decode = { f16: half, bf16: brain };
    const same: Case["build"] = (_, [a]) => a;
    const cases: Case[] = [];
    for (const dtype of ["f16", "bf16"] as const) {
      const finite = dtype === "f16" ? 0x7c00 : 0x7f80;
      cases.push({
        name: `load ${dtype}`, inputs: [{ dtype, data: all }], output: "f32", build: same,
        expected: (i) => decode[dtype](i),
      });
      // Every value, and between each and the next the middle (even wins) and a step to either side of it.
      const wanted: number[] = [];
      const values: number[] = [];
      for (let h = 0; h < finite; h++) {
        const low = decode[dtype](h);
        const next = h + 1 === finite ? 2 ** (dtype === "f16" ? 16 : 128) : decode[dtype](h + 1);
        const middle = (low + next) / 2;
        const step = (next - low) / 64;
        values.push(low, middle, middle - step, -middle - step);
        wanted.push(h, h % 2 === 0 ? h : h + 1, h, (h + 1) | 0x8000);
      }
      values.push(Infinity, -Infinity, 65520, 1e6);
      wanted.push(finite, finite | 0x8000, ...(dtype === "f16" ? [finite, finite] : [0x4780, 0x4974]));
      const input = f32(values);
      cases.push({ name: `store ${dtype}`, inputs: [input], output: dtype, build: same, expected: (i) => wanted[i] });
    }
    const small = i32(INTEGERS);
    for (const dtype of ["i8", "u8"] as const) {
      const whole = (i: number): number => small.data[i];
      cases.push({ name: `store ${dtype}`, inputs: [small], output: dtype, build: same, expected: whole });
      const bytes = { dtype, data: new DTYPES[dtype].array(256).map((_, i) => i) };
      cases.push({
        name: `load ${dtype}`, inputs: [bytes], output: "i32", build: same, expected: (i) => bytes.data[i],
      });
    }
    const truth = { dtype: "bool" as const, data: Uint8Array.from([0, 1, 1, 0, 1]) };
    cases.push({ name: "bool", inputs: [truth], output: "bool", build: same, expected: (i) => truth.data[i] });
    await check(cases);
    for (const dtype of ["f16", "bf16"] as const) {
      const k = new KernelBuilder(lanes[2]);
      const [scratch, out] = [k.buffer("scratch", dtype, "readwrite"), k.buffer("out", "f32", "write")];
      k.store(scratch, 0, k.constant(NaN, { scalar: "f32", lanes: lanes[2] }));
      k.store(out, 0, k.load(scratch, 0, lanes[2]));
      const at = upload(new Float32Array(lanes[2]));
      call(k.finish("nan", `nan ${dtype}`), 1, [upload(new Float32Array(lanes[2])), at]);
      expect([...await fetch(at, "f32", lanes[2])].every(Number.isNaN)).toBe(true);
    }
  });
});
