import { describe, expect, test } from "vitest";
import { RandomStream } from "../../vocab/random.ts";
import { contiguousStrides, sizeOf } from "../../vocab/shape.ts";
import type { ContractSpec } from "../../ir/op.ts";
import { apply } from "./evaluate.ts";
import type { Dense } from "./dense.ts";

/** The form as it is defined: one multiply-add for each tuple of values of the letters. */
function byDefinition(
  spec: ContractSpec, operands: readonly Float64Array[], sizes: Record<string, number>,
): number[][] {
  const labels = [spec.x, spec.w, spec.y];
  const strides = labels.map((letters) => contiguousStrides([...letters].map((l) => sizes[l])));
  // The letter of X that a window reads follows from the other two.
  const free = Object.keys(sizes).filter((l) => !spec.windows.some((w) => w.x === l));
  const sums = labels.map((letters) => new Array<number>(sizeOf([...letters].map((l) => sizes[l]))).fill(0));
  const total = sizeOf(free.map((l) => sizes[l]));
  for (let tuple = 0; tuple < total; tuple++) {
    const at: Record<string, number> = {};
    let rest = tuple;
    for (const l of free) {
      at[l] = rest % sizes[l];
      rest = Math.floor(rest / sizes[l]);
    }
    let inside = true;
    for (const w of spec.windows) {
      at[w.x] = w.stride * at[w.y] + w.dilation * at[w.w] - w.pad;
      inside &&= at[w.x] >= 0 && at[w.x] < sizes[w.x];
    }
    if (!inside) continue;
    const place = labels.map((letters, o) => [...letters].reduce((sum, l, axis) => sum + at[l] * strides[o][axis], 0));
    const [x, w, y] = operands.map((data, o) => data[place[o]]);
    sums[0][place[0]] += w * y;
    sums[1][place[1]] += x * y;
    sums[2][place[2]] += x * w;
  }
  return sums;
}

const window = (x: string, w: string, y: string, stride: number, dilation: number, pad: number) =>
  ({ x, w, y, stride, dilation, pad });
interface Case {
  readonly name: string;
  readonly spec: ContractSpec;
  readonly sizes: Record<string, number>;
}
const CASES: readonly Case[] = [
  { name: "matrix product", spec: { x: "mk", w: "kn", y: "mn", windows: [] }, sizes: { m: 3, k: 4, n: 2 } },
  {
    name: "transposed everywhere", spec: { x: "kmb", w: "nbk", y: "nmb", windows: [] },
    sizes: { m: 3, k: 4, n: 2, b: 2 },
  },
  { name: "element-wise and summed", spec: { x: "bk", w: "bk", y: "b", windows: [] }, sizes: { b: 3, k: 5 } },
  { name: "outer product", spec: { x: "m", w: "n", y: "nm", windows: [] }, sizes: { m: 3, n: 2 } },
  {
    name: "channels last, strided, dilated, padded",
    spec: {
      x: "bijc", w: "uvcn", y: "bopn",
      windows: [window("i", "u", "o", 2, 2, 1), window("j", "v", "p", 1, 3, 2)],
    },
    sizes: { b: 2, i: 7, j: 6, c: 2, u: 3, v: 2, n: 3, o: 3, p: 7 },
  },
  {
    name: "window axes apart from their neighbours",
    spec: { x: "icb", w: "cun", y: "nbo", windows: [window("i", "u", "o", 1, 1, 0)] },
    sizes: { b: 2, i: 5, c: 3, u: 2, n: 2, o: 4 },
  },
  {
    name: "fewer positions than fit, padding beyond the input",
    spec: { x: "i", w: "u", y: "o", windows: [window("i", "u", "o", 3, 1, 4)] },
    sizes: { i: 3, u: 2, o: 2 },
  },
  {
    name: "a depthwise convolution: the channel is shared",
    spec: { x: "bci", w: "cu", y: "bco", windows: [window("i", "u", "o", 1, 1, 1)] },
    sizes: { b: 2, c: 3, i: 5, u: 3, o: 5 },
  },
];

describe("contract is the sum over index tuples, in all three modes", () => {
  test.each(CASES)("$name", ({ spec, sizes }) => {
    const stream = new RandomStream(1);
    const labels = [spec.x, spec.w, spec.y];
    const shapes = labels.map((letters) => [...letters].map((l) => sizes[l]));
    // Small integers: every order of summation gives the same numbers.
    const data = shapes.map((shape) => Float64Array.from({ length: sizeOf(shape) }, () => stream.integer(19) - 9));
    const want = byDefinition(spec, data, sizes);
    for (const dtype of ["f64", "f32", "i32"] as const) {
      const operands = shapes.map((shape, o): Dense => ({
        shape, dtype,
        data: dtype === "f64" ? data[o] : dtype === "f32" ? Float32Array.from(data[o]) : Int32Array.from(data[o]),
      }));
      for (const output of [0, 1, 2] as const) {
        const inputs = operands.filter((_, o) => o !== output);
        const [made] = apply("contract", { spec, output, shape: shapes[output] }, inputs);
        expect(made.dtype).toBe(dtype);
        // + 0 turns -0 into 0, which is no difference here.
        expect(Array.from(made.data, (v) => v + 0)).toEqual(want[output].map((v) => v + 0));
      }
    }
  });
});

test("a convolution by hand", () => {
  const spec = { x: "i", w: "u", y: "o", windows: [window("i", "u", "o", 1, 1, 1)] };
  const x: Dense = { shape: [3], dtype: "f32", data: Float32Array.of(1, 2, 3) };
  const w: Dense = { shape: [3], dtype: "f32", data: Float32Array.of(10, 1, 100) };
  // 0*10 + 1*1 + 2*100, 1*10 + 2*1 + 3*100, 2*10 + 3*1 + 0*100
  expect([...apply("contract", { spec, output: 2, shape: [3] }, [x, w])[0].data]).toEqual([201, 312, 23]);
});

test("products of f32 are summed in float64 and rounded once", () => {
  const spec = { x: "k", w: "k", y: "", windows: [] };
  const x: Dense = { shape: [3], dtype: "f32", data: Float32Array.of(1e8, 1, -1e8) };
  const w: Dense = { shape: [3], dtype: "f32", data: Float32Array.of(1, 1, 1) };
  expect([...apply("contract", { spec, output: 2, shape: [] }, [x, w])[0].data]).toEqual([1]);
});

test("sums of i32 and u32 wrap", () => {
  const spec = { x: "k", w: "k", y: "", windows: [] };
  const x: Dense = { shape: [2], dtype: "i32", data: Int32Array.of(0x7fffffff, 2) };
  expect([...apply("contract", { spec, output: 2, shape: [] }, [x, x])[0].data]).toEqual([5]);
  const u: Dense = { shape: [2], dtype: "u32", data: Uint32Array.of(0xffffffff, 0x80000000) };
  const v: Dense = { shape: [2], dtype: "u32", data: Uint32Array.of(3, 1) };
  expect([...apply("contract", { spec, output: 2, shape: [] }, [u, v])[0].data]).toEqual([0x7ffffffd]);
});

test("sizes that disagree are named", () => {
  const x: Dense = { shape: [2, 3], dtype: "f32", data: new Float32Array(6) };
  const spec = { x: "mk", w: "kn", y: "mn", windows: [] };
  expect(() => apply("contract", { spec, output: 2, shape: [2, 3] }, [x, x])).toThrow(/axis k has 3 and 2/);
});
