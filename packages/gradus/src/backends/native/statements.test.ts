import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelBuilder } from "../../compiler/build.ts";
import type { Kernel } from "../../ir/kernel.ts";
import type { KernelBackend } from "../../runtime/backend.ts";
import { putWord, WORDS } from "../../runtime/program.ts";
import { DTYPES, type DType, type TypedArray } from "../../vocab/dtype.ts";
import { findCompiler } from "./compile.ts";
import { createNativeBackend } from "./index.ts";

const absent = await findCompiler().then(() => null, (error: Error) => error.message);
if (absent !== null) test.skip(`skipped: ${absent}`, () => undefined);

const folder = mkdtempSync(join(tmpdir(), "gradus-statements-"));
let backend: KernelBackend;
/** Widths of vectors, scalars included. */
let widths: readonly number[] = [];

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
interface Call {
  readonly units: number;
  /** Data of each buffer, in order; the result is what stands in the last afterwards. */
  readonly buffers: readonly TypedArray[];
  readonly ints?: readonly number[];
  readonly floats?: readonly number[];
}
/** Runs one kernel and gives the contents of its last buffer. */
async function result(kernel: Kernel, { units, buffers, ints = [], floats = [] }: Call): Promise<number[]> {
  const [number] = backend.prepare([kernel]);
  const offsets = buffers.map(upload);
  const block = words([...offsets.flatMap((offset) => [offset, 0]), ...ints]);
  const args = backend.allocate(block.byteLength + 8 * floats.length).offset;
  backend.write(args, block);
  backend.write(args + block.byteLength, Float64Array.from(floats));
  const program = upload(words([WORDS.CALL, number, args, units, 0, 0, 0, WORDS.STOP]));
  backend.submit({ offset: program, parallel: false, kernels: [number] });
  const last = kernel.buffers.length - 1;
  const bytes = await backend.read(offsets[last], buffers[last].byteLength);
  return [...new DTYPES[kernel.buffers[last].dtype].view(bytes, 0, buffers[last].length)];
}
const counting = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => i + from);
const STORED: readonly DType[] = ["f32", "f64", "i32", "u32", "bool", "f16", "bf16", "i8", "u8"];
/** Small whole numbers, as a dtype stores them. */
function stored(dtype: DType, values: readonly number[]): TypedArray {
  if (dtype !== "f16" && dtype !== "bf16") return new DTYPES[dtype].array(values.length).map((_, i) => values[i]);
  return Uint16Array.from(values, (value) => {
    if (value === 0) return 0;
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
    return dtype === "bf16" ? bits >>> 16 : (bits >>> 13) - (112 << 10);
  });
}

describe.skipIf(absent !== null)("printed statements", () => {
  beforeAll(async () => {
    backend = await createNativeBackend({ threads: 1, cache: folder });
    widths = [1, 2, 4, backend.target.lanesF64, backend.target.lanes];
  });
  afterAll(() => {
    backend.dispose();
    rmSync(folder, { recursive: true });
  });

  test.each(STORED)("strided and gathered loads, strided and counted stores of %s", async (dtype) => {
    for (const w of widths) {
      const k = new KernelBuilder(w);
      const [source, at] = [k.buffer("source", dtype, "read"), k.buffer("at", "i32", "read")];
      const out = k.buffer("out", dtype, "write");
      const stride = k.int("stride");
      const count = k.int("count");
      k.store(out, 0, k.load(source, 1, w, stride));
      k.store(out, 20, k.load(source, 2, w, k.constant(2)), { stride: k.constant(3) });
      k.store(out, 80, k.gather(source, k.constant(3), k.load(at, 0, w)));
      k.store(out, 100, k.load(source, 0, w), { count });
      k.store(out, 120, k.load(source, 0, w), { count, stride });
      const kernel = k.finish("strides", `strides ${dtype} ${w}`);
      const values = counting(100, 1).map((value) => dtype === "bool" ? value % 2 : value);
      const positions = counting(16).map((i) => (i * 7) % 16);
      for (const n of new Set([0, 1, w - 1, w])) {
        const want = counting(200).map(() => 0);
        for (let i = 0; i < w; i++) {
          want[i] = values[1 + 4 * i];
          want[20 + 3 * i] = values[2 + 2 * i];
          want[80 + i] = values[3 + positions[i]];
          if (i < n) {
            want[100 + i] = values[i];
            want[120 + 4 * i] = values[i];
          }
        }
        const got = await result(kernel, {
          units: 1, ints: [4, n],
          buffers: [stored(dtype, values), Int32Array.from(positions), stored(dtype, counting(200).map(() => 0))],
        });
        expect(got, `${w} lanes, count ${n}`).toEqual([...stored(dtype, want)]);
      }
    }
  });

  test.each(["f32", "f64", "i32", "u32"] as const)("reductions over lanes of %s go by halves", async (dtype) => {
    const ops = ["add", "mul", "min", "max", ...(DTYPES[dtype].float ? [] : ["and", "or"] as const)] as const;
    const rules = {
      add: (a: number, b: number) => a + b, mul: DTYPES[dtype].float ? (a: number, b: number) => a * b : Math.imul,
      min: Math.min, max: Math.max, and: (a: number, b: number) => a & b, or: (a: number, b: number) => a | b,
    };
    for (const w of widths) {
      const k = new KernelBuilder(w);
      const [source, out] = [k.buffer("source", dtype, "read"), k.buffer("out", dtype, "write")];
      const value = k.let("value", k.load(source, 0, w));
      ops.forEach((op, i) => k.store(out, i, k.reduceLanes(op, value)));
      const made = counting(w).map((i) => DTYPES[dtype].float ? 1 + Math.sin(i) * 0.3 : (i * 2654435761) >>> 0);
      const array = DTYPES[dtype].array;
      const data = new array(w).map((_, i) => made[i]);
      const want = ops.map((op) => {
        let level = [...data];
        while (level.length > 1) {
          const half = level.length / 2;
          level = counting(half).map((i) => new array(1).fill(rules[op](level[i], level[i + half]))[0]);
        }
        return level[0];
      });
      const kernel = k.finish("halves", `halves ${dtype} ${w}`);
      const got = await result(kernel, { units: 1, buffers: [data, new array(ops.length)] });
      expect(got, `${w} lanes`).toEqual(want);
    }
  });

  test("lane numbers, splats, extracts and masks over lanes", async () => {
    for (const w of widths) {
      const k = new KernelBuilder(w);
      const out = k.buffer("out", "i32", "write");
      const three = k.int("three");
      const lane = k.let("lane", k.laneIndex(w));
      const low = k.let("low", k.compare("lt", lane, k.splat(k.convert("i32", three), w)));
      k.store(out, 0, k.add(lane, k.constant(100, { scalar: "i32", lanes: w })));
      k.store(out, w, k.convert("i32", k.splat(k.compare("eq", three, 3), w)));
      const scalar = { scalar: "i32", lanes: 1 } as const;
      k.store(out, 2 * w, { e: "extract", type: scalar, a: lane, lane: w - 1 });
      k.store(out, 2 * w + 1, k.convert("i32", { e: "extract", type: { scalar: "mask", lanes: 1 }, a: low, lane: 0 }));
      k.store(out, 2 * w + 2, k.convert("i32", k.reduceLanes("and", low)));
      k.store(out, 2 * w + 3, k.convert("i32", k.reduceLanes("or", low)));
      k.if(k.unary("not", k.reduceLanes("and", low)), () => k.store(out, 2 * w + 4, k.constant(1, "i32")));
      const kernel = k.finish("lanes", `lanes ${w}`);
      const got = await result(kernel, { units: 1, buffers: [new Int32Array(2 * w + 5)], ints: [3] });
      const ones = counting(w).map(() => 1);
      expect(got).toEqual([...counting(w, 100), ...ones, w - 1, 1, Number(w <= 3), 1, Number(w > 3)]);
    }
  });

  test("loops, branches, mutable registers and runtime numbers", async () => {
    const k = new KernelBuilder(1);
    const [out] = [k.buffer("out", "f64", "write")];
    const [n, step] = [k.int("n"), k.int("step")];
    const [x, y] = [k.float("x"), k.float("y", "f64")];
    k.comment("ends */ here \\");
    k.for("u", k.begin, k.end, 1, (u) => {
      const total = k.mutable("total", k.constant(0, "index"));
      k.for("i", 1, n, step, (i) => {
        k.if(k.compare("eq", k.binary("rem", i, k.constant(3)), 0), () => k.set(total, k.add(k.read(total), i)),
          () => k.if(k.compare("gt", i, 10), () => k.set(total, k.sub(k.read(total), 1))));
      });
      // Halvings of total + u until 1, as Collatz without the hard part.
      const left = k.mutable("left", k.add(k.read(total), u));
      const halvings = k.mutable("halvings", k.constant(0, "index"));
      k.while(k.compare("gt", k.read(left), 1), () => {
        k.set(left, k.div(k.read(left), 2));
        k.set(halvings, k.add(k.read(halvings), 1));
      });
      k.store(out, k.mul(u, 2), k.convert("f64", k.read(total)));
      const steps = k.convert("f64", k.convert("f32", k.read(halvings)));
      k.store(out, k.add(k.mul(u, 2), 1), k.add(steps, k.add(k.convert("f64", x), y)));
    });
    let total = 0;
    for (let i = 1; i < 41; i += 2) total += i % 3 === 0 ? i : i > 10 ? -1 : 0;
    const want = counting(5).flatMap((u) => [total, Math.floor(Math.log2(total + u)) + (Math.fround(0.1) + 1e-9)]);
    const got = await result(k.finish("control", "control"), {
      units: 5, buffers: [new Float64Array(10)], ints: [41, 2], floats: [0.1, 1e-9],
    });
    expect(got).toEqual(want);
  });

  test("index arithmetic needs more than 32 bits, and a divisor of 0 gives 0", async () => {
    const k = new KernelBuilder(1);
    const out = k.buffer("out", "f64", "write");
    const [a, b, zero] = [k.int("a"), k.int("b"), k.int("zero")];
    const results = [
      k.mul(a, b), k.div(k.mul(a, b), b), k.div(a, zero), k.binary("rem", a, zero), k.binary("rem", a, b),
      k.mul(k.constant(2 ** 30), a), k.binary("shl", a, k.constant(35, "i32")), k.max(a, b),
    ];
    results.forEach((value, i) => k.store(out, i, k.convert("f64", value)));
    const kernel = k.finish("wide", "wide");
    const got = await result(kernel, { units: 1, buffers: [new Float64Array(8)], ints: [100003, -70001, 0] });
    expect(got).toEqual([100003 * -70001, 100003, 0, 0, 100003 % 70001, 2 ** 30 * 100003, 100003 * 2 ** 35, 100003]);
  });

  test("constants keep their bits", async () => {
    const values = [0, -0, 1, 0.1, -1 / 3, 1e-45, 3.4e38, 1e21, 123456789, NaN, Infinity, -Infinity];
    for (const dtype of ["f32", "f64"] as const) {
      for (const w of [1, 4]) {
        const k = new KernelBuilder(w);
        const out = k.buffer("out", dtype, "write");
        values.forEach((value, i) => k.store(out, i * w, k.constant(value, { scalar: dtype, lanes: w })));
        const array = DTYPES[dtype].array;
        const kernel = k.finish("constants", `constants ${dtype} ${w}`);
        const got = await result(kernel, { units: 1, buffers: [new array(values.length * w)] });
        expect(got).toEqual([...new array(values.length * w).map((_, i) => values[Math.floor(i / w)])]);
      }
    }
    const k = new KernelBuilder(1);
    const [ints] = [k.buffer("out", "i32", "write")];
    [-2147483648, 2147483647, -1, 4294967295].forEach((value, i) => k.store(ints, i, k.constant(value, "i32")));
    expect(await result(k.finish("integers", "integers"), { units: 1, buffers: [new Int32Array(4)] }))
      .toEqual([-2147483648, 2147483647, -1, -1]);
  });

  test("a kernel may work in place", async () => {
    for (const w of widths) {
      const k = new KernelBuilder(w);
      const [source, out] = [k.buffer("source", "f32", "read"), k.buffer("out", "f32", "readwrite")];
      k.for("i", k.begin, k.end, w, (i) => {
        k.store(out, i, k.add(k.load(source, i, w), k.load(out, i, w)), { count: k.min(k.sub(k.end, i), w) });
      });
      const kernel = k.finish("twice", `twice ${w}`);
      const [number] = backend.prepare([kernel]);
      const data = upload(Float32Array.from(counting(37)));
      const args = upload(words([data, 0, data, 0]));
      const program = upload(words([WORDS.CALL, number, args, 37, 0, 0, 0, WORDS.STOP]));
      backend.submit({ offset: program, parallel: false, kernels: [number] });
      expect([...new Float32Array(backend.readSync(data, 37 * 4))]).toEqual(counting(37).map((i) => 2 * i));
    }
  });

  test("no text of a kernel reaches the source unfiltered", () => {
    const k = new KernelBuilder(1);
    const out = k.buffer('x; system("id") //', "f32", "write");
    const n = k.int("n\n#include </etc/passwd>");
    k.comment('*/ #error "out" \\\n??/');
    k.store(out, 0, k.convert("f32", k.let("v;}", k.add(n, 1))));
    const source = backend.source(k.finish("evil */ name", "evil"));
    const body = source.slice(source.indexOf("void k_"));
    expect(body).not.toMatch(/["\\?#]|system\(|passwd>|evil/);
    expect(body.match(/\*\//g)).toHaveLength(1);
  });

  test("a vector that is read more than once comes from memory once", () => {
    const text = (width: number, times: number): string => {
      const k = new KernelBuilder(width);
      const [source, out] = [k.buffer("source", "f32", "read"), k.buffer("out", "f32", "write")];
      const x = k.let("x", k.load(source, k.begin, width));
      k.store(out, k.begin, times === 1 ? k.unary("neg", x) : k.mul(x, x));
      return backend.source(k.finish("held", `held ${width} ${times}`));
    };
    expect(text(4, 2)).toMatch(/f32x4 (x_\d+) = .*;\n *HOLD_16\(\1\);/);
    expect(text(4, 1)).not.toContain("HOLD");
    expect(text(1, 2)).not.toContain("HOLD");
  });
});
