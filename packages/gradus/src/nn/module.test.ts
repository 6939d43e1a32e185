import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { DataError, UsageError } from "../vocab/errors.ts";
import { tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { manualSeed } from "../tensor/random.ts";
import { MLP } from "../models/mlp.ts";
import { SGD } from "../optim/sgd.ts";
import { Adam } from "../optim/adam.ts";
import { ModuleDict, ModuleList, Sequential } from "./container.ts";
import * as F from "./functional.ts";
import { Flatten, Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { buffer, parameter } from "./parameter.ts";

beforeAll(() => setBackend(createReferenceBackend()));

class Net extends Module {
  readonly scale = parameter(tensor([2]));
  readonly running_mean = buffer(tensor([0.5]));
  readonly plain = tensor([7]);
  readonly absent: Tensor | null = null;
  readonly body = new Sequential(new Flatten(), new Linear(4, 3));
  readonly heads = new ModuleList([new Linear(3, 1, { bias: false })]);
  readonly named = new ModuleDict({ a: new Linear(1, 1) });
  readonly again = this.body;
  forward(x: Tensor): Tensor {
    return this.body.forward(x).mul(this.scale);
  }
}

describe("modules", () => {
  test("parameters, buffers and children are found in the order of declaration, shared ones once", () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(
      ["scale", "body.1.weight", "body.1.bias", "heads.0.weight", "named.a.weight", "named.a.bias"]);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(["running_mean"]);
    expect(Object.keys(net.stateDict())).toEqual(["scale", "running_mean", "body.1.weight", "body.1.bias",
      "heads.0.weight", "named.a.weight", "named.a.bias", "again.1.weight", "again.1.bias"]);
    expect(net.parameterCount()).toBe(1 + 12 + 3 + 3 + 2);
    expect(net.modules()).toHaveLength(8);
  });
  test("mode, apply and toString reach every module", () => {
    const net = new Net().eval();
    expect(net.modules().every((module) => !module.training)).toBe(true);
    expect(net.train().named.get("a").training).toBe(true);
    const seen: string[] = [];
    net.heads.apply((module) => seen.push(module.constructor.name));
    expect(seen).toEqual(["Linear", "ModuleList"]);
    expect(String(net.body)).toBe("Sequential(\n  (0): Flatten(start=1, end=-1)\n" +
      "  (1): Linear(inFeatures=4, outFeatures=3, bias=true)\n)");
    expect(() => net.named.get("b")).toThrow(/no "b"; its names are a/);
    expect(() => net.body.at(5)).toThrow(UsageError);
  });
  test("a state dict is a snapshot and loads again", () => {
    const net = new Net();
    const before = net.stateDict();
    net.scale.assign(tensor([9]));
    expect(before.scale.itemSync()).toBe(2);
    expect(net.loadStateDict(before)).toEqual({ missing: [], unexpected: [], mismatched: [] });
    expect(net.scale.itemSync()).toBe(2);
  });
  test("keys that do not fit are named, and nothing is assigned", () => {
    const net = new Linear(2, 2);
    const was = net.weight.dataSync();
    const record = { weight: tensor([[1, 2], [3, 4]]), extra: tensor([1]) };
    expect(() => net.loadStateDict(record)).toThrow(DataError);
    expect(() => net.loadStateDict(record)).toThrow(/missing from the file: bias\n {2}unknown to the module: extra/);
    expect(net.weight.dataSync()).toEqual(was);
    expect(net.loadStateDict(record, { strict: false }))
      .toEqual({ missing: ["bias"], unexpected: ["extra"], mismatched: [] });
    expect(net.weight.arraySync()).toEqual([[1, 2], [3, 4]]);
    expect(() => net.loadStateDict({ weight: tensor([1]) }, { strict: false }))
      .toThrow(/weight \(is \[2, 2\], file has \[1\]\)/);
  });
  test("values are cast to the dtype of the parameter", () => {
    const net = new Linear(1, 1, { bias: false });
    net.loadStateDict({ weight: tensor([[0.5]], { dtype: "f16" }) });
    expect([net.weight.dtype, net.weight.itemSync()]).toEqual(["f32", 0.5]);
  });
  test("a frozen module gets no gradient", () => {
    const net = new Sequential(new Linear(2, 2), new Linear(2, 1));
    net.at(0).requiresGrad_(false);
    net.forward(tensor([[1, 2]])).sum().backward();
    expect(net.parameters().map((p) => p.grad !== null)).toEqual([false, false, true, true]);
    net.zeroGrad();
    expect(net.parameters().every((p) => p.grad === null)).toBe(true);
  });
});

test("a perceptron learns exclusive or, with SGD and with Adam", () => {
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = tensor(new Int32Array([0, 1, 1, 0]));
  for (const make of [(m: Module) => new SGD(m.parameters(), { lr: 0.3, momentum: 0.9 }),
    (m: Module) => new Adam(m.parameters(), { lr: 0.05 })]) {
    manualSeed(3);
    const model = new MLP({ sizes: [2, 16, 2], activation: "tanh" });
    const optimizer = make(model);
    let loss = Infinity;
    for (let step = 0; step < 100; step++) {
      optimizer.zeroGrad();
      const value = F.crossEntropy(model.forward(x), y);
      value.backward();
      optimizer.step();
      loss = value.itemSync();
    }
    expect(loss).toBeLessThan(0.02);
    expect([...model.forward(x).argmax(1).dataSync()]).toEqual([0, 1, 1, 0]);
  }
});
