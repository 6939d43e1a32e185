import { describe, expect, test } from "vitest";
import "../index.ts";
import { gradcheck, type TensorFunction } from "../autograd/gradcheck.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { currentBackend, setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { iota, ones } from "../ops/create.ts";
import { add, mul, sin } from "../ops/elementwise.ts";
import { tensor } from "../tensor/create.ts";
import { Generator, manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import type { Layer } from "./module.ts";
import * as nn from "./nn.ts";

setBackend(createReferenceBackend());

/** Smooth numbers without pattern or ties. */
const some = (shape: readonly number[], seed = 1, dtype: "f32" | "f64" = "f32"): Tensor =>
  sin(add(mul(iota(shape.reduce((a, b) => a * b, 1), dtype), 1.7 + seed / 9), seed)).reshape(shape);
const numbers = (x: Tensor): number[] => [...x.dataSync()];

describe("gradients are derivatives, to second order", () => {
  const cases: Record<string, [TensorFunction, ...Tensor[]]> = {
    "pad by reflection": [(x) => F.pad(x, [2, 1, 1, 0], { mode: "reflect" }), some([1, 3, 4], 1, "f64")],
    "pad in a circle": [(x) => F.pad(x, [2, 1], { mode: "circular" }), some([2, 4], 1, "f64")],
    "conv1d, same": [(x, w) => F.conv1d(x, w, null, { padding: "same" }), some([1, 2, 5], 1, "f64"),
      some([2, 2, 4], 2, "f64")],
    "maxPool with ceilMode": [(x) => F.maxPool1d(x, 2, { stride: 3, ceilMode: true }), some([1, 2, 7], 1, "f64")],
    "avgPool with edges": [(x) => F.avgPool1d(x, 3, { padding: 1, countIncludePad: false }), some([1, 1, 7], 1, "f64")],
    lpPool: [(x) => F.lpPool1d(x.square(), 3, 2), some([1, 1, 6], 1, "f64")],
    adaptiveMaxPool: [(x) => F.adaptiveMaxPool1d(x, 3), some([1, 2, 7], 1, "f64")],
    bicubic: [(x) => F.interpolate(x, { size: [4, 5], mode: "bicubic" }), some([1, 1, 3, 3], 1, "f64")],
    gridSample: [(x, grid) => F.gridSample(x, grid, { paddingMode: "reflection" }), some([1, 2, 3, 4], 1, "f64"),
      some([1, 2, 2, 2], 5, "f64")],
    fold: [(x) => F.fold(x, 3, 2), some([1, 4, 4], 1, "f64")],
    localResponseNorm: [(x) => F.localResponseNorm(x, 3, { alpha: 1 }), some([1, 4, 2], 1, "f64")],
    instanceNorm: [(x, w, b) => F.instanceNormTraining(x, w, b, 0.1).result, some([2, 2, 4], 1, "f64"),
      some([2], 2, "f64"), some([2], 3, "f64")],
    celu: [(x) => F.celu(x, 1.5), some([5], 1, "f64")],
    pairwiseDistance: [(a, b) => F.pairwiseDistance(a, b, { p: 3 }), some([2, 3], 1, "f64"), some([2, 3], 2, "f64")],
  };
  for (const [name, [f, ...inputs]] of Object.entries(cases)) {
    test(name, async () => { await gradcheck(f, inputs, { order: 2, elements: 10, tolerance: 1e-5 }); });
  }
});

describe("compiled on wasm, layers give what they give eagerly, with their gradients and buffers", () => {
  const square = [2, 4, 6, 6];
  const cases: [name: string, make: () => Layer, shape: readonly number[]][] = [
    ["Conv2d, circular", () => new nn.Conv2d(4, 3, 3, { padding: 1, paddingMode: "circular" }), square],
    ["ConvTranspose3d", () => new nn.ConvTranspose3d(2, 3, 2, { stride: 2, outputPadding: 1 }), [1, 2, 2, 3, 2]],
    ["Conv1d with weight norm", () => nn.weightNorm(new nn.Conv1d(4, 4, 3, { padding: "same" })), [2, 4, 7]],
    ["Linear with spectral norm", () => nn.spectralNorm(new nn.Linear(6, 5)), [3, 6]],
    ["ReflectionPad2d", () => new nn.ReflectionPad2d([1, 2, 2, 1]), square],
    ["MaxPool2d", () => new nn.MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }), square],
    ["AvgPool3d", () => new nn.AvgPool3d(2, { ceilMode: true, padding: 1, countIncludePad: false }), [1, 2, 3, 3, 3]],
    ["LPPool2d", () => new nn.LPPool2d(2, 2), square],
    ["AdaptiveMaxPool2d", () => new nn.AdaptiveMaxPool2d([4, 5]), square],
    ["AdaptiveAvgPool2d", () => new nn.AdaptiveAvgPool2d([4, 5]), square],
    ["Upsample, nearest", () => new nn.Upsample({ scaleFactor: 1.5 }), square],
    ["Upsample, bicubic", () => new nn.Upsample({ size: [9, 4], mode: "bicubic" }), square],
    ["PixelShuffle", () => new nn.PixelShuffle(2), square],
    ["Unfold and Fold", () => new nn.Sequential(new nn.Unfold(2), new nn.Fold(6, 2)), square],
    ["InstanceNorm2d", () => new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }), square],
    ["BatchNorm3d", () => new nn.BatchNorm3d(2), [3, 2, 2, 2, 2]],
    ["LocalResponseNorm", () => new nn.LocalResponseNorm(3, { alpha: 1 }), square],
    ["SwiGLU", () => new nn.SwiGLU(6, 8), [3, 6]],
    ["Softshrink and CELU", () => new nn.Sequential(new nn.Softshrink(0.2), new nn.CELU(2)), square],
  ];
  const close = (a: readonly number[], b: readonly number[], what: string): void => {
    const largest = Math.max(1, ...b.map(Math.abs));
    expect(Math.max(0, ...a.map((value, i) => Math.abs(value - b[i]))), what).toBeLessThan(1e-5 * largest);
  };
  /** Result, gradients of input and parameters, and buffers after a step in training. */
  function step(layer: Layer, x: Tensor, run: <R>(body: () => R) => () => R): number[][] {
    const seed = some([1], 3);
    const made = run(() => {
      x.grad = null;
      layer.zeroGrad();
      const y = layer.forward(x);
      y.mul(some(y.shape, 7)).add(seed).sum().backward();
      return [y, x.grad!, ...layer.parameters().map((p) => p.grad!)].map((value) => value.mul(1));
    })();
    return [...made, ...layer.buffers()].map(numbers);
  }
  for (const [name, make, shape] of cases) {
    test(name, () => {
      const backends = [createReferenceBackend(), createWasmBackend({ threads: 1 })];
      const [eager, compiled] = backends.map((backend, i) => {
        setBackend(backend);
        manualSeed(9);
        const layer = make();
        const record = Object.fromEntries(Object.entries(layer.stateDict()).map(([key, value], k) =>
          [key, value.dtype === "f32" ? some(value.shape, k + 2).square().add(0.1) : value]));
        layer.loadStateDict(record);
        return step(layer, some(shape).requiresGrad_(), i === 0 ? (body) => body : (body) => compile(body));
      });
      expect(currentBackend().name).toBe("wasm");
      setBackend(createReferenceBackend());
      expect(compiled).toHaveLength(eager.length);
      eager.forEach((want, i) => { close(compiled[i], want, `${name}, value ${i}`); });
    });
  }
});

describe("dropout of all kinds", () => {
  const options = (): { generator: Generator } => ({ generator: new Generator(3) });
  const moments = (all: readonly number[]): [mean: number, std: number] => {
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    return [mean, Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length)];
  };
  test("alpha dropout keeps mean 0 and variance 1, and drops to one value", () => {
    manualSeed(6);
    const x = nn.init.normal([20000]), y = numbers(new nn.AlphaDropout(0.3, options()).forward(x));
    const [mean, std] = moments(y);
    expect([Math.abs(mean) < 0.03, Math.abs(std - 1) < 0.03]).toEqual([true, true]);
    const counts = new Map<number, number>();
    for (const value of y) counts.set(value, (counts.get(value) ?? 0) + 1);
    expect(Math.abs(Math.max(...counts.values()) / y.length - 0.3)).toBeLessThan(0.02);
  });
  test("channels go together, where a batch axis is left out too", () => {
    const whole = (layer: Layer, shape: readonly number[], channels: number): void => {
      const rows = layer.forward(ones(shape)).reshape([channels, -1]);
      const kinds = Array.from({ length: channels }, (_, i) => new Set(numbers(rows.select(0, i))));
      expect(kinds.every((kind) => kind.size === 1)).toBe(true);
      expect(new Set(kinds.map((kind) => [...kind][0])).size).toBe(2);
    };
    whole(new nn.Dropout1d(0.5, options()), [16, 3], 16);
    whole(new nn.Dropout1d(0.5, options()), [4, 8, 3], 32);
    whole(new nn.Dropout2d(0.5, options()), [4, 8, 3, 2], 32);
    whole(new nn.Dropout3d(0.5, options()), [16, 2, 2, 2], 16);
    whole(new nn.FeatureAlphaDropout(0.5, options()), [4, 8, 3], 32);
  });
  test("drop path drops samples, or the whole batch", () => {
    const rows = numbers(new nn.DropPath(0.25, "row", options()).forward(ones([400, 1, 2])).sum([1, 2]));
    expect(new Set(rows.map((value) => value.toFixed(4)))).toEqual(new Set(["0.0000", (8 / 3).toFixed(4)]));
    expect(Math.abs(rows.filter((value) => value === 0).length / 400 - 0.25)).toBeLessThan(0.07);
    const batch = new nn.DropPath(0.5, "batch", options());
    const seen = Array.from({ length: 20 }, () => new Set(numbers(batch.forward(ones([8])))));
    expect(seen.every((kind) => kind.size === 1)).toBe(true);
    expect(new Set(seen.map((kind) => [...kind][0]))).toEqual(new Set([0, 2]));
    expect(batch.eval().forward(ones([8])).sum().itemSync()).toBe(8);
  });
  test("slopes of RReLU lie between their bounds while training", () => {
    const y = numbers(new nn.RReLU(0.2, 0.4, options()).forward(mul(ones([5000]), -1)));
    expect([Math.min(...y) >= -0.4, Math.max(...y) <= -0.2]).toEqual([true, true]);
    expect(Math.abs(moments(y)[0] + 0.3)).toBeLessThan(0.005);
  });
});

test("pooling and unpooling, and indices where equals meet", () => {
  const x = tensor([[[[1, 3, 2, 3], [3, 0, 5, 1]]]]);
  const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true }).forward(x);
  expect([values.arraySync(), indices.arraySync()]).toEqual([[[[[3, 5]]]], [[[[1, 6]]]]]);
  expect(new nn.MaxUnpool2d(2).forward(values, indices).arraySync()).toEqual([[[[0, 3, 0, 0], [0, 0, 5, 0]]]]);
  expect(F.lpPool1d(x.select(2, 0), Infinity, 2).arraySync()).toEqual([[[3, 3]]]);
});

test("an image turned by a grid", () => {
  const turn = tensor([[[0, 1, 0], [-1, 0, 0]]]), x = tensor([[[[1, 2], [3, 4]]]]);
  const y = F.gridSample(x, F.affineGrid(turn, [1, 1, 2, 2]));
  expect(numbers(y).map((value) => Math.round(value))).toEqual([3, 1, 4, 2]);
});

describe("layers say what they are, and what is wrong", () => {
  const texts: [Layer, string][] = [
    [new nn.Conv2d(2, 4, 3, { padding: "same", paddingMode: "reflect", dilation: 2, groups: 2, bias: false }),
      "Conv2d(2, 4, kernelSize=[3, 3], stride=[1, 1], padding=same, paddingMode=reflect, dilation=[2, 2], groups=2, " +
      "bias=false)"],
    [new nn.ConvTranspose1d(2, 1, 3, { outputPadding: 1, stride: 2 }),
      "ConvTranspose1d(2, 1, kernelSize=[3], stride=[2], padding=[0], outputPadding=[1])"],
    [new nn.ConstantPad1d(2, 1.5), "ConstantPad1d([2, 2], value=1.5)"],
    [new nn.Upsample({ size: [2, 3], mode: "bilinear" }), "Upsample(size=[2, 3], mode=bilinear)"],
    [new nn.LPPool1d(2, 3), "LPPool1d(p=2, kernelSize=3, stride=3, padding=0)"],
    [new nn.Threshold(1, 2), "Threshold(limit=1, value=2)"], [new nn.DropPath(0.1), "DropPath(p=0.1, mode=row)"],
  ];
  for (const [layer, text] of texts) test(text, () => { expect(String(layer)).toBe(text); });
  const x = ones([1, 2, 3, 3]);
  const wrong: [string, () => unknown, RegExp][] = [
    ["mirror", () => F.pad(x, [3, 0], { mode: "reflect" }), /3 cells in mode "reflect" need a longer .* at most 2/],
    ["sizes", () => new nn.Conv2d(1, 1, [3]), /Conv2d: \[3\] is not one size for each of 2 spatial axes/],
    ["strides", () => F.maxPool2d(x, 2, { stride: [1, 1, 1] }), /maxPool2d: \[1, 1, 1\] is not one size/],
    ["odd padding", () => F.pad(x, [1]), /not a \(low, high\) pair/],
    ["padding layer", () => new nn.ZeroPad2d([1, 2]), /one number or 4/],
    ["window", () => F.avgPool2d(x, 4), /window of \[4, 4\] does not fit an input of \[3, 3\]/],
    ["scale and size", () => F.interpolate(x, {}), /either size or scaleFactor/],
    ["mode", () => F.interpolate(x, { size: 2, mode: "linear" }), /interpolate \(linear\): .* needs 3 axes/],
    ["corners", () => F.interpolate(x, { size: 2, alignCorners: true }), /means nothing in mode "nearest"/],
    ["grid", () => F.gridSample(x, ones([1, 2, 2, 3])), /must be \(batch, ...positions, 2\)/],
    ["theta", () => F.affineGrid(ones([1, 2, 2]), [1, 1, 2, 2]), /must be \[1, 2, 3\]/],
    ["shuffle", () => F.pixelShuffle(x, 2), /4 does not divide the 2 entries of axis 1/],
    ["unflatten", () => F.unflatten(x, 1, [3, -1]), /does not make up axis 1/],
    ["fold", () => F.fold(ones([1, 4, 5]), 3, 2), /has 4 windows of 4 cells/],
    ["iterations", () => nn.spectralNorm(new nn.Linear(2, 2), "weight", { iterations: 0 }), /0 power iterations/],
    ["instance norm", () => new nn.InstanceNorm2d(3).forward(x), /InstanceNorm2d\(3\): the input is \[1, 2, 3, 3\]/],
  ];
  for (const [name, act, message] of wrong) test(name, () => { expect(act).toThrow(message); });
});
