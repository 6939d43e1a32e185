import { describe, expect, it } from "vitest";
import { erf, integerPower, power, remainder, sigmoid } from "../backends/reference/special.ts";
import { walkKernel } from "../backends/reference/walk.ts";
import type { Expr } from "../ir/kernel.ts";
import type { ArithmeticOp, UnaryOp } from "../ir/op.ts";
import { putWord } from "../runtime/program.ts";
import { bytesOf, DTYPES, type DType, type TypedArray } from "../vocab/dtype.ts";
import { DTypeError } from "../vocab/errors.ts";
import { philox } from "../vocab/random.ts";
import { KernelBuilder } from "./build.ts";
import { mathBinary, mathUnary, philoxWord } from "./math.ts";

type Make = (b: KernelBuilder, operands: readonly Expr[]) => Expr;

/** out[i] = make(operand0[i], operand1[i], ...) through the walker; all arrays of one dtype. */
function run(
  make: Make, dtype: DType, operands: readonly (readonly number[] | TypedArray)[],
  options: { fused?: boolean; lanes?: number } = {},
): TypedArray {
  const { fused = false, lanes = 1 } = options;
  const n = operands[0].length;
  const b = new KernelBuilder(lanes);
  const inputs = operands.map((_, i) => b.buffer(`x${i}`, dtype, "read"));
  const out = b.buffer("out", dtype, "write");
  b.for("i", b.begin, b.end, lanes, (i) => {
    const value = make(b, inputs.map((x) => b.let("x", b.load(x, i, lanes))));
    b.store(out, i, value, { count: b.min(b.sub(n, i), lanes) });
  });
  const size = Math.ceil((n * bytesOf(dtype)) / 64) * 64 + 64;
  const heap = new ArrayBuffer(256 + size * (operands.length + 1));
  const words = new Int32Array(heap);
  [...operands, []].forEach((data, i) => {
    putWord(words, 2 * i, 256 + size * i);
    new DTYPES[dtype].view(heap, 256 + size * i, data.length).set(data);
  });
  walkKernel(b.finish("expression", "expression"), heap, 0, 0, n, 0, { fused });
  return new DTYPES[dtype].view(heap, 256 + size * operands.length, n);
}
const unary = (op: UnaryOp): Make => (b, [x]) => mathUnary(b, op, x);
const binary = (op: ArithmeticOp): Make => (b, [x, y]) => mathBinary(b, op, x, y);
const F32_MAX = 3.4028234663852886e38;

/** Distance of an f32 result from the truth, in units of the truth's last place. */
function ulps(got: number, truth: number): number {
  if (Number.isNaN(truth) || Number.isNaN(got)) return Number.isNaN(truth) === Number.isNaN(got) ? 0 : Infinity;
  const rounded = Math.fround(truth);
  if (Object.is(got, rounded)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(rounded)) {
    // One of them overflows: the truth must be near the end of the range.
    return Math.sign(got) === Math.sign(truth) ? Math.abs(Math.abs(truth) - F32_MAX) / 2 ** 104 : Infinity;
  }
  if (got === 0 && truth === 0) return Infinity;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(truth))), -126);
  return Math.abs(got - truth) / 2 ** (exponent - 23);
}

/** Every 2^k-th or so of all f32 (an odd stride, so that all trailing bits occur), and all near the given points. */
function sweep(near: readonly number[], stride = 35_999): Float32Array {
  const bits: number[] = [];
  for (let i = 0; i < 2 ** 32; i += stride) bits.push(i);
  const view = new DataView(new ArrayBuffer(4));
  for (const center of near) {
    view.setFloat32(0, center);
    const at = view.getInt32(0);
    for (let d = -400; d <= 400; d++) bits.push((at + d) >>> 0, ((at + d) ^ 0x80000000) >>> 0);
  }
  return new Float32Array(Uint32Array.from(bits).buffer);
}
function worst(
  op: UnaryOp, truth: (x: number) => number, x: Float32Array, fused: boolean,
): { ulp: number; at: number } {
  const got = run(unary(op), "f32", [x], { fused });
  let ulp = 0, at = 0;
  for (let i = 0; i < x.length; i++) {
    const error = ulps(got[i], truth(x[i]));
    if (error > ulp) [ulp, at] = [error, x[i]];
  }
  return { ulp, at };
}

const LN2 = Math.LN2;
/** op, truth, bound in ulp, where to look closely, largest |x|. */
const FUNCTIONS: readonly [UnaryOp, (x: number) => number, number, readonly number[], number][] = [
  ["exp", Math.exp, 1.3, [0, 1, LN2 / 2, 1.5 * LN2, 88.7, 88.72284, -87.3366, -103.9, -104, -176.06], Infinity],
  ["log", Math.log, 1.3, [0, 1, 2 / 3, 4 / 3, 2, 2 ** -126, 2 ** -149], Infinity],
  ["expm1", Math.expm1, 1.8, [0, 1, LN2 / 2, 1.5 * LN2, 88.7, 88.72284, -17.3, -18, 2 ** -25, 2 ** -126], Infinity],
  ["log1p", Math.log1p, 2, [0, 1, -1, -1 / 3, 1 / 3, 5 / 3, 2 ** -126, 2 ** -149, 2 ** 127], Infinity],
  ["tanh", Math.tanh, 2, [0, 1, 0.3, LN2 / 4, 0.75 * LN2, 9.01, 10, 2 ** -126], Infinity],
  ["sigmoid", sigmoid, 2, [0, 1, -0.47, -0.3, -16.6, -17, 17, -87.3366, -103.9, -104], Infinity],
  ["sin", Math.sin, 2, [0, 1, Math.PI / 4, Math.PI / 2, Math.PI, 54_353.195, 82_198.45, 1e5, 2 ** -126], 1e5],
  ["cos", Math.cos, 2, [0, 1, Math.PI / 4, Math.PI / 2, Math.PI, 54_353.195, 82_198.45, 1e5, 2 ** -126], 1e5],
  ["erf", erf, 4, [0, 1, 2, 3.9, 4, 2 ** -126], Infinity],
];

describe("functions of f32", () => {
  for (const [op, truth, bound, near, limit] of FUNCTIONS) {
    it(`${op} is within ${bound} ulp, with and without fused multiply-add`, () => {
      const x = sweep([...near, Infinity]).filter((v) => !(Math.abs(v) > limit) || !Number.isFinite(v));
      for (const fused of [false, true]) {
        const { ulp, at } = worst(op, truth, x, fused);
        expect(ulp, `${op}(${at}), fused: ${fused}`).toBeLessThanOrEqual(bound);
      }
    });
  }

  it("sin and cos stay between -1 and 1 for any argument, and near the truth up to 1e6", () => {
    const x = sweep([1e6, 1e10], 1_000_003);
    for (const op of ["sin", "cos"] as const) {
      for (const fused of [false, true]) {
        const got = run(unary(op), "f32", [x], { fused });
        for (let i = 0; i < x.length; i++) {
          if (Number.isFinite(x[i]) ? !(Math.abs(got[i]) <= 1) : !Number.isNaN(got[i])) {
            expect(got[i], `${op}(${x[i]})`).toBe("bounded");
          }
          if (Math.abs(x[i]) < 1e6 && !(Math.abs(got[i] - Math[op](x[i])) < 0.25)) {
            expect(got[i], `${op}(${x[i]})`).toBe(Math[op](x[i]));
          }
        }
      }
    }
  });

  it("keeps the sign of zero in odd functions", () => {
    for (const op of ["sin", "tanh", "expm1", "log1p", "erf", "neg", "round", "trunc"] as const) {
      const negative = op === "neg" ? 0 : -0;
      expect([...run(unary(op), "f32", [[-0, 0]])], op).toEqual([negative, -negative]);
      if (op !== "round" && op !== "trunc") expect([...run(unary(op), "f64", [[-0]])], op).toEqual([negative]);
    }
  });

  it("gives the same bits in four lanes as in one", () => {
    const x = sweep([1], 20_000_003).map((v) => (Math.abs(v) < 1e30 ? v : v / 1e20));
    const all = [...FUNCTIONS.map(([op]) => op), "sign", "reciprocal", "round"] as const;
    for (const op of all) {
      expect(run(unary(op), "f32", [x], { lanes: 4 }), op).toEqual(run(unary(op), "f32", [x]));
    }
    const y = x.slice().reverse();
    for (const op of ["pow", "remainder", "maximum"] as const) {
      expect(run(binary(op), "f32", [x, y], { lanes: 4 }), op).toEqual(run(binary(op), "f32", [x, y]));
    }
  });

  it("rounds, signs and inverts", () => {
    const x = [2.5, -0.5, 1.5, -1.25, NaN, Infinity];
    expect([...run(unary("round"), "f32", [x])]).toEqual([2, -0, 2, -1, NaN, Infinity]);
    expect([...run(unary("sign"), "f32", [x])]).toEqual([1, -1, 1, -1, 0, 1]);
    const inverse = [...run(unary("reciprocal"), "f32", [[4, -0, Infinity, 3]])];
    expect(inverse).toEqual([0.25, -Infinity, 0, Math.fround(1 / 3)]);
    expect([...run(unary("not"), "f32", [[0, 2]])]).toEqual([1, 0]);
  });
});

/** Pairs for pow and remainder: ordinary ones, and those whose power is near the ends of the range. */
function pairs(n: number): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(n), y = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const [a, c] = philox([i, 0, 0, 0], [7, 0]).map((bits) => bits * 2 ** -32);
    x[i] = i % 2 === 0 ? 4 * a : 1 + (a - 0.5) * 2 ** -(i % 20);
    y[i] = i % 2 === 0 ? 20 * (c - 0.5) : (170 * (c - 0.5)) / (Math.log(x[i]) || 1);
  }
  return { x, y };
}
const SPECIAL = [
  0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -2.5, 1e-45, -1e-45, 1e-30, 1e30, -1e30, 3.4e38, 16_777_215, -16_777_215,
  16_777_217, Infinity, -Infinity, NaN,
];
const specialPairs = { x: SPECIAL.flatMap((v) => SPECIAL.map(() => v)), y: SPECIAL.flatMap(() => SPECIAL) };

describe("pow and remainder", () => {
  it("pow is within 4 ulp and follows C in its special cases", () => {
    for (const { x, y } of [pairs(20_000), specialPairs]) {
      const left = Float32Array.from(x), right = Float32Array.from(y);
      for (const fused of [false, true]) {
        const got = run(binary("pow"), "f32", [left, right], { fused });
        let most = 0, at = 0;
        for (let i = 0; i < got.length; i++) {
          const error = ulps(got[i], power(left[i], right[i]));
          if (error > most) [most, at] = [error, i];
        }
        expect(most, `${left[at]} ** ${right[at]} gave ${got[at]}`).toBeLessThanOrEqual(4);
      }
    }
  });

  it("remainder is that of real numbers, rounded once, with the divisor's sign", () => {
    for (const { x, y } of [pairs(5_000), specialPairs]) {
      const left = Float32Array.from(x, (v) => v * 1e3), right = Float32Array.from(y);
      const got = run(binary("remainder"), "f32", [left, right]);
      for (let i = 0; i < got.length; i++) {
        const want = Math.fround(remainder(left[i], right[i]));
        if (got[i] !== want && !(Number.isNaN(got[i]) && Number.isNaN(want))) {
          expect(got[i], `${left[i]} mod ${right[i]}`).toBe(want);
        }
      }
    }
  });

  it("does integers", () => {
    const x = SPECIAL.map((_, i) => i - 10).flatMap((v) => SPECIAL.map(() => v));
    const y = SPECIAL.flatMap(() => SPECIAL.map((_, i) => i - 10));
    const rest = run(binary("remainder"), "i32", [x, y]);
    const powers = run(binary("pow"), "i32", [x, y], { lanes: 4 });
    for (let i = 0; i < x.length; i++) {
      expect([rest[i], powers[i]], `${x[i]} and ${y[i]}`).toEqual(
        [y[i] === 0 ? 0 : remainder(x[i], y[i]) + 0, integerPower(x[i], y[i]) | 0]);
    }
    expect([...run(binary("pow"), "u32", [[3, 2 ** 32 - 1, 0], [20, 3, 0]])]).toEqual([3486784401, 2 ** 32 - 1, 1]);
    expect([...run(binary("remainder"), "u32", [[2 ** 32 - 1, 7], [10, 0]])]).toEqual([5, 0]);
    expect([...run(unary("sign"), "u32", [[0, 2 ** 32 - 1]])]).toEqual([0, 1]);
    expect([...run(unary("abs"), "u32", [[2 ** 32 - 1]])]).toEqual([2 ** 32 - 1]);
    expect([...run(binary("shiftRight"), "u32", [[2 ** 31, 5], [31, 0]])]).toEqual([1, 5]);
    expect([...run(binary("shiftRight"), "i32", [[-8, 9, 1, 1], [1, 1, 0, 0]], { lanes: 4 })]).toEqual([-4, 4, 1, 1]);
    expect([...run(unary("not"), "i32", [[0, 1]])]).toEqual([1, 0]);
  });
});

describe("functions of f64", () => {
  it("are right to about 1e-15, with and without fused multiply-add", () => {
    const ordinary = Array.from({ length: 400 }, (_, i) => (i - 200) / 23.7 + 1e-3);
    const wide = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 10 ** (i - 150) * 1.2345);
    const edges = [
      709.7, 710, -708.5, -744, -746, 5e-324, 1e-310, 1.7e308, Infinity, -Infinity, NaN, 1, -1, 0, 5.9, 6, 88_000,
    ];
    for (const [op, truth, , , limit] of FUNCTIONS) {
      const x = Float64Array.from([...ordinary, ...wide, ...edges].filter((v) => !(Math.abs(v) > limit)));
      for (const fused of [false, true]) {
        const got = run(unary(op), "f64", [x], { fused });
        for (let i = 0; i < x.length; i++) {
          const want = truth(x[i]);
          if (Object.is(got[i], want)) continue;
          const near = Math.abs(got[i] - want) <= 1.2e-15 * Math.abs(want) + 1e-323;
          if (!near) expect(got[i], `${op}(${x[i]}), fused: ${fused}`).toBe(want);
        }
      }
    }
  });

  it("pow and remainder", () => {
    const { x, y } = pairs(1500);
    const left = [...x, ...specialPairs.x], right = [...[...y].map((v) => v * 5), ...specialPairs.y];
    const powers = run(binary("pow"), "f64", [left, right]), rests = run(binary("remainder"), "f64", [left, right]);
    for (let i = 0; i < left.length; i++) {
      const want = power(left[i], right[i]), rest = remainder(left[i], right[i]);
      if (!Object.is(powers[i], want) && !(Math.abs(powers[i] - want) <= 2e-15 * Math.abs(want))) {
        expect(powers[i], `${left[i]} ** ${right[i]}`).toBe(want);
      }
      if (rests[i] !== rest) expect(rests[i], `${left[i]} mod ${right[i]}`).toBe(rest);
    }
  });
});

describe("masks and refusals", () => {
  it("combines masks", () => {
    const make = (op: "bitAnd" | "bitOr" | "bitXor"): Make => (b, [x, y]) =>
      b.convert("i32", mathBinary(b, op, b.compare("ne", x, 0), mathUnary(b, "not", b.compare("ne", y, 0))));
    const operands = [[0, 0, 1, 1], [0, 1, 0, 1]];
    expect([...run(make("bitAnd"), "i32", operands)]).toEqual([0, 0, 1, 0]);
    expect([...run(make("bitOr"), "i32", operands)]).toEqual([1, 0, 1, 1]);
    expect([...run(make("bitXor"), "i32", operands)]).toEqual([1, 0, 0, 1]);
  });

  it("names operation and type where there is no meaning", () => {
    const b = new KernelBuilder(1);
    expect(() => mathUnary(b, "exp", b.constant(1, "i32"))).toThrow(DTypeError);
    const one = b.constant(1, "f32");
    expect(() => mathBinary(b, "bitAnd", one, one)).toThrow(/bitAnd is not defined for f32/);
  });
});

describe("philoxWord", () => {
  it("has the bits of the generator", () => {
    const state = [0x12345678, 0x9abcdef0, 0xfffffffe, 3];
    const index = [0, 1, 2, 1_000_000, 2 ** 32 - 1];
    const make: Make = (b, [i, ...rest]) => philoxWord(b, i, [rest[0], rest[1], rest[2], rest[3]]);
    const got = run(make, "u32", [index, ...state.map((word) => index.map(() => word))], { lanes: 4 });
    expect([...got]).toEqual(index.map((i) => philox([i, 0, state[2], state[3]], [state[0], state[1]])[0]));
  });
});
