import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { SGD } from "../optim/sgd.ts";
import type { Layer, Module } from "./module.ts";
import * as nn from "./nn.ts";
import { compare, load, unpack, type Case } from "./oracle.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

type Wrap = (module: Module, ...rest: readonly unknown[]) => Module;

describe("weights are what PyTorch makes of them, with its keys", () => {
  for (const [i, item] of load<(Case & { wrap: [string, ...unknown[]] })[]>("parametrized").entries()) {
    test(`${i} ${item.type} ${JSON.stringify(item.wrap)} ${item.train ? "" : "after training"}`, () => {
      const Made = Reflect.get(nn, item.type) as new (...args: unknown[]) => Layer;
      const [name, ...rest] = item.wrap, layer = new Made(...(item.args ?? []));
      (Reflect.get(nn, name) as Wrap)(layer, ...rest);
      layer.train(item.train);
      expect(Object.keys(layer.stateDict())).toEqual(Object.keys(item.state!));
      layer.loadStateDict(Object.fromEntries(
        Object.entries(item.state!).map(([key, packed]) => [key, unpack(packed)])));
      compare((...args) => layer.forward(...(args as unknown as Parameters<Layer["forward"]>)), item, layer);
    });
  }
});

const numbers = (x: Tensor): number[] => [...x.dataSync()];

test("weight norm changes nothing at first, learns length and direction, and can be taken away", () => {
  manualSeed(2);
  const layer = new nn.Linear(3, 2), before = numbers(layer.weight), x = tensor([[1, -2, 3]]);
  nn.weightNorm(layer);
  numbers(layer.weight).forEach((w, i) => { expect(w).toBeCloseTo(before[i], 6); });
  expect(layer.namedParameters().map(([name]) => name))
    .toEqual(["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]);
  expect(String(layer)).toContain("(parametrizations): ModuleDict(");
  const optimizer = new SGD(layer.parameters(), { lr: 0.1 });
  const step = compile(() => {
    optimizer.zeroGrad();
    const loss = layer.forward(x).square().sum();
    loss.backward();
    optimizer.step();
    return loss;
  });
  const losses = Array.from({ length: 20 }, () => step().itemSync());
  expect(losses[19]).toBeLessThan(1e-2 * losses[0]);
  const learned = numbers(layer.weight);
  expect(nn.isParametrized(layer, "weight")).toBe(true);
  nn.removeParametrizations(layer, "weight");
  expect(nn.isParametrized(layer)).toBe(false);
  expect(numbers(layer.weight)).toEqual(learned);
  expect(layer.namedParameters().map(([name]) => name)).toEqual(["weight", "bias"]);
});

test("spectral norm keeps the largest singular value at 1, eagerly and compiled", () => {
  manualSeed(4);
  const layer = nn.spectralNorm(new nn.Linear(2, 2, { bias: false }));
  const read = compile(() => layer.weight.mul(1));
  for (let i = 0; i < 30; i++) read();
  for (const weight of [read(), layer.weight]) {
    const [a, b, c, d] = numbers(weight);
    // Singular values of a 2 x 2 matrix from its squared norm and determinant.
    const s = a * a + b * b + c * c + d * d, determinant = a * d - b * c;
    expect(Math.sqrt((s + Math.sqrt(s * s - 4 * determinant ** 2)) / 2)).toBeCloseTo(1, 5);
  }
});

test("parametrizations of one's own stack, and wrong ones are explained", () => {
  class Square extends nn.Parametrization {
    override forward(x: Tensor): Tensor {
      return x.square();
    }
    override rightInverse(value: Tensor): readonly Tensor[] {
      return [value.abs().sqrt()];
    }
  }
  class Double extends nn.Parametrization {
    override forward(x: Tensor): Tensor {
      return x.mul(2);
    }
  }
  class Sum extends nn.Parametrization {
    override forward(x: Tensor): Tensor {
      return x.sum();
    }
  }
  const layer = new nn.Linear(1, 2);
  layer.bias!.assign(tensor([4, 9]));
  nn.registerParametrization(layer, "bias", new Square());
  expect(numbers(layer.bias!)).toEqual([4, 9]);
  nn.registerParametrization(layer, "bias", new Double());
  expect(numbers(layer.bias!)).toEqual([8, 18]);
  expect(Object.keys(layer.stateDict())).toEqual(["weight", "parametrizations.bias.original"]);
  expect(() => nn.registerParametrization(layer, "weight", new Sum())).toThrow(/Sum makes \[\] of "weight", which is/);
  expect(() => nn.weightNorm(layer, "wait")).toThrow(/Linear has no parameter "wait"; it has weight/);
  expect(() => nn.removeParametrizations(layer, "weight")).toThrow(/"weight" of Linear has no parametrization/);
});
