import { beforeAll, describe, expect, test } from "vitest";
import "../../index.ts";
import { gradcheck, type TensorFunction } from "../../autograd/gradcheck.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { sin, mul, add } from "../../ops/elementwise.ts";
import { iota } from "../../ops/create.ts";
import { scan } from "../../ops/loop.ts";
import { apply } from "../../ops/composite.ts";
import type { CompositeDefinition } from "../../ir/op.ts";
import { reshape } from "../../ops/movement.ts";
import { tensor } from "../../tensor/create.ts";
import { detach, grad } from "../../tensor/gradient.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as F from "../functional.ts";
import { gruCell, lstmCell } from "./cells.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** Smooth numbers without pattern or ties, in float64. */
function some(seed: number, ...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return reshape(sin(add(mul(iota(size, "f64"), 1.7 + seed / 9), seed)), shape);
}
const classes = (...values: number[]): Tensor => tensor(new Int32Array(values));

/** Composites whose gradient is written by hand: it must be the derivative of the body, twice. */
const CASES: Record<string, () => [TensorFunction, Tensor[]]> = {
  softplus: () => [(x) => F.softplus(x, 2), [some(1, 5)]],
  softmax: () => [(x) => F.softmax(x), [some(1, 2, 4)]],
  logSoftmax: () => [(x) => F.logSoftmax(x, 0), [some(2, 3, 2)]],
  layerNorm: () => [(x, w, b) => F.layerNorm(x, [4], w, b, 0.1), [some(1, 3, 4), some(2, 4), some(3, 4)]],
  "layerNorm without weights": () => [(x) => F.layerNorm(x, [2, 2], null, null, 0.1), [some(1, 3, 2, 2)]],
  rmsNorm: () => [(x, w) => F.rmsNorm(x, [4], w, 0.1), [some(1, 3, 4), some(2, 4)]],
  groupNorm: () => [(x, w, b) => F.groupNorm(x, 2, w, b, 0.1), [some(1, 2, 4, 2), some(2, 4), some(3, 4)]],
  "batchNorm and its statistics": () => [(x, w, b) => {
    const made = F.batchNormTraining(x, w, b, 0.1);
    return [made.result, made.mean, made.variance];
  }, [some(1, 3, 2, 2), some(2, 2), some(3, 2)]],
  "crossEntropy of classes": () => [(x) => F.crossEntropy(x, classes(1, 0, 2), { labelSmoothing: 0.1 }),
    [some(1, 3, 3)]],
  "crossEntropy with weights": () => [(x, w) => F.crossEntropy(x, classes(1, 0, 2), { weight: w }),
    [some(1, 3, 3), some(2, 3).square()]],
  "crossEntropy of probabilities": () => [(x, p) => F.crossEntropy(x, p), [some(1, 2, 3), some(2, 2, 3)]],
  maxPool: () => [(x) => F.maxPool2d(x, 2, { stride: 1, padding: 1 }), [some(3, 1, 2, 3, 3)]],
  attention: () => [(q, k, v, m) => F.scaledDotProductAttention(q, k, v, { mask: m, causal: true }),
    [some(1, 2, 3, 2), some(2, 2, 3, 2), some(3, 2, 3, 2), some(4, 3, 3)]],
  "attention with keys shared by the batch": () => [(q, k, v) => F.scaledDotProductAttention(q, k, v),
    [some(1, 2, 3, 2), some(2, 3, 2), some(3, 1, 3, 2)]],
  selectiveScan: () => [(x, dt, A, B, C, D) => F.selectiveScan(x, dt.square(), A, B, C, D),
    [some(1, 1, 3, 2), some(2, 1, 3, 2), some(3, 2, 2), some(4, 1, 3, 2), some(5, 1, 3, 2), some(6, 2)]],
  lstmCell: () => [(gates, c) => lstmCell(gates, c), [some(1, 2, 8), some(2, 2, 2)]],
  gruCell: () => [(a, b, h) => gruCell(a, b, h), [some(1, 1, 6), some(2, 1, 6), some(3, 1, 2)]],
};

describe("gradients are derivatives, to second order", () => {
  for (const [name, make] of Object.entries(CASES)) {
    test(name, async () => {
      const [f, inputs] = make();
      await gradcheck(f, inputs, { order: 2, elements: 12, tolerance: 1e-5 });
    });
  }
});

test("what a body detaches stays detached in the gradient: in composites and in loops", () => {
  const definition: CompositeDefinition = { name: "halfDetached", body: ([x]) => mul(x, detach(x)) };
  const x = tensor([3], { requiresGrad: true });
  expect(grad(apply(definition, [x]), [x])[0]!.itemSync()).toBe(3);
  const { results } = scan([], [x], [], (_, [slice]) => ({ carries: [], results: [mul(slice, detach(slice))] }));
  expect(grad(results[0], [x])[0]!.itemSync()).toBe(3);
});

describe("losses", () => {
  test("probability targets give the same gradient whether or not they want one themselves", () => {
    const make = (requiresGrad: boolean): Tensor => {
      const x = tensor([[1, 2, 3], [0, -1, 2]], { requiresGrad: true });
      const p = tensor([[0.2, 0.3, 0.5], [1, 0, 0]], { requiresGrad });
      return grad(F.crossEntropy(x, p, { labelSmoothing: 0.1 }), [x])[0]!;
    };
    const [a, b] = [make(true).dataSync(), make(false).dataSync()];
    a.forEach((value, i) => { expect(value).toBeCloseTo(b[i], 6); });
  });
  test("shapes and options that do not fit are explained", () => {
    const x = tensor([[1, 2], [3, 4]]);
    expect(() => F.crossEntropy(x, classes(1))).toThrow(/want a target of \[2\] \(class numbers\), got \[1\]/);
    expect(() => F.crossEntropy(x, classes(1, 0), { labelSmoothing: 2 })).toThrow(/between 0 and 1/);
    expect(() => F.mseLoss(x, tensor([1]))).toThrow(/\[2, 2\] and the target \[1\]/);
    expect(() => F.layerNorm(x, [3])).toThrow(/does not end in \[3\]/);
    expect(() => F.maxPool2d(x, 2)).toThrow(/needs 4 axes/);
    expect(() => F.maxPool1d(x.unsqueeze(0), 2, { padding: 2 })).toThrow(/more than half/);
    expect(() => F.batchNormTraining(tensor([[1]]), tensor([1]), tensor([0]))).toThrow(/one value per channel/);
    expect(() => F.selectiveScan(x, x, x, x, x, x)).toThrow(/should be/);
    expect(() => F.groupNorm(x, 3)).toThrow(/do not divide/);
    expect(() => F.dropout(x, 1.5)).toThrow(/between 0 and 1/);
  });
});
