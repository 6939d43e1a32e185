import { describe, expect, test } from "vitest";
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
import { ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential } from "./container.ts";
import * as F from "./functional.ts";
import { Flatten, Linear } from "./linear.ts";
import { Module } from "./module.ts";
import { buffer, parameter } from "./parameter.ts";

setBackend(createReferenceBackend());

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

describe("finding and naming", () => {
  test("buffers that are not persistent stay out of checkpoints", () => {
    class Table extends Module {
      readonly kept = buffer(tensor([1]));
      readonly angles = buffer(tensor([2]), { persistent: false });
    }
    const table = new Table();
    expect(table.namedBuffers().map(([name]) => name)).toEqual(["kept", "angles"]);
    expect(Object.keys(table.stateDict())).toEqual(["kept"]);
    expect(table.loadStateDict({ kept: tensor([5]) })).toEqual({ missing: [], unexpected: [], mismatched: [] });
  });
  test("a module by its path", () => {
    const net = new Net();
    expect(net.getSubmodule("body.1")).toBe(net.body.at(1));
    expect(net.getSubmodule("")).toBe(net);
    expect(() => net.getSubmodule("body.7")).toThrow(/no "7" of "body.7"; Sequential holds 0, 1/);
  });
  test("freeze and unfreeze", () => {
    const net = new Net().freeze();
    expect(net.parameters().some((p) => p.requiresGrad)).toBe(false);
    net.body.unfreeze();
    expect(net.parameters().map((p) => p.requiresGrad)).toEqual([false, true, true, false, false, false]);
  });
});

describe("what a checkpoint that does not fit is told", () => {
  const layer = new Linear(2, 2), { weight, bias } = layer.stateDict();
  const cases: [string, Record<string, Tensor>, RegExp][] = [
    ["a prefix too many", { "module.weight": weight, "module.bias": bias },
      /file begin with "module\."; take it away/],
    ["other names", { w: tensor([1]), weights: weight, bais: bias },
      /"weights" in the file is "weight", "bais" in the file is "bias"/],
    ["shapes", { weight: tensor([[1]]), bias }, /of another shape: weight \(is \[2, 2\], file has \[1, 1\]\)/],
  ];
  for (const [name, record, message] of cases) {
    test(name, () => { expect(() => layer.loadStateDict(record)).toThrow(message); });
  }
  test("a prefix too few", () => {
    const { "0.weight": w, "0.bias": b } = new Sequential(layer).stateDict();
    expect(() => new Sequential(layer).loadStateDict({ weight: w, bias: b })).toThrow(/lack "0\." at the beginning/);
  });
  test("many keys are counted, not listed", () => {
    const record = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`zzzzzzzzzzzz${i}`, tensor([1])]));
    expect(() => layer.loadStateDict(record)).toThrow(/and 4 more/);
  });
});

describe("containers have PyTorch's methods", () => {
  const linear = (n: number): Linear => new Linear(n, n);
  const keys = (module: Module): string[] => module.namedChildren().map(([name]) => name);
  test("Sequential", () => {
    const [a, b, c, d] = [linear(1), linear(1), linear(1), linear(1)];
    const net = new Sequential(a).append(c).extend([d]).insert(1, b);
    expect([...net]).toEqual([a, b, c, d]);
    expect(net.pop(0)).toBe(a);
    expect([keys(net), [...net.slice(1)]]).toEqual([["0", "1", "2"], [c, d]]);
    net.set(-1, a);
    expect([net.at(2), net.length]).toEqual([a, 3]);
    const named = new Sequential({ in: a, out: b });
    named.pop();
    expect(keys(named)).toEqual(["in"]);
    expect(() => net.pop(5)).toThrow(/Sequential has 3 entries; there is none at 5/);
  });
  test("ModuleList and ModuleDict", () => {
    const [a, b, c] = [linear(1), linear(2), linear(3)];
    const list = new ModuleList([a]).append(c).insert(1, b).extend([a]);
    expect([list.pop(), list.length, [...list]]).toEqual([a, 3, [a, b, c]]);
    expect(list.set(0, c).at(0)).toBe(c);
    const dict = new ModuleDict<Linear>({ a, b });
    dict.update({ b: c, c: b });
    expect([[...dict.keys()], [...dict.values()], dict.size]).toEqual([["a", "b", "c"], [a, c, b], 3]);
    expect([dict.pop("a"), dict.has("a")]).toEqual([a, false]);
    dict.clear();
    expect(dict.parameters()).toEqual([]);
  });
  test("ParameterList and ParameterDict hold parameters under their keys", () => {
    class Free extends Module {
      readonly list = new ParameterList([parameter(tensor([1])), parameter(tensor([2, 3]))]);
      readonly dict = new ParameterDict({ left: parameter(tensor([4])) });
    }
    const free = new Free();
    expect(free.namedParameters().map(([name]) => name)).toEqual(["list.0", "list.1", "dict.left"]);
    free.loadStateDict({ "list.0": tensor([7]), "list.1": tensor([8, 9]), "dict.left": tensor([0]) });
    expect([...free.list].map((p) => p.arraySync())).toEqual([[7], [8, 9]]);
    expect(free.parameterCount()).toBe(4);
  });
});
