import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { assign } from "../exec/state.ts";
import { compile } from "../exec/compile.ts";
import * as F from "../nn/functional.ts";
import { AdamW } from "../optim/adam.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { RecurrentLanguageModel } from "./language-model.ts";
import { LinearAttention } from "./linear-attention.ts";
import { RetNet } from "./retnet.ts";
import { RWKV } from "./rwkv.ts";
import { S4, S4Classifier } from "./s4.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** Models whose sequences may be computed in chunks of any length, with the same numbers. */
const MAKE: Record<string, (chunk: number) => RecurrentLanguageModel> = {
  s4: () => new S4({ vocabulary: 5, width: 8, layers: 2, state: 6 }),
  "linear attention": (chunk) => new LinearAttention({ vocabulary: 5, width: 8, heads: 2, layers: 2, chunk }),
  retnet: (chunk) => new RetNet({ vocabulary: 5, width: 8, heads: 2, layers: 2, inner: 16, chunk }),
  rwkv: () => new RWKV({ vocabulary: 5, width: 8, layers: 2 }),
};
const tokens = (values: readonly number[], rows = 1): Tensor =>
  tensor(Int32Array.from(values), { shape: [rows, values.length / rows] });
const close = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  const largest = Math.max(1, ...Array.from(y, Math.abs));
  x.forEach((value, i) => { expect(Math.abs(value - y[i])).toBeLessThan(1e-5 * largest); });
};
/** Larger numbers than models start with, so that all of them matter. */
function stirred(name: string, chunk = 64): RecurrentLanguageModel {
  manualSeed(3);
  const model = MAKE[name](chunk).eval();
  for (const p of model.parameters()) assign(p, p.detach().add(randn(p.shape).mul(0.3)));
  return model;
}

describe.each(Object.keys(MAKE))("%s", (name) => {
  const text = [0, 3, 1, 2, 4, 4, 2, 0, 1, 1, 3, 2];
  test("one token at a time gives what the whole sequence gives", () => {
    noGrad(() => {
      const model = stirred(name), x = tokens(text, 2), whole = model.forward(x);
      let state = model.start(2);
      for (let t = 0; t < 6; t++) {
        const made = model.step(x.select(1, t), state);
        close(made.logits, whole.select(1, t));
        expect(made.state.map((part) => part.shape)).toEqual(state.map((part) => part.shape));
        state = made.state;
      }
    });
  });
  test("chunks of any length give what the parallel form gives", () => {
    noGrad(() => {
      const whole = stirred(name, 6).forward(tokens(text, 2));
      for (const chunk of [1, 2, 4]) close(stirred(name, chunk).forward(tokens(text, 2)), whole);
    });
  });
  test("the future is not seen, the past is", () => {
    const model = stirred(name);
    const seen = model.forward(tokens([0, 1, 2, 3, 4])), other = model.forward(tokens([0, 1, 2, 4, 0]));
    close(seen.narrow(1, 0, 3), other.narrow(1, 0, 3));
    const last = (first: number): Tensor => model.forward(tokens([first, 1, 2, 3, 4])).select(1, 4);
    expect(last(0).dataSync()).not.toEqual(last(2).dataSync());
  });
  test("learns in compiled steps what comes next", () => {
    manualSeed(2);
    const model = MAKE[name](64), optimizer = new AdamW(model.parameters(), { lr: 0.02 });
    const x = tokens([0, 1, 2, 3, 4, 0, 3, 4, 0, 1, 2, 3], 2), y = tokens([1, 2, 3, 4, 0, 1, 4, 0, 1, 2, 3, 4], 2);
    const step = compile(() => {
      optimizer.zeroGrad();
      const loss = F.crossEntropy(model.forward(x).reshape([12, 5]), y.reshape([12]));
      loss.backward();
      optimizer.step();
      return loss;
    });
    let loss = Infinity;
    for (let i = 0; i < 80 && loss > 0.1; i++) loss = step().itemSync();
    expect(loss).toBeLessThan(0.1);
  });
});

test("S4 tells waves by their length, whatever their phase", () => {
  manualSeed(4);
  const model = new S4Classifier({ features: 1, classes: 2, width: 4, layers: 1, state: 8, start: "inverse" });
  const optimizer = new AdamW(model.parameters(), { lr: 0.02 });
  const T = 10, rows = 8;
  const wave = (row: number, t: number): number => Math.sin((row % 2 === 0 ? 0.9 : 0.6) * t + 0.7 * row);
  const x = tensor(Float32Array.from({ length: rows * T }, (_, i) => wave(Math.floor(i / T), i % T)),
    { shape: [rows, T, 1] });
  const y = tensor(Int32Array.from({ length: rows }, (_, row) => row % 2));
  const step = compile(() => {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  });
  let loss = Infinity;
  for (let i = 0; i < 80 && loss > 0.1; i++) loss = step().itemSync();
  expect(loss).toBeLessThan(0.1);
});
test("sizes that do not fit are named", () => {
  expect(() => new S4({ vocabulary: 5, width: 8, layers: 1, state: 5 })).toThrow(/state of 5 .* pairs of conjugates/);
  expect(() => new LinearAttention({ vocabulary: 5, width: 8, heads: 3, layers: 1 })).toThrow(/3 heads do not divide/);
  expect(() => new RetNet({ vocabulary: 5, width: 6, heads: 2, layers: 1 })).toThrow(/even number of features/);
});
