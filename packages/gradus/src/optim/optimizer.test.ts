import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import * as F from "../nn/functional.ts";
import { Linear } from "../nn/linear.ts";
import { parameter } from "../nn/parameter.ts";
import { tensor } from "../tensor/create.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { DataError, UsageError } from "../vocab/errors.ts";
import {
  Adafactor, Adagrad, Adam, AdamW, clipGradNorm, clipGradValue, CosineAnnealingLR, LAMB, Lion, Lookahead, Muon, NAdam,
  OneCycleLR, orthogonalized, RAdam, RMSprop, Rprop, SGD, WarmupCosineLR,
} from "./optim.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const values = (tensors: readonly Tensor[]): number[] => tensors.flatMap((x) => [...x.dataSync()]);

describe("optimizers", () => {
  test("groups have options of their own; lr sets them all", () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([1]))];
    const optimizer = new SGD([{ parameters: [a] }, { parameters: [b], lr: 0.5, momentum: 0.9 }], { lr: 0.1 });
    for (const p of [a, b]) p.grad = tensor([1]);
    optimizer.step();
    expect(values([a, b]).map((v) => v.toFixed(3))).toEqual(["0.900", "0.500"]);
    optimizer.lr = 0.2;
    expect(optimizer.groups.map((group) => group.lr)).toEqual([0.2, 0.2]);
    optimizer.step();
    expect(values([a, b]).map((v) => v.toFixed(3))).toEqual(["0.700", "0.120"]);
  });
  test("wrong use is explained", () => {
    const p = parameter(tensor([1]));
    expect(() => new SGD([])).toThrow(/no parameters/);
    expect(() => new SGD([p, p])).toThrow(/two groups/);
    expect(() => new Adam([p], { lr: -1 })).toThrow(UsageError);
    const optimizer = new SGD([p]);
    expect(() => compile(() => { optimizer.lr = 1; return p.sum(); })()).toThrow(/outside the compiled function/);
    expect(() => clipGradNorm([p], 1)).toThrow(/call backward\(\) first/);
  });
  test("a parameter that gets its first gradient late starts its own count, as in PyTorch", () => {
    const [a, b] = [parameter(tensor([0])), parameter(tensor([0]))];
    const optimizer = new Adam([a, b], { lr: 0.1 });
    for (let step = 0; step < 50; step++) {
      a.grad = tensor([1]);
      optimizer.step();
    }
    b.grad = tensor([3]);
    optimizer.step();
    // The first step of Adam is lr in size, whatever the gradient.
    expect(b.itemSync()).toBeCloseTo(-0.1, 6);
    expect(Object.keys(optimizer.stateDict())).toEqual(["groups.0.step", "state.0.exp_avg",
      "state.0.exp_avg_sq", "state.1.exp_avg", "state.1.exp_avg_sq", "state.1.step"]);
  });
  test("a group that is added later moves too, and a compiled step notices", () => {
    const [a, b] = [parameter(tensor([1])), parameter(tensor([1]))];
    const optimizer = new SGD([a], { lr: 0.5 });
    const step = compile(() => {
      optimizer.zeroGrad();
      const loss = a.add(b).sum();
      loss.backward();
      optimizer.step();
      return loss;
    });
    step();
    optimizer.addParamGroup({ parameters: [b], lr: 0.25 });
    step();
    expect(values([a, b])).toEqual([0, 0.75]);
    expect(() => { optimizer.addParamGroup({ parameters: [a] }); }).toThrow(/two groups/);
  });
  test("every optimizer holds still when a gradient is not finite", () => {
    for (const Made of [SGD, Adam, Adagrad, NAdam, RAdam, Rprop, Adafactor, LAMB, Lion]) {
      const p = parameter(tensor([1, 2])), optimizer = new Made([p], { lr: 0.1 });
      const step = compile((x: Tensor) => {
        optimizer.zeroGrad();
        const loss = p.mul(x).sum();
        loss.backward();
        optimizer.step();
        return loss;
      });
      step(tensor([1, NaN]));
      expect(values([p]), Made.name).toEqual([1, 2]);
      expect(values(Object.values(optimizer.stateDict())).every(Number.isFinite)).toBe(true);
      step(tensor([1, 1]));
      expect(values([p])[0], Made.name).toBeLessThan(1);
    }
  });
  test("Muon takes matrices only, and makes them orthogonal", () => {
    expect(() => new Muon([parameter(tensor([1, 2]))])).toThrow(/give biases/);
    const x = tensor([[1, 2, 3], [-1, 0.5, 2]]);
    const y = orthogonalized(x, [2, -1.5, 0.5], 12, 1e-7);
    values([y.matmul(y.T)]).forEach((v, i) => { expect(v).toBeCloseTo(i % 3 === 0 ? 1 : 0, 4); });
  });
  test("a wrapper goes on where it was saved", () => {
    const make = (p: Tensor): Lookahead => new Lookahead(new AdamW([p], { lr: 0.1 }), { k: 3 });
    const run = (optimizer: Lookahead, p: Tensor, steps: number): void => {
      for (let i = 0; i < steps; i++) {
        p.grad = tensor([1, -2]);
        optimizer.step();
      }
    };
    const [whole, part] = [parameter(tensor([1, 2])), parameter(tensor([1, 2]))];
    run(make(whole), whole, 7);
    const first = make(part);
    run(first, part, 4);
    const again = parameter(part.detach()), second = make(again);
    second.loadStateDict(first.stateDict());
    run(second, again, 3);
    expect(values([again])).toEqual(values([whole]));
  });
  test("state goes on where it was saved", () => {
    const gradient = (step: number): Tensor => tensor([Math.cos(step), Math.sin(step)]);
    const run = (optimizer: { step(): void }, p: Tensor, from: number, to: number): void => {
      for (let step = from; step < to; step++) {
        p.grad = gradient(step);
        optimizer.step();
      }
    };
    for (const make of [(p: Tensor) => new AdamW([p], { lr: 0.1, amsgrad: true }),
      (p: Tensor) => new RMSprop([p], { lr: 0.1, momentum: 0.9 })]) {
      const [whole, part] = [parameter(tensor([1, 2])), parameter(tensor([1, 2]))];
      run(make(whole), whole, 0, 6);
      const first = make(part);
      run(first, part, 0, 3);
      const again = parameter(part.detach()), second = make(again);
      second.loadStateDict(first.stateDict());
      run(second, again, 3, 6);
      expect(values([again])).toEqual(values([whole]));
      expect(() => second.loadStateDict({})).toThrow(DataError);
    }
  });
  test("compiled and eager steps go the same way, and a schedule reaches both", () => {
    const x = tensor([[1, 2], [3, -1], [0.5, 1]]), y = tensor(new Int32Array([0, 1, 1]));
    const train = (compiled: boolean): number[] => {
      manualSeed(4);
      const model = new Linear(2, 2), optimizer = new AdamW(model.parameters(), { lr: 0.1 });
      const schedule = new CosineAnnealingLR(optimizer, { steps: 5 });
      const step = (a: Tensor, b: Tensor): Tensor => {
        optimizer.zeroGrad();
        const loss = F.crossEntropy(model.forward(a), b);
        loss.backward();
        clipGradNorm(model.parameters(), 0.5);
        optimizer.step();
        return loss;
      };
      const run = compiled ? compile(step) : step;
      const losses = Array.from({ length: 5 }, () => {
        const loss = run(x, y).itemSync();
        schedule.step();
        return loss;
      });
      return [...losses, ...values(model.parameters())];
    };
    train(true).forEach((value, i) => { expect(value).toBeCloseTo(train(false)[i], 6); });
  });
});

describe("clipping", () => {
  const make = (): Tensor[] => {
    const made = [parameter(tensor([0, 0])), parameter(tensor([0])), parameter(tensor([0]))];
    made[0].grad = tensor([3, 0]);
    made[1].grad = tensor([-4]);
    return made;
  };
  test("the norm of all gradients together is held", () => {
    const p = make();
    expect(clipGradNorm(p, 1).itemSync()).toBeCloseTo(5, 5);
    expect(values([p[0].grad!, p[1].grad!]).map((v) => v.toFixed(4))).toEqual(["0.6000", "0.0000", "-0.8000"]);
    expect(clipGradNorm(p, 10).itemSync()).toBeCloseTo(1, 5);
    expect(p[1].grad!.itemSync()).toBeCloseTo(-0.8, 5);
    expect(clipGradNorm(make(), 1, { normType: Infinity }).itemSync()).toBe(4);
    expect(clipGradNorm(make(), 1, { normType: 1 }).itemSync()).toBe(7);
  });
  test("every element is held", () => {
    const p = make();
    clipGradValue(p, 2);
    expect(values([p[0].grad!, p[1].grad!])).toEqual([2, 0, -2]);
  });
});

describe("schedules", () => {
  const optimizer = (): SGD => new SGD([parameter(tensor([0]))], { lr: 1 });
  test("warm-up rises to the base rate, then a cosine falls to the minimum", () => {
    const rates = new WarmupCosineLR(optimizer(), { warmup: 4, steps: 8, minimum: 0.1 }).preview(9);
    expect(rates.slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(rates[4]).toBe(1);
    expect(rates[6]).toBeCloseTo(0.55, 12);
    expect(rates[8]).toBeCloseTo(0.1, 12);
  });
  test("a cycle has an end", () => {
    const schedule = new OneCycleLR(optimizer(), { maxLr: 1, steps: 2 });
    schedule.step();
    expect(() => { schedule.step(); }).toThrow(/past the 2 steps/);
  });
});
