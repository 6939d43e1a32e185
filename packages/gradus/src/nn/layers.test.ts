import { beforeAll, describe, expect, test } from "vitest";
import "../index.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { ones } from "../ops/create.ts";
import { tensor } from "../tensor/create.ts";
import { Generator, manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import * as F from "./functional.ts";
import type { Layer } from "./module.ts";
import * as nn from "./nn.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const numbers = (x: Tensor): number[] => [...x.dataSync()];
const spread = (x: Tensor): { mean: number; std: number; most: number } => {
  const all = numbers(x), mean = all.reduce((a, b) => a + b, 0) / all.length;
  return {
    mean, std: Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length),
    most: Math.max(...all.map(Math.abs)),
  };
};

describe("activations as layers do what the functions do", () => {
  const x = (): Tensor => tensor([[-2, -0.5, 0.5, 4]]);
  const pairs: [Layer, (x: Tensor) => Tensor, string][] = [
    [new nn.ReLU(), F.relu, "ReLU()"], [new nn.ReLU6(), F.relu6, "ReLU6()"], [new nn.Sigmoid(), F.sigmoid, "Sigmoid()"],
    [new nn.Tanh(), F.tanh, "Tanh()"], [new nn.SiLU(), F.silu, "SiLU()"], [new nn.Mish(), F.mish, "Mish()"],
    [new nn.SELU(), F.selu, "SELU()"], [new nn.Hardswish(), F.hardswish, "Hardswish()"],
    [new nn.Hardsigmoid(), F.hardSigmoid, "Hardsigmoid()"], [new nn.Softsign(), F.softsign, "Softsign()"],
    [new nn.LogSigmoid(), F.logSigmoid, "LogSigmoid()"],
    [new nn.LeakyReLU(0.2), (y) => F.leakyRelu(y, 0.2), "LeakyReLU(slope=0.2)"],
    [new nn.ELU(2), (y) => F.elu(y, 2), "ELU(a=2)"], [new nn.Softplus(3), (y) => F.softplus(y, 3), "Softplus(beta=3)"],
    [new nn.GELU({ approximate: "tanh" }), (y) => F.gelu(y, "tanh"), "GELU(approximate=tanh)"],
    [new nn.GLU(), F.glu, "GLU(axis=-1)"], [new nn.Softmax(), F.softmax, "Softmax(axis=-1)"],
    [new nn.LogSoftmax(0), (y) => F.logSoftmax(y, 0), "LogSoftmax(axis=0)"],
  ];
  for (const [layer, f, name] of pairs) {
    test(name, () => {
      expect(String(layer)).toBe(name);
      expect(numbers(layer.forward(x()))).toEqual(numbers(f(x())));
    });
  }
});

describe("first values", () => {
  test("are drawn as in PyTorch: Linear and Conv within 1 / sqrt(fanIn), recurrent within 1 / sqrt(hidden)", () => {
    manualSeed(1);
    const within = (x: Tensor, bound: number): void => {
      const { mean, std, most } = spread(x);
      expect(most).toBeLessThanOrEqual(bound);
      expect(most).toBeGreaterThan(0.9 * bound);
      expect(Math.abs(std / (bound / Math.sqrt(3)) - 1)).toBeLessThan(0.1);
      expect(Math.abs(mean)).toBeLessThan(0.1 * bound);
    };
    within(new nn.Linear(64, 50).weight, 1 / 8);
    within(new nn.Linear(64, 500).bias!, 1 / 8);
    within(new nn.Conv2d(4, 40, 4).weight, 1 / 8);
    within(new nn.LSTM(3, 16).namedParameters()[1][1], 1 / 4);
    const mha = new nn.MultiheadAttention(24, 2);
    within(mha.in_proj_weight!, Math.sqrt(6 / 96));
    expect(numbers(mha.out_proj.bias!).every((b) => b === 0)).toBe(true);
    const { std } = spread(new nn.Embedding(100, 20).weight);
    expect(Math.abs(std - 1)).toBeLessThan(0.05);
    expect(numbers(new nn.Embedding(3, 2, { paddingIndex: 1 }).weight).slice(2, 4)).toEqual([0, 0]);
  });
  test("init functions have the spread that their formulas say", () => {
    const shape = [60, 50], generator = new Generator(3);
    const near = (x: Tensor, std: number): void => { expect(Math.abs(spread(x).std / std - 1)).toBeLessThan(0.05); };
    near(nn.init.kaimingNormal(shape, { mode: "fanOut", nonlinearity: "relu", generator }), Math.sqrt(2 / 60));
    near(nn.init.kaimingUniform(shape, { nonlinearity: "linear", generator }), Math.sqrt(1 / 50));
    near(nn.init.xavierNormal(shape, 2, { generator }), 2 * Math.sqrt(2 / 110));
    near(nn.init.xavierUniform(shape, 1, { generator }), Math.sqrt(2 / 110));
    near(nn.init.normal(shape, 5, 0.3, { generator }), 0.3);
    const cut = spread(nn.init.truncNormal(shape, 1, 0.5, 0.5, 1.5, { generator }));
    // A standard normal cut at one deviation has deviation 0.5397.
    expect(Math.abs(cut.std / 0.5 - 0.5397)).toBeLessThan(0.02);
    expect([cut.most <= 1.5, Math.abs(cut.mean - 1) < 0.02]).toEqual([true, true]);
    expect(nn.init.calculateGain("tanh")).toBeCloseTo(5 / 3, 12);
    expect(() => nn.init.kaimingNormal([3])).toThrow(/two axes/);
  });
  test("a generator repeats the same values", () => {
    const draw = (): number[] => numbers(nn.init.normal([5], 0, 1, { generator: new Generator(9) }));
    expect(draw()).toEqual(draw());
  });
});

describe("batch norm", () => {
  test("a compiled step moves the running averages in every call, and eval() stops it", () => {
    const layer = new nn.BatchNorm1d(1), run = compile((x: Tensor) => layer.forward(x));
    const x = tensor([[1], [3]]);
    run(x);
    run(x);
    expect(layer.running_mean!.itemSync()).toBeCloseTo(2 * 0.19, 6);
    expect(layer.num_batches_tracked!.itemSync()).toBe(2);
    layer.eval();
    expect(numbers(run(x))[0]).toBeCloseTo((1 - 0.38) / Math.sqrt(layer.running_var!.itemSync() + 1e-5), 5);
    expect(layer.num_batches_tracked!.itemSync()).toBe(2);
  });
});

describe("wrong use is explained", () => {
  const cases: [string, () => unknown, RegExp][] = [
    ["groups", () => new nn.Conv2d(3, 4, 3, { groups: 2 }), /2 groups do not divide 3 and 4 channels/],
    ["same with a stride", () => new nn.Conv1d(1, 1, 3, { padding: "same", stride: 2 }), /needs a stride of 1/],
    ["batch norm channels", () => new nn.BatchNorm2d(3).forward(ones([1, 2, 2, 2])), /\(3\): the input is \[1, 2/],
    ["recurrent input", () => new nn.GRU(3, 4).forward(ones([2, 5])), /GRU: the input is \[2, 5\]; it needs 3 axes/],
    ["recurrent state", () => new nn.RNN(3, 4).forward(ones([2, 1, 3]), ones([1, 2, 4])), /should be \[1, 1, 4\]/],
    ["heads", () => new nn.MultiheadAttention(5, 2), /2 heads do not divide a width of 5/],
    ["attention width", () => {
      const x = ones([1, 2, 3]);
      new nn.MultiheadAttention(4, 2).forward(x, x, x);
    }, /width of 4/],
  ];
  for (const [name, act, message] of cases) test(name, () => { expect(act).toThrow(message); });
  test("attention needs equal widths", () => {
    expect(() => F.scaledDotProductAttention(ones([2, 3]), ones([2, 4]), ones([2, 4]))).toThrow(UsageError);
  });
});

test("attention drops weights while training only", () => {
  const layer = new nn.MultiheadAttention(4, 2, { dropout: 0.9, batchFirst: true });
  const x = tensor([[[1, 0, 2, 1], [0, 1, 1, 3], [2, 2, 0, 1]]]);
  const [whole] = layer.eval().forward(x, x, x);
  const [, weights] = layer.train().forward(x, x, x, { needWeights: true });
  expect(numbers(layer.forward(x, x, x)[0])).not.toEqual(numbers(whole));
  expect(numbers(weights!).some((w) => w === 0)).toBe(true);
});
