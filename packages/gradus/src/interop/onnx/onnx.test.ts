import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import "../../tensor/tensor.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { flat } from "../../nn/oracle.fixture.ts";
import * as F from "../../nn/functional.ts";
import * as nn from "../../nn/nn.ts";
import { Module } from "../../nn/module.ts";
import { GPT, LeNet5, LSTMLanguageModel, Mamba, MLP } from "../../models/index.ts";
import { emit } from "../../ir/emit.ts";
import { logicalNot, where } from "../../ops/elementwise.ts";
import { cumsum, recurrence, scan } from "../../ops/loop.ts";
import { flip } from "../../ops/movement.ts";
import { foldWindows, windows } from "../../ops/window.ts";
import { arange, tensor } from "../../tensor/create.ts";
import { noGrad } from "../../tensor/gradient.ts";
import { manualSeed, rand, randint, randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { exportOnnx, type OnnxOptions } from "./export.ts";
import { Message } from "./protobuf.ts";
import { difference, runOnnx } from "./runtime.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

type Forward = (...inputs: Tensor[]) => unknown;
/** Exports for `inputs` and compares with what the runtime computes for `given`. */
async function agrees(
  model: Module | Forward, inputs: readonly Tensor[], options: OnnxOptions = {}, given = inputs, bound = 1e-5,
): Promise<void> {
  const file = await exportOnnx(model, inputs, options);
  const run = model instanceof Module ? (model as unknown as { forward: Forward }).forward.bind(model) : model;
  const want = noGrad(() => flat(run(...given))), found = await runOnnx(file, given);
  expect(found).toHaveLength(want.length);
  want.forEach((y, i) => { expect(difference(found[i], y), `output ${i}`).toBeLessThanOrEqual(bound); });
}
const tokens = (shape: readonly number[], high: number): Tensor => randint(0, high, shape, { dtype: "i32" });

describe("models", () => {
  const MODELS: Readonly<Record<string, () => { model: Module; input: (batch: number) => Tensor }>> = {
    mlp: () => ({ model: new MLP({ sizes: [6, 5, 4, 3] }), input: (b) => randn([b, 6]) }),
    lenet5: () => ({ model: new LeNet5(), input: (b) => randn([b, 1, 28, 28]) }),
    lstm: () => ({
      model: new LSTMLanguageModel({ vocabulary: 5, embedding: 4, hidden: 6, layers: 2 }),
      input: (b) => tokens([b, 7], 5),
    }),
    gpt: () => ({
      model: new GPT({ vocabulary: 5, block: 8, width: 16, heads: 2, layers: 2 }), input: (b) => tokens([b, 8], 5),
    }),
    mamba: () => ({
      model: new Mamba({ vocabulary: 5, width: 8, layers: 2, state: 4 }), input: (b) => tokens([b, 6], 5),
    }),
  };
  test.each(Object.keys(MODELS))("%s", async (name) => {
    manualSeed(3);
    const { model, input } = MODELS[name]();
    await agrees(model.eval(), [input(2)]);
  });
  test.each(Object.keys(MODELS))("%s with a batch of any size", async (name) => {
    manualSeed(4);
    const { model, input } = MODELS[name]();
    for (const batch of [1, 3]) await agrees(model.eval(), [input(2)], { dynamicBatch: true }, [input(batch)]);
  });
});

describe("a batch of any size", () => {
  const LAYERS: Readonly<Record<string, () => readonly [Module, number[]]>> = {
    "convolutions": () => [new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: 1, groups: 2 }), new nn.BatchNorm2d(4), new nn.ReLU(), new nn.MaxPool2d(2),
      new nn.ConvTranspose2d(4, 2, 3, { stride: 2 }), new nn.Flatten(), new nn.Linear(162, 3),
    ), [2, 8, 8]],
    "groups and positions": () => [new nn.Sequential(new nn.GroupNorm(2, 4), new nn.AdaptiveAvgPool2d(2)), [4, 5, 5]],
    "an encoder layer": () => [
      new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true }), [5, 8]],
    "a recurrent layer": () => [new nn.GRU(3, 4, { batchFirst: true, bidirectional: true }), [6, 3]],
  };
  test.each(Object.keys(LAYERS))("%s", async (name) => {
    manualSeed(5);
    const [model, shape] = LAYERS[name]();
    for (const batch of [1, 4]) {
      await agrees(model.eval(), [randn([2, ...shape])], { dynamicBatch: true }, [randn([batch, ...shape])]);
    }
  });
  test("that the program depends on is refused", async () => {
    await expect(exportOnnx((x: Tensor) => x.mul(x.shape[0] > 6 ? x : 2), [randn([2, 3])], { dynamicBatch: true }))
      .rejects.toThrow(/the program itself depends on the size of the batch/);
    await expect(exportOnnx((x: Tensor) => x.mul(2), [tensor(1)], { dynamicBatch: true }))
      .rejects.toThrow(/first axis/);
  });
});

describe("primitives", () => {
  const x = (): Tensor => tensor([[0.5, -1.25, 3, 2e-4], [-0.25, 2.5, -3.75, -1e-5]]);
  const y = (): Tensor => tensor([[2, 0.75, -1.5, 3], [-1, -2.5, 1.25, 0.5]]);
  const i = (): Tensor => tensor([[7, -7, 3, 12], [-5, 2, 9, -1]], { dtype: "i32" });
  const j = (): Tensor => tensor([[2, 3, -2, 5], [4, -3, 1, 7]], { dtype: "i32" });
  const byte = (): Tensor => tensor([3, 250, 17, 128], { dtype: "u8" });
  const PROGRAMS: Readonly<Record<string, readonly [Forward, readonly (() => Tensor)[]]>> = {
    "functions of a real number": [(a) => [a.neg(), a.abs(), a.sign(), a.floor(), a.ceil(), a.round(), a.trunc(),
      a.exp(), a.expm1(), a.sin(), a.cos(), a.tanh(), a.sigmoid(), a.erf(), a.abs().sqrt(), a.reciprocal(),
      a.abs().log(), a.abs().log1p()], [x]],
    "arithmetic": [(a, b) => [a.add(b), a.sub(b), a.mul(b), a.div(b), a.abs().pow(b), a.maximum(b), a.minimum(b),
      a.remainder(b)], [x, y]],
    "integers": [(a, b) => [a.add(b), a.sub(b), a.mul(b), a.div(b), a.maximum(b), a.minimum(b), a.remainder(b),
      a.bitAnd(b), a.bitOr(b), a.bitXor(b), a.shiftLeft(b.bitAnd(7)), a.shiftRight(b.bitAnd(7)), a.sum(1), a.amax(0),
      a.prod(1)], [i, j]],
    "comparisons": [(a, b) => [a.eq(b), a.ne(b), a.lt(b), a.le(b), a.gt(b), a.ge(b), logicalNot(a.lt(b)),
      a.lt(0).bitAnd(b.lt(0)), a.lt(0).bitXor(b.lt(0)), where(a.lt(b), a, 0)], [x, y]],
    "small integers": [(a) => [a.add(10), a.mul(3), a.gt(100), a.cast("f32"), a.cast("i8"), a.cast("u32").sub(200)],
      [byte]],
    "casts": [(a) => [a.cast("i32"), a.cast("bool"), a.cast("f64").mul(2), a.cast("f16").cast("f32")], [x]],
    "movement": [(a) => [a.permute([1, 0]), a.reshape([4, 2]).reshape([8]), flip(a, [0, 1]), a.slice([0, 1], [2, 4]),
      emit("slice", { start: [0, 0], stop: [2, 4], step: [1, 3] }, [a]),
      emit("pad", { low: [1, 0], high: [0, 2], interior: [0, 1], value: 7 }, [a]),
      emit("concat", { axis: 1 }, [a, a]), emit("expand", { shape: [3, 2, 4] }, [a.reshape([1, 2, 4])])], [x]],
    "pieces at a place": [(a, at) => [emit("sliceAt", { axis: 1, size: 2 }, [a, at.select(0, 0)]),
      emit("updateAt", { axis: 1 }, [a, a.slice([0, 0], [2, 2]), at.select(0, 1)])],
    [x, () => tensor([3, 1], { dtype: "i32" })]],
    "windows": [(a) => {
      const params = { axes: [0, 1], size: [2, 3], stride: [1, 2], dilation: [1, 2] };
      const found = windows(a, params);
      return [found, foldWindows(found.mul(2), params, [4, 9])];
    }, [() => randn([4, 9])]],
    "positions": [(a) => {
      const [values, places] = [...emitSort(a, false), ...emitSort(a, true)];
      return [values, places, a.argmax(1), a.argmin(0), a.amin(1), ...emitSort(a.round(), true)];
    }, [x]],
    "gather and scatter": [(a, at) => [emit("gather", { axis: 1 }, [a, at]),
      emit("scatter", { axis: 1, mode: "add" }, [a, at, emit("gather", { axis: 1 }, [a, at])]),
      emit("scatter", { axis: 1, mode: "max" }, [a, at, emit("gather", { axis: 1 }, [a.neg(), at])]),
      emit("scatter", { axis: 1, mode: "set" }, [a, at.select(0, 1), a.slice([0, 0], [2, 2])])],
    [x, () => tensor([[0, 3], [2, 0]], { dtype: "i32" })]],
    "products": [(a, b) => [a.matmul(b.permute([1, 0])), a.permute([1, 0]).matmul(b), F.bilinear(a, b,
      tensor(Float32Array.from({ length: 48 }, (_, n) => Math.sin(n)), { shape: [3, 4, 4] }))], [x, y]],
    "loops": [(a, b) => [cumsum(a, 1), recurrence(a, b, null, 1),
      recurrence(a, b, b.select(0, 1), 0, { reverse: true }),
      ...Object.values(scan([b.select(0, 0)], [a], [b], ([h], [row], [all]) => {
        const next = h.mul(0.5).add(row).add(all.sum(0));
        return { carries: [next], results: [F.softmax(next), h] };
      }, { reverse: true })).flat(),
      ...scan([b.select(0, 0)], [], [], ([h]) => ({ carries: [h.mul(2)], results: [h] }), { length: 3 }).results],
    [x, y]],
    "an input, a constant and a number line": [(a) => [a, tensor([1, 2]), arange(5).mul(2)], [x]],
  };
  const emitSort = (a: Tensor, descending: boolean): Tensor[] => {
    const node = emit("sort", { axis: 1, descending }, [a]);
    return [0, 1].map((index) => emit("project", { index }, [node]));
  };
  test.each(Object.keys(PROGRAMS))("%s", async (name) => {
    manualSeed(6);
    const [program, inputs] = PROGRAMS[name];
    await agrees(program, inputs.map((make) => make()), {}, undefined, 2e-6);
  });
});

describe("files", () => {
  test("keep the keys of the state dict, and the operators that ONNX has", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.GELU(), new nn.LayerNorm([4]), new nn.Softmax());
    const text = new TextDecoder("latin1").decode(await exportOnnx(model.eval(), [randn([2, 3])]));
    for (const name of ["0.weight", "0.bias", "2.weight", "Gelu", "LayerNormalization", "Softmax", "MatMul"]) {
      expect(text).toContain(name);
    }
    expect(text).not.toContain("Erf");
  });
  test("are the same each time", async () => {
    const model = new nn.Sequential(new nn.Conv1d(2, 3, 3), new nn.Mish()).eval(), input = randn([1, 2, 8]);
    expect(await exportOnnx(model, [input])).toEqual(await exportOnnx(model, [input]));
  });
  test("say what cannot be written, and where", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 3), new nn.Sequential(new nn.ReLU(), new nn.Dropout(0.5)));
    await expect(exportOnnx(model, [randn([2, 3])]))
      .rejects.toThrow(/call eval\(\) on the model.* \(operation \w+ in layer "1\.1", Dropout\)/);
    await expect(exportOnnx(new nn.Dropout(0.5), [randn([2, 3])])).rejects.toThrow(/in the model, Dropout\)/);
    await expect(exportOnnx((x: Tensor) => emit("bitcast", { dtype: "i32" }, [x]), [rand([2])]))
      .rejects.toThrow(/reads the bits .* \(operation bitcast\)/);
    await expect(exportOnnx((x: Tensor) => x, [rand([2])], { outputNames: ["a", "b"] })).rejects.toThrow(/1 outputs/);
  });
  test("are written as protocol buffers", () => {
    const inner = new Message().text(2, "hi");
    const bytes = new Message().int(1, 300).int(3, -1).float(4, 1).message(5, inner).toBytes();
    expect([...bytes]).toEqual([
      0x08, 0xac, 0x02, 0x18, ...new Array<number>(9).fill(0xff), 0x01, 0x25, 0, 0, 0x80, 0x3f, 0x2a, 4, 0x12, 2, 0x68,
      0x69,
    ]);
  });
});
