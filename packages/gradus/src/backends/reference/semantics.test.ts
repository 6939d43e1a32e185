import { describe, expect, test } from "vitest";
import { DTYPES, type DType } from "../../vocab/dtype.ts";
import { IndexError, UsageError } from "../../vocab/errors.ts";
import { emit, outputsOf, RECORD, withInterpreter } from "../../ir/emit.ts";
import type { Graph, Node } from "../../ir/node.ts";
import type { ArithmeticOp, CompositeDefinition } from "../../ir/op.ts";
import { numbersOf, store, type Dense } from "./dense.ts";
import { apply } from "./evaluate.ts";

/** Worked cases of what PyTorch has not, or leaves undefined; the rest is in evaluate.test.ts. */
function tensor(dtype: DType, shape: readonly number[], ...numbers: number[]): Dense {
  return store({ dtype, shape }, Float64Array.from(numbers));
}
const vector = (dtype: DType, ...numbers: number[]): Dense => tensor(dtype, [numbers.length], ...numbers);
const numbers = (x: Dense): number[] => [...numbersOf(x)];
const arithmetic = (op: ArithmeticOp, dtype: DType, a: number[], b: number[]): number[] =>
  numbers(apply(op, {}, [vector(dtype, ...a), vector(dtype, ...b)])[0]);

describe("sources", () => {
  test("iota counts in any dtype", () => {
    expect(numbers(apply("iota", { size: 4, dtype: "f16" }, [])[0])).toEqual([0, 1, 2, 3]);
    expect(apply("iota", { size: 0, dtype: "i32" }, [])[0].data).toEqual(new Int32Array(0));
  });
  test("a constant is rounded to its dtype", () => {
    const value = (value: number, dtype: DType): number[] => numbers(apply("constant", { value, dtype }, [])[0]);
    expect(value(0.1, "f32")).toEqual([Math.fround(0.1)]);
    expect(value(0.1, "f64")).toEqual([0.1]);
    expect(value(-1, "u32")).toEqual([0xffffffff]);
    expect(value(3, "bool")).toEqual([1]);
    expect(value(2049, "f16")).toEqual([2048]);
  });
  test("random is Philox4x32-10: known answer and counters", () => {
    const draw = (...state: number[]): number[] =>
      numbers(apply("random", { shape: [2, 2] }, [vector("u32", ...state)])[0]);
    // First word of the test vector for counter 0 and key 0 that comes with the authors' Random123.
    expect(draw(0, 0, 0, 0)[0]).toBe(0x6627e8d5);
    expect(new Set([...draw(0, 0, 0, 0), ...draw(1, 0, 0, 0), ...draw(0, 1, 0, 0), ...draw(0, 0, 1, 0),
      ...draw(0, 0, 0, 1)]).size).toBe(20);
    expect(draw(5, 6, 7, 8)).toEqual(draw(5, 6, 7, 8));
  });
  test("a buffer has no value of its own", () => {
    expect(() => apply("buffer", { shape: [], dtype: "f32" }, [])).toThrow(UsageError);
  });
});

describe("integers and bool", () => {
  test("32 bits wrap", () => {
    expect(arithmetic("add", "i32", [0x7fffffff, -0x80000000], [1, -1])).toEqual([-0x80000000, 0x7fffffff]);
    expect(arithmetic("sub", "u32", [0, 1], [1, 2])).toEqual([0xffffffff, 0xffffffff]);
    expect(arithmetic("mul", "i32", [0x12345679], [0x7654321])).toEqual([Math.imul(0x12345679, 0x7654321)]);
    expect(arithmetic("mul", "u32", [0xffffffff], [0xffffffff])).toEqual([1]);
    expect(numbers(apply("neg", {}, [vector("i32", -0x80000000)])[0])).toEqual([-0x80000000]);
    expect(arithmetic("div", "i32", [-0x80000000], [-1])).toEqual([-0x80000000]);
  });
  test("8 bits wrap", () => {
    expect(arithmetic("add", "i8", [127], [1])).toEqual([-128]);
    expect(arithmetic("mul", "u8", [16], [17])).toEqual([16]);
  });
  test("division by zero gives 0, and so does its remainder", () => {
    expect(arithmetic("div", "i32", [7, -7, 0], [0, 0, 0])).toEqual([0, 0, 0]);
    expect(arithmetic("remainder", "u32", [7, 0xffffffff], [0, 10])).toEqual([0, 5]);
    expect(arithmetic("remainder", "f32", [7], [0])).toEqual([NaN]);
  });
  test("shifts of u32 bring in zeros; amounts count modulo 32", () => {
    expect(arithmetic("shiftRight", "u32", [0x80000000, 0xffffffff], [31, 4])).toEqual([1, 0x0fffffff]);
    expect(arithmetic("shiftLeft", "u32", [1, 3], [31, 31])).toEqual([0x80000000, 0x80000000]);
    expect(arithmetic("shiftLeft", "i32", [1], [33])).toEqual([2]);
  });
  test("what comes out of bool arithmetic is 0 or 1", () => {
    expect(arithmetic("add", "bool", [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 1, 1, 1]);
    expect(arithmetic("mul", "bool", [0, 0, 1, 1], [0, 1, 0, 1])).toEqual([0, 0, 0, 1]);
  });
  test("powers of u32", () => {
    expect(arithmetic("pow", "u32", [3, 0xffffffff, 0, 2], [21, 2, 0, 32])).toEqual([1870418611, 1, 1, 0]);
  });
});

describe("floats", () => {
  test("1 to any power is 1, as in C", () => {
    expect(arithmetic("pow", "f64", [1, 1, -1, -1, NaN, 2], [NaN, Infinity, Infinity, -Infinity, 0, NaN]))
      .toEqual([1, 1, 1, 1, 1, NaN]);
  });
  test("erf to double precision", () => {
    const x = [0, 0.5, 1, 1.9999999999999998, 2, 3, 5.9, 6, -1, -Infinity];
    const want = [0, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527, 0.9953222650189527,
      0.9999779095030014, 1, 1, -0.8427007929497149, -1];
    numbers(apply("erf", {}, [vector("f64", ...x)])[0])
      .forEach((y, i) => { expect(Math.abs(y - want[i])).toBeLessThanOrEqual(4e-16 * Math.abs(want[i])); });
  });
  test("round goes half to even and keeps the sign of zero", () => {
    const x = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 2 ** 52 + 1, -0];
    expect(numbers(apply("round", {}, [vector("f64", ...x)])[0])).toEqual([0, 2, 2, -0, -2, 0, 2 ** 52 + 1, -0]);
  });
  test("float to integer saturates, NaN gives 0; 8 bits keep the low bits of that", () => {
    const cast = (dtype: DType, ...x: number[]): number[] =>
      numbers(apply("cast", { dtype }, [vector("f64", ...x)])[0]);
    expect(cast("i32", 1e10, -1e10, NaN, -1.9, Infinity)).toEqual([0x7fffffff, -0x80000000, 0, -1, 0x7fffffff]);
    expect(cast("u32", 1e10, -1, NaN, 4294967295.5)).toEqual([0xffffffff, 0, 0, 0xffffffff]);
    expect(cast("u8", 257.9, -1)).toEqual([1, 255]);
    expect(cast("bool", 0, -0, 0.1, NaN)).toEqual([0, 0, 1, 1]);
  });
  test("bits are read as another dtype of the same width, and back", () => {
    const x = vector("f32", 1, -0, Math.PI);
    const [bits] = apply("bitcast", { dtype: "u32" }, [x]);
    expect(numbers(bits)).toEqual([0x3f800000, 0x80000000, 0x40490fdb]);
    expect(apply("bitcast", { dtype: "f32" }, [bits])[0].data).toEqual(x.data);
  });
  test("sums of f32 are carried in float64 and rounded once", () => {
    expect(numbers(apply("reduce", { kind: "sum", axes: [0] }, [vector("f32", 1e8, 1, -1e8)])[0])).toEqual([1]);
  });
});

describe("movement", () => {
  test("reshape keeps the order of the cells", () => {
    const [y] = apply("reshape", { shape: [3, 1, 2] }, [tensor("i32", [2, 3], 0, 1, 2, 3, 4, 5)]);
    expect([y.shape, numbers(y)]).toEqual([[3, 1, 2], [0, 1, 2, 3, 4, 5]]);
  });
  test("16-bit cells move as they are, and are filled with the rounded value", () => {
    const x = tensor("bf16", [2], 1, 2);
    const [y] = apply("pad", { low: [1], high: [1], interior: [1], value: -3.14 }, [x]);
    expect(numbers(y)).toEqual([-3.140625, 1, -3.140625, 2, -3.140625]);
  });
  test("empty tensors pass through", () => {
    const x = tensor("f32", [0, 3]);
    expect(apply("permute", { axes: [1, 0] }, [x])[0].shape).toEqual([3, 0]);
    expect(apply("flip", { axes: [0] }, [x])[0].data.length).toBe(0);
    expect(numbers(apply("pad", { low: [1, 0], high: [0, 0], interior: [2, 0], value: 4 }, [x])[0])).toEqual([4, 4, 4]);
    expect(numbers(apply("concat", { axis: 0 }, [x, tensor("f32", [1, 3], 1, 2, 3)])[0])).toEqual([1, 2, 3]);
  });
  test("overlapping windows add up where they came from", () => {
    const p = { axes: [0], size: [2], stride: [1], dilation: [1] };
    const [w] = apply("windows", p, [vector("f32", 1, 2, 3)]);
    expect([w.shape, numbers(w)]).toEqual([[2, 2], [1, 2, 2, 3]]);
    expect(numbers(apply("foldWindows", { ...p, shape: [3] }, [w])[0])).toEqual([1, 4, 3]);
  });
});

describe("indexing", () => {
  const x = tensor("f32", [2, 3], 0, 1, 2, 3, 4, 5);
  test("an index out of range is named, with its axis and size", () => {
    const message = /index 3 is out of range for axis 1 of \[2, 3\], which has 3 entries; use 0 to 2/;
    expect(() => apply("gather", { axis: 1 }, [x, vector("i32", 0, 3)])).toThrow(IndexError);
    expect(() => apply("gather", { axis: 1 }, [x, vector("i32", 0, 3)])).toThrow(message);
    expect(() => apply("gather", { axis: 0 }, [x, vector("i32", -1)])).toThrow(/gather: index -1 .* axis 0/);
    const update = tensor("f32", [2, 1], 9, 9);
    expect(() => apply("scatter", { axis: 1, mode: "add" }, [x, vector("i32", 3), update])).toThrow(message);
  });
  test("an empty index gathers nothing and scatters nothing", () => {
    const none = vector("i32");
    expect(apply("gather", { axis: 1 }, [x, none])[0].shape).toEqual([2, 0]);
    const [same] = apply("scatter", { axis: 1, mode: "set" }, [x, none, tensor("f32", [2, 0])]);
    expect(numbers(same)).toEqual(numbers(x));
  });
  test("the larger of equal targets stays, NaN above all; the base is left alone", () => {
    const base = vector("f32", 0, 0, 0);
    const [at, updates] = [vector("i32", 0, 0, 1, 1), vector("f32", 2, 1, NaN, 5)];
    const [y] = apply("scatter", { axis: 0, mode: "max" }, [base, at, updates]);
    expect([numbers(y), numbers(base)]).toEqual([[2, NaN, 0], [0, 0, 0]]);
  });
});

const argument = (dtype: DType, ...shape: number[]): Node => emit("buffer", { shape, dtype }, []);
const graph = (build: () => Graph): Graph => withInterpreter(RECORD, build);

describe("loops and compositions", () => {
  /** carry' = carry * factor + x, with carry' also as result. */
  const body = graph(() => {
    const [carry, x, factor] = [argument("f32", 2), argument("f32", 2), argument("f32", 2)];
    const next = emit("add", {}, [emit("mul", {}, [carry, factor]), x]);
    return { inputs: [carry, x, factor], outputs: [next, next, x] };
  });
  const scan = (length: number, reverse: boolean): number[][] => {
    const xs = tensor("f32", [length, 2], ...[1, 10, 2, 20, 3, 30].slice(0, 2 * length));
    const inputs = [vector("f32", 5, 0), xs, vector("f32", 2, 1)];
    return apply("scan", { body, carries: 1, sequences: 1, length, reverse, saved: 0 }, inputs).map(numbers);
  };
  test("scan carries state and stacks results", () => {
    expect(scan(3, false)).toEqual([[51, 60], [11, 10, 24, 30, 51, 60], [1, 10, 2, 20, 3, 30]]);
  });
  test("in reverse, results stay at their step", () => {
    expect(scan(3, true)).toEqual([[57, 60], [57, 60, 28, 50, 13, 30], [1, 10, 2, 20, 3, 30]]);
  });
  test("no steps leave the carry as it was", () => {
    expect(scan(0, false)).toEqual([[5, 0], [], []]);
  });
  test("a composite is its body; project picks one of several outputs", () => {
    const made = graph(() => {
      const x = argument("f32", 3);
      const [values, places] = outputsOf(emit("sort", { axis: 0, descending: false }, [x]));
      return { inputs: [x], outputs: [places, emit("add", {}, [values, x]), x] };
    });
    const definition: CompositeDefinition = { name: "test", body: () => made.outputs };
    const [places, sums, x] =
      apply("composite", { definition, attributes: {}, body: made }, [vector("f32", 3, 1, 2)]).map(numbers);
    expect([places, sums, x]).toEqual([[1, 2, 0], [4, 3, 5], [3, 1, 2]]);
  });
  test("a recurrence over no steps, and in f64", () => {
    const none = tensor("f64", [0, 2]);
    expect(apply("recurrence", { axis: 0, reverse: false }, [none, none, tensor("f64", [2], 1, 2)])[0].data.length)
      .toBe(0);
    const a = vector("f64", 0.5, 0.5), b = vector("f64", 1, 1);
    expect(numbers(apply("recurrence", { axis: 0, reverse: true }, [a, b, tensor("f64", [], 8)])[0])).toEqual([3.5, 5]);
  });
});

test("every dtype is stored in the array that DTYPES names, and comes back", () => {
  for (const dtype of Object.keys(DTYPES) as DType[]) {
    const x = vector(dtype, 0, 1);
    expect(x.data).toBeInstanceOf(DTYPES[dtype].array);
    expect(numbers(x)).toEqual([0, 1]);
  }
});
