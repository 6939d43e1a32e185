import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import * as g from "../index.ts";
import { compile, grad, noGrad, setBackend, tensor, vmap, type Tensor } from "../index.ts";
import { emit } from "../ir/emit.ts";
import { ARITHMETIC, COMPARE, UNARY, type Op } from "../ir/op.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { DTYPES, isFloat, type DType } from "../vocab/dtype.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";
import { RandomStream } from "../vocab/random.ts";
import { BATCHING } from "./rules.ts";

const SIZE = 3;
const stream = new RandomStream(3);
/** Numbers in (0.2, 1.8), integers from 0 to `below` - 1. */
function random(shape: readonly number[], dtype: DType = "f64", below = 3): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = new DTYPES[dtype].array(count);
  for (let i = 0; i < count; i++) {
    data[i] = isFloat(dtype) ? 0.2 + 1.6 * stream.uniform() : stream.integer(dtype === "bool" ? 2 : below);
  }
  return tensor(data, { shape, dtype });
}
/** A case: shapes of one example, each with its dtype, and what is done. */
interface Case {
  readonly inputs: readonly (readonly [shape: readonly number[], dtype?: DType, below?: number])[];
  readonly f: (...xs: Tensor[]) => Tensor | readonly Tensor[];
}
const F = "f64", I = "i32";
const same = (op: Op, count: number, dtype: DType = F): Case => ({
  inputs: Array.from({ length: count }, () => [[2, 3], dtype] as const), f: (...xs) => emit(op, {}, xs),
});
const INTEGER = new Set<Op>(["bitAnd", "bitOr", "bitXor", "shiftLeft", "shiftRight"]);
const WINDOW = { axes: [1, 0], size: [2, 2], stride: [1, 2], dilation: [1, 1] };
const counters = (): Case => ({ inputs: [[[4], "u32", 9]], f: (state) => emit("random", { shape: [2, 3] }, [state]) });

const CASES: Partial<Record<Op, readonly Case[]>> = {
  random: [counters()],
  ...Object.fromEntries(UNARY.map((op) => [op, [same(op, 1, op === "not" ? "bool" : F)]])),
  ...Object.fromEntries(ARITHMETIC.map((op) => [op, [same(op, 2, INTEGER.has(op) ? I : F)]])),
  ...Object.fromEntries(COMPARE.map((op) => [op, [same(op, 2)]])),
  where: [{ inputs: [[[2, 3], "bool"], [[2, 3]], [[2, 3]]], f: (c, a, b) => emit("where", {}, [c, a, b]) }],
  cast: [{ inputs: [[[2, 3]]], f: (x) => x.cast(I) }],
  bitcast: [{ inputs: [[[2, 3], "f32"]], f: (x) => x.bitcast(I) }],
  reshape: [{ inputs: [[[2, 3]]], f: (x) => x.reshape([3, 2]) }],
  permute: [{ inputs: [[[2, 3, 4]]], f: (x) => x.permute([2, 0, 1]) }],
  expand: [{ inputs: [[[2, 1, 3]]], f: (x) => x.expand([2, 4, 3]) }],
  pad: [{ inputs: [[[2, 3]]], f: (x) => emit("pad", { low: [1, 0], high: [0, 2], interior: [1, 2], value: 7 }, [x]) }],
  slice: [{ inputs: [[[4, 5]]], f: (x) => x.slice([1, 0], [4, 5], [2, 3]) }],
  flip: [{ inputs: [[[2, 3]]], f: (x) => x.flip([1]) }],
  concat: [{ inputs: [[[2, 3]], [[2, 1]]], f: (a, b) => g.concat([a, b, a], 1) }],
  sliceAt: [{ inputs: [[[4, 5]], [[], I, 7]], f: (x, at) => g.sliceAt(x, at, 2, 1) }],
  updateAt: [{ inputs: [[[4, 5]], [[4, 2]], [[], I, 7]], f: (x, piece, at) => g.updateAt(x, piece, at, 1) }],
  windows: [{ inputs: [[[4, 3, 2]]], f: (x) => emit("windows", WINDOW, [x]) }],
  foldWindows: [{ inputs: [[[2, 2, 2, 2, 2]]], f: (x) => emit("foldWindows", { ...WINDOW, shape: [4, 3, 2] }, [x]) }],
  reduce: (["sum", "prod", "max", "min"] as const).map((kind) =>
    ({ inputs: [[[2, 3, 4]]], f: (x: Tensor) => emit("reduce", { kind, axes: [0, 2] }, [x]) })),
  argReduce: [{ inputs: [[[4, 3]]], f: (x) => x.argmax(0) }],
  gather: [
    { inputs: [[[2, 5, 3]], [[2, 2], I, 5]], f: (x, index) => x.take(index, 1) },
    { inputs: [[[5]], [[], I, 5]], f: (x, index) => x.take(index, 0) },
  ],
  scatter: (["set", "add", "max"] as const).map((mode) => ({
    inputs: [[[2, 5, 3]], [[2, 2], I, 5], [[2, 2, 2, 3]]] as const,
    f: (x: Tensor, index: Tensor, y: Tensor) => emit("scatter", { axis: 1, mode }, [x, index, y]),
  })),
  contract: [
    { inputs: [[[2, 3]], [[3, 4]]], f: (a, b) => a.matmul(b) },
    { inputs: [[[2, 3, 4]], [[2, 4, 5]]], f: (a, b) => a.matmul(b) },
    { inputs: [[[3]], [[3]]], f: (a, b) => g.einsum("i,i->", a, b) },
    { inputs: [[[2, 4, 6, 5]], [[4, 2, 3, 2]]], f: (x, w) => g.conv(x, w, null, { groups: 2, stride: 2, padding: 1 }) },
    { inputs: [[[2, 4, 3]], [[4, 2, 3]]], f: (x, w) => g.convTranspose(x, w, null, { stride: 2 }) },
  ],
  recurrence: [{ inputs: [[[4, 2]], [[4, 2]], [[2]]], f: (a, b, h) => g.recurrence(a, b, h, 0, { reverse: true }) }],
  scan: [{
    inputs: [[[2]], [[4, 2]], [[2, 2]]],
    f: (h, xs, w) => {
      const { carries, results } = g.scan([h], [xs], [w], ([c], [x], [m]) => {
        const next = c.matmul(m).add(x).tanh();
        return { carries: [next], results: [next.square(), x] };
      });
      return [...carries, ...results];
    },
  }],
  sort: [{ inputs: [[[4, 3]]], f: (x) => x.sort(0, true) }],
  composite: [
    { inputs: [[[4]], [[], I, 4]], f: (x, y) => g.F.crossEntropy(x.unsqueeze(0), y.unsqueeze(0)) },
    { inputs: [[[2, 4]], [[4]], [[4]]], f: (x, w, b) => g.F.layerNorm(x, [4], w, b) },
    { inputs: [[[1, 2, 3, 4]], [[1, 2, 3, 4]], [[1, 2, 3, 4]]],
      f: (q, k, v) => g.F.scaledDotProductAttention(q, k, v, { causal: true }) },
    { inputs: [[[1, 3, 4]], [[1, 3, 4]], [[1, 3, 4]]],
      f: (q, k, v) => g.F.chunkedAttention(q, k, v, { causal: true, chunk: 2 }) },
  ],
};
const NEVER = ["buffer", "constant", "iota"];

const flat = (value: Tensor | readonly Tensor[]): Tensor[] =>
  (Array.isArray(value) ? [...value as Tensor[]] : [value as Tensor]);
const example = (x: Tensor, axis: number | null, i: number): Tensor => (axis === null ? x : x.select(axis, i));
/** All ways to have examples in some of the arguments: one argument, the others, all; along the last axis too. */
function waysOf({ inputs }: Case): (number | null)[][] {
  const n = inputs.length, ways: (number | null)[][] = [inputs.map(() => 0), inputs.map(([shape]) => shape.length)];
  if (n > 1) {
    for (let k = 0; k < n; k++) {
      ways.push(inputs.map((_, i) => (i === k ? 0 : null)), inputs.map((_, i) => (i === k ? null : 0)));
    }
  }
  return ways;
}
const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number);
function close(got: readonly number[], want: readonly number[], what: string, tolerance = 1e-12): void {
  expect(got.length, what).toBe(want.length);
  const scale = Math.max(1, ...want.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
  got.forEach((value, i) => {
    if (Number.isNaN(want[i])) expect(value, what).toBeNaN();
    else if (value !== want[i]) {
      expect(Math.abs(value - want[i]), `${what} [${i}]`).toBeLessThanOrEqual(tolerance * scale);
    }
  });
}
/** Values and gradients, with fixed weights on the outputs, of vmap and of a loop. */
function compareWithLoop({ inputs, f }: Case, axes: readonly (number | null)[], tolerance = 1e-12): void {
  const leaves = inputs.map(([shape, dtype, below], i) => {
    const axis = axes[i];
    const x = random(axis === null ? shape : shape.toSpliced(axis, 0, SIZE), dtype, below);
    return isFloat(x.dtype) ? x.requiresGrad_() : x;
  });
  const loop = (...xs: Tensor[]): Tensor[] => {
    const made = Array.from({ length: SIZE }, (_, i) => flat(f(...xs.map((x, k) => example(x, axes[k], i)))));
    return made[0].map((_, k) => g.stack(made.map((ys) => ys[k])));
  };
  const together = (...xs: Tensor[]): Tensor[] => flat(vmap(f, { inAxes: axes })(...xs));
  const wanted = leaves.filter((x) => isFloat(x.dtype));
  const both = [loop, together, compile(together)].map((run) => {
    const ys = run(...leaves);
    const smooth = ys.filter((y) => y.requiresGrad);
    if (smooth.length === 0) return { ys, ds: [] };
    const total = smooth.map((y) => y.mul(g.arange(y.numel).cast(y.dtype).sin().reshape(y.shape)).sum())
      .reduce((a, b) => a.add(b));
    return { ys, ds: run === together || run === loop ? grad(total, wanted) : [] };
  });
  const [want, ...others] = both;
  for (const { ys, ds } of others) {
    ys.forEach((y, k) => {
      expect([y.shape, y.dtype]).toEqual([want.ys[k].shape, want.ys[k].dtype]);
      close(numbers(y), numbers(want.ys[k]), `output ${k} with axes ${axes.join()}`, tolerance);
    });
    ds.forEach((d, k) => {
      expect(d === null, `gradient ${k}`).toBe(want.ds[k] === null);
      if (d !== null) close(numbers(d), numbers(want.ds[k]!), `gradient ${k} with axes ${axes.join()}`, tolerance * 10);
    });
  }
}

describe("vmap gives what a loop gives, with gradients, on the reference", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  it("every primitive has cases", () => {
    const missing = Object.keys(BATCHING).filter((op) => !NEVER.includes(op) && op !== "project" && !(op in CASES));
    expect(missing).toEqual([]);
  });
  for (const [op, cases] of Object.entries(CASES)) {
    it.each(cases.map((c, i) => [i, c] as const))(`${op} %i`, (_, item) => {
      for (const axes of waysOf(item)) compareWithLoop(item, axes);
    });
  }
});

describe("vmap", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  it("goes inside itself", () => {
    const a = random([2, 3, 4]), b = random([5, 4]);
    const all = vmap((row: Tensor) => vmap((y: Tensor) => row.matmul(y))(b))(a);
    close(numbers(all), numbers(g.einsum("imk,jk->ijm", a, b)), "outer product");
  });
  it("gives gradients per example: those of a loop", () => {
    const model = new g.nn.Sequential(new g.nn.Linear(4, 5), new g.nn.Tanh(), new g.nn.Linear(5, 3));
    const parameters = model.parameters();
    const xs = random([6, 4], "f32"), ys = random([6], I);
    const each = (x: Tensor, y: Tensor): (Tensor | null)[] =>
      grad(g.F.crossEntropy(model.forward(x.unsqueeze(0)), y.unsqueeze(0)), parameters);
    for (const run of [vmap(each), compile(vmap(each))]) {
      const found = run(xs, ys);
      for (let i = 0; i < 6; i++) {
        each(xs.select(0, i), ys.select(0, i)).forEach((want, k) =>
          close(numbers(found[k]!.select(0, i)), numbers(want!), `parameter ${k} of example ${i}`, 1e-6));
      }
    }
  });
  it("is differentiated twice, and a Hessian is a vmap of gradients", () => {
    const x = random([3]).requiresGrad_();
    const [slope] = grad(x.mul(x).mul(x).sum(), [x], { createGraph: true });
    const row = (seed: Tensor): Tensor => grad(slope!, [x], { gradient: seed, retainGraph: true })[0]!;
    const hessian = vmap(row)(g.eye(3, 3, F));
    close(numbers(hessian), numbers(g.eye(3, 3, F).mul(x.mul(6))), "Hessian");
  });
  it("takes and gives lists and objects, and puts axes where they are asked for", () => {
    const pair = { left: random([2, 4]), right: [random([2, 4])] };
    const out = vmap(({ left, right }: typeof pair, factor: number) =>
      ({ sum: left.add(right[0]).mul(factor), none: null }), { inAxes: [1, null], outAxes: 1 })(pair, 2);
    expect(out.none).toBeNull();
    expect(out.sum.shape).toEqual([2, 4]);
    close(numbers(out.sum), numbers(pair.left.add(pair.right[0]).mul(2)), "sum");
  });
  it("keeps noGrad, and repeats what does not depend on the examples", () => {
    const w = random([3]).requiresGrad_(), x = random([SIZE, 3]);
    expect(noGrad(() => vmap((y: Tensor) => y.mul(w).sum())(x)).requiresGrad).toBe(false);
    const [held] = grad(vmap((y: Tensor) => noGrad(() => y.mul(w)).mul(w).sum())(x).sum(), [w]);
    close(numbers(held!), numbers(x.sum(0).mul(w)), "one factor held");
    expect(vmap((_: Tensor) => g.ones([2]))(x).shape).toEqual([SIZE, 2]);
  });
  it("a compiled function with a module's mode is traced again when it changes", () => {
    const dropout = new g.nn.Dropout(0.5);
    const run = compile(vmap((x: Tensor) => dropout.forward(x).add(1)));
    dropout.eval();
    expect(numbers(run(g.ones([2, 2])))).toEqual([2, 2, 2, 2]);
    dropout.train();
    expect(() => run(g.ones([2, 2]))).toThrow(/assigns State/);
  });
  it("says what it cannot do", () => {
    const w = g.tensor([1, 2], { requiresGrad: true });
    const x = random([SIZE, 2], "f32");
    expect(() => vmap((y: Tensor) => y.add(g.rand([2])))(x)).toThrow(/draw random numbers outside/);
    expect(() => vmap((y: Tensor) => { y.mul(w).sum().backward(); return y; })(x)).toThrow(/return grad/);
    expect(w.grad).toBeNull();
    expect(() => vmap((y: Tensor) => y)(tensor(1))).toThrow(ShapeError);
    expect(() => vmap((y: Tensor, z: Tensor) => y.add(z))(x, random([2, 2], "f32"))).toThrow(/has 2 examples/);
    expect(() => vmap((y: Tensor) => y, { inAxes: null })(x)).toThrow(UsageError);
    expect(() => vmap((y: Tensor) => y, { inAxes: [0, 0] })(x)).toThrow(/names 2 axes for 1/);
  });
  it("finds an index outside its axis, and not in the next example", () => {
    const index = tensor(new Int32Array([0, 5, 1]));
    expect(() => vmap((x: Tensor, i: Tensor) => x.take(i, 0))(random([SIZE, 5]), index).dataSync()).toThrow(/index/);
  });
});

interface Plain {
  readonly shape: readonly number[];
  readonly dtype: "f64" | "i32";
  readonly data: readonly number[];
}
interface Fixture {
  readonly name: string;
  readonly inputs: readonly Plain[];
  readonly outputs: readonly Plain[];
}
/** The gradients of every example with respect to the first arguments, which all examples share. */
const gradientsOf = (f: (...xs: Tensor[]) => Tensor, weights: number) => (...xs: Tensor[]): Tensor[] =>
  vmap((...ys: Tensor[]) => grad(f(...ys), ys.slice(0, weights)) as Tensor[],
    { inAxes: xs.map((_, i) => (i < weights ? null : 0)) })(...xs);
describe("vmap gives what torch.func.vmap gives", () => {
  beforeAll(() => setBackend(createReferenceBackend()));
  const fixtures = JSON.parse(readFileSync(
    new URL("../../../../tools/oracle/fixtures/vmap.json", import.meta.url), "utf8")) as Fixture[];
  const functions: Readonly<Record<string, (...xs: Tensor[]) => Tensor | readonly Tensor[]>> = {
    dot: vmap((a: Tensor, b: Tensor) => a.mul(b).sum()),
    matrixVector: vmap((a: Tensor, x: Tensor) => a.matmul(x), { inAxes: [null, 1], outAxes: 1 }),
    nested: (a, b) => vmap((x: Tensor) => vmap((y: Tensor) => x.sub(y).square().sum())(b))(a),
    perExampleGradients: (w, b, x, y) => vmap((row: Tensor, target: Tensor) =>
      grad(g.F.mseLoss(row.matmul(w).add(b).tanh(), target), [w, b]) as Tensor[])(x, y),
    hessian: (x) => {
      const [slope] = grad(x.sin().prod(), [x], { createGraph: true });
      return vmap((seed: Tensor) => grad(slope!, [x], { gradient: seed, retainGraph: true })[0]!)(g.eye(4, 4, F));
    },
    convolution: (x, w) => vmap((one: Tensor, kernel: Tensor) => g.conv(one.unsqueeze(0), kernel, null, { padding: 1 }),
      {})(x, w),
    softmaxGradient: vmap((x: Tensor, seed: Tensor) =>
      grad(g.F.softmax(x, -1).mul(seed).sum(), [x])[0]!),
    convolutionalGradients: gradientsOf((kernel, bias, w, image, label) => {
      const hidden = g.F.maxPool2d(g.F.relu(g.F.conv2d(image.unsqueeze(0), kernel, bias, { padding: 1 })), 2);
      return g.F.crossEntropy(hidden.flatten(1).matmul(w), label.unsqueeze(0));
    }, 3),
    attendingGradients: gradientsOf((table, norm, w, tokens, label) => {
      const x = g.F.layerNorm(g.F.embedding(tokens, table), [4], norm).unsqueeze(0);
      const y = g.F.scaledDotProductAttention(x, x, x, { causal: true }).select(0, 0);
      return g.F.crossEntropy(y.mean(0).matmul(w).unsqueeze(0), label.unsqueeze(0));
    }, 3),
    recurringGradients: gradientsOf((wx, wh, start, xs) => {
      const { carries: [h] } = g.scan([start], [xs], [wx, wh], ([before], [x], [a, b]) =>
        ({ carries: [x.matmul(a).add(before.matmul(b)).tanh()], results: [] }));
      return h.square().sum();
    }, 3),
  };
  it.each(fixtures.map((item) => [item.name, item] as const))("%s", (name, { inputs, outputs }) => {
    const given = inputs.map(({ shape, dtype, data }) => (dtype === "f64"
      ? tensor(Float64Array.from(data), { shape }).requiresGrad_() : tensor(Int32Array.from(data), { shape })));
    const made = flat(functions[name](...given));
    expect(made).toHaveLength(outputs.length);
    made.forEach((y, i) => {
      expect(y.shape).toEqual(outputs[i].shape);
      close(numbers(y), outputs[i].data, `output ${i}`, 1e-12);
    });
  });
});

describe("vmap gives what a loop gives in kernels", () => {
  beforeAll(() => setBackend(createWasmBackend({ threads: 1 })));
  const narrow = ({ inputs, f }: Case): Case => ({
    inputs: inputs.map(([shape, dtype = F, below = 3]) => [shape, dtype === F ? "f32" : dtype, below] as const), f,
  });
  it.each(["where", "pad", "sliceAt", "updateAt", "windows", "foldWindows", "reduce", "gather", "scatter", "contract",
    "recurrence", "scan", "sort", "composite"] as const)("%s", (op) => {
    for (const item of CASES[op]!) compareWithLoop(narrow(item), waysOf(item)[0], 1e-5);
  });
});
