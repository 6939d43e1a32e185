import { describe, expect, test } from "vitest";
import "../index.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { Generator } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Conv2d } from "./conv.ts";
import * as init from "./init.ts";
import { tensor } from "../tensor/create.ts";

setBackend(createReferenceBackend());

const SHAPE = [96, 100], COUNT = 9600;
function moments(x: Tensor): { mean: number; std: number; low: number; high: number } {
  const all = [...x.dataSync()], mean = all.reduce((a, b) => a + b, 0) / all.length;
  return {
    mean, std: Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length),
    low: Math.min(...all), high: Math.max(...all),
  };
}

describe("mean and deviation are those of the formula", () => {
  const generator = new Generator(11), g = { generator };
  /** A standard normal cut at [-1, 2]: mean and deviation from its density and distribution function. */
  const phi = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  const mass = 0.9772498680518208 - 0.15865525393145707, cutMean = (phi(-1) - phi(2)) / mass;
  const cutVariance = 1 + (-phi(-1) - 2 * phi(2)) / mass - cutMean ** 2;
  const cases: Record<string, [() => Tensor, mean: number, std: number]> = {
    uniform: [() => init.uniform(SHAPE, -1, 3, g), 1, 4 / Math.sqrt(12)],
    normal: [() => init.normal(SHAPE, 2, 0.5, g), 2, 0.5],
    truncNormal: [() => init.truncNormal(SHAPE, 0, 1, -1, 2, g), cutMean, Math.sqrt(cutVariance)],
    xavierUniform: [() => init.xavierUniform(SHAPE, 2, g), 0, 2 * Math.sqrt(2 / 196)],
    xavierNormal: [() => init.xavierNormal(SHAPE, 1, g), 0, Math.sqrt(2 / 196)],
    "kaimingUniform, leaky": [() => init.kaimingUniform(SHAPE, { a: 0.5, ...g }), 0, Math.sqrt(2 / 1.25 / 100)],
    "kaimingNormal, backwards": [() => init.kaimingNormal(SHAPE, { mode: "fanOut", nonlinearity: "tanh", ...g }), 0,
      5 / 3 / Math.sqrt(96)],
    orthogonal: [() => init.orthogonal(SHAPE, 1, g), 0, 1 / 10],
  };
  for (const [name, [make, mean, std]] of Object.entries(cases)) {
    test(name, () => {
      const found = moments(make());
      // Four standard errors of the mean, and of the deviation of something normal.
      expect(Math.abs(found.mean - mean)).toBeLessThan(4 * std / Math.sqrt(COUNT));
      expect(Math.abs(found.std / std - 1)).toBeLessThan(4 / Math.sqrt(2 * COUNT));
    });
  }
  test("bounds", () => {
    const { low, high } = moments(init.uniform(SHAPE, -1, 3, g));
    expect([low >= -1, high < 3]).toEqual([true, true]);
    const cut = moments(init.truncNormal(SHAPE, 0, 1, -1, 2, g));
    expect([cut.low >= -1, cut.high <= 2]).toEqual([true, true]);
  });
});

test("gains", () => {
  expect(init.calculateGain("conv2d")).toBe(1);
  expect(init.calculateGain("relu")).toBe(Math.SQRT2);
  expect(init.calculateGain("leakyRelu", 0.2)).toBeCloseTo(Math.sqrt(2 / 1.04), 12);
  expect(init.calculateGain("selu")).toBe(0.75);
});

describe("orthogonal: the fewer of rows and columns are orthonormal", () => {
  for (const shape of [[40, 40], [5, 30], [30, 5], [4, 3, 2, 2]]) {
    test(shape.join(" x "), () => {
      const q = init.orthogonal(shape, 3, { generator: new Generator(5) }).reshape([shape[0], -1]);
      const gram = q.shape[0] <= q.shape[1] ? q.matmul(q.transpose()) : q.transpose().matmul(q);
      const n = gram.shape[0];
      expect(gram.shape).toEqual([n, n]);
      [...gram.dataSync()].forEach((value, i) => {
        expect(Math.abs(value - (i % (n + 1) === 0 ? 9 : 0))).toBeLessThan(1e-4);
      });
    });
  }
});

test("sparse: as many zeros in each column as asked for, rounded up, in different places", () => {
  const x = init.sparse([10, 200], 0.25, 0.5, { generator: new Generator(2) });
  const zeros = x.eq(0).to("i32");
  expect(new Set(zeros.sum(0).dataSync())).toEqual(new Set([3]));
  expect(Math.min(...zeros.sum(1).dataSync())).toBeGreaterThan(30);
  expect(Math.abs(Math.sqrt(x.square().sum().itemSync() / 1400) / 0.5 - 1)).toBeLessThan(4 / Math.sqrt(2 * 1400));
});

describe("eye, dirac and constants", () => {
  test("eye", () => {
    expect(init.eye([2, 3]).arraySync()).toEqual([[1, 0, 0], [0, 1, 0]]);
    expect(init.constant([2], 7).arraySync()).toEqual([7, 7]);
    expect(() => init.eye([3])).toThrow(/two axes/);
  });
  test("a dirac convolution passes on its input, in each group", () => {
    const layer = new Conv2d(4, 4, 3, { padding: 1, bias: false, groups: 2 });
    layer.weight.assign(init.dirac(layer.weight.shape, 2));
    const x = tensor(Float32Array.from({ length: 36 }, (_, i) => i), { shape: [1, 4, 3, 3] });
    expect(layer.forward(x).arraySync()).toEqual(x.arraySync());
    expect(() => init.dirac([3, 2], 1)).toThrow(/no convolution/);
  });
});
