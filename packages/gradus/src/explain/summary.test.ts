import { expect, test } from "vitest";
import { createReferenceBackend, createWasmBackend, nn, setBackend, zeros, type Tensor } from "../index.ts";
import { MODELS } from "../models/index.ts";
import { formatSummary, summary } from "./summary.ts";

setBackend(createReferenceBackend());

test("the table lists keys, holders, shapes and counts", () => {
  const model = new nn.Sequential(new nn.Linear(3, 5), new nn.ReLU(), new nn.BatchNorm1d(5));
  model.children()[0].requiresGrad_(false);
  const { rows, parameters, trainable, buffers, bytes } = summary(model);
  expect(rows.slice(0, 3)).toEqual([
    { name: "0.weight", module: "Linear", kind: "frozen parameter", shape: [5, 3], dtype: "f32", count: 15 },
    { name: "0.bias", module: "Linear", kind: "frozen parameter", shape: [5], dtype: "f32", count: 5 },
    { name: "2.weight", module: "BatchNorm1d", kind: "parameter", shape: [5], dtype: "f32", count: 5 },
  ]);
  expect(parameters).toBe(30);
  expect(trainable).toBe(10);
  expect(buffers).toBe(rows.filter(({ kind }) => kind === "buffer").reduce((n, { count }) => n + count, 0));
  expect(bytes).toBe(4 * (parameters + buffers));
  const text = formatSummary(summary(model));
  expect(text).toMatch(/^Sequential\nname +in +what +shape +dtype +numbers\n0\.weight +Linear +frozen parameter +\[5/);
  expect(text).toContain("30 parameters (10 of them trainable)");
});

test("layers: shapes and multiply-adds, counted from what is computed", () => {
  const model = new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1, groups: 1 }), new nn.BatchNorm2d(8), new nn.ReLU(), new nn.MaxPool2d(2),
    new nn.Conv2d(8, 8, 3, { groups: 8 }), new nn.AdaptiveAvgPool2d(1), new nn.Flatten(), new nn.Linear(8, 10));
  const before = model.at(1).stateDict().running_mean.dataSync();
  const { layers } = summary(model, [zeros([2, 3, 16, 16])]);
  const first = 2 * 8 * 16 * 16 * 3 * 9, depthwise = 2 * 8 * 6 * 6 * 9, last = 2 * 8 * 10;
  expect(layers!.map(({ multiplyAdds }) => multiplyAdds))
    .toEqual([first + depthwise + last, first, 0, 0, 0, depthwise, 0, 0, last]);
  expect(layers!.map(({ output: [shape] }) => shape)).toEqual([[2, 10], [2, 8, 16, 16], [2, 8, 16, 16], [2, 8, 16, 16],
    [2, 8, 8, 8], [2, 8, 6, 6], [2, 8, 1, 1], [2, 8], [2, 10]]);
  expect(layers![0]).toMatchObject({ name: "", module: "Sequential", calls: 1, parameters: 410 });
  expect(model.at(1).stateDict().running_mean.dataSync()).toEqual(before);
  expect(Object.hasOwn(model, "forward")).toBe(false);
  const text = formatSummary(summary(model, [zeros([2, 3, 16, 16])]));
  expect(text).toMatch(/\nlayer +class +output +parameters +multiply-adds\n\(the model\) +Sequential +\[2, 10\] +410/);
  expect(text).toContain(`${(first + depthwise + last).toLocaleString("en")} multiply-adds`);
});

test("LeNet-5 has the 416,520 multiply-adds that its layers say", async () => {
  const model = (await MODELS.find(({ name }) => name === "lenet5")!.load()).create("modern");
  const { layers } = summary(model, [zeros([1, 1, 28, 28])]);
  expect(layers![0].multiplyAdds).toBe(6 * 25 * 28 ** 2 + 16 * 6 * 25 * 10 ** 2 + 400 * 120 + 120 * 84 + 84 * 10);
});

test("multiply-adds of transposed convolutions, of loops and of layers that are called twice", () => {
  const transposed = new nn.ConvTranspose1d(3, 5, 4, { stride: 2 });
  expect(summary(transposed, [zeros([2, 3, 7])]).layers![0].multiplyAdds).toBe(2 * 3 * 7 * 5 * 4);
  const lstm = new nn.LSTM(3, 4);
  expect(summary(lstm, [zeros([6, 2, 3])]).layers![0])
    .toMatchObject({ multiplyAdds: 6 * 2 * 16 * (3 + 4), output: [[6, 2, 4], [1, 2, 4], [1, 2, 4]] });
  class Twice extends nn.Module {
    readonly layer = new nn.Linear(4, 4);
    forward(x: Tensor): Tensor {
      return this.layer.forward(this.layer.forward(x)).matmul(zeros([4, 3]));
    }
  }
  expect(summary(new Twice(), [zeros([5, 4])]).layers).toMatchObject([
    { name: "", multiplyAdds: 2 * 5 * 16 + 5 * 4 * 3, parameters: 20 },
    { name: "layer", calls: 2, multiplyAdds: 2 * 5 * 16, parameters: 20 },
  ]);
});

test("every model of the registry adds up to its published count, shared parameters once", async () => {
  // Millions of first numbers: too many for plain loops.
  setBackend(createWasmBackend({ threads: 1 }));
  for (const row of MODELS) {
    const [preset] = Object.keys(row.parameters);
    const model = (await row.load()).create(preset);
    expect(summary(model).parameters, `${row.name} ${preset}`).toBe(row.parameters[preset]);
  }
});
