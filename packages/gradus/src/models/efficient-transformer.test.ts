import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { compile } from "../exec/compile.ts";
import { assign } from "../exec/state.ts";
import * as F from "../nn/functional.ts";
import { AdamW } from "../optim/adam.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { grad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { EfficientTransformer, type AttentionKind } from "./efficient-transformer.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const KINDS: readonly AttentionKind[] = [
  { kind: "full" }, { kind: "chunked", chunk: 3 }, { kind: "local", window: 3 }, { kind: "strided", stride: 2 },
  { kind: "big-bird", block: 2 }, { kind: "performer", features: 24 },
  { kind: "reformer", buckets: 2, rounds: 2, chunk: 8 }, { kind: "linformer", rank: 4 },
];
const make = (attention: AttentionKind, reversible = false): EfficientTransformer => new EfficientTransformer({
  vocabulary: 5, block: 8, width: 16, heads: 2, layers: 1, attention, reversible,
  causal: attention.kind !== "linformer",
});
const tokens = (values: readonly number[], rows = 1): Tensor =>
  tensor(Int32Array.from(values), { shape: [rows, values.length / rows] });
const differ = (a: Tensor, b: Tensor): number => {
  const [x, y] = [a.dataSync(), b.dataSync()];
  return Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
};

describe("every kind of attention", () => {
  for (const attention of KINDS) {
    const { kind } = attention;
    test(`${kind}: ${kind === "linformer" ? "sees the whole sequence" : "cannot see the future"}`, () => {
      manualSeed(1);
      const model = make(attention).eval();
      for (const p of model.parameters()) assign(p, p.detach().add(randn(p.shape).mul(0.3)));
      const seen = model.forward(tokens([0, 1, 2, 3, 4, 0])), other = model.forward(tokens([0, 1, 2, 3, 0, 4]));
      expect(seen.shape).toEqual([1, 6, 5]);
      const before = differ(seen.narrow(1, 0, 4), other.narrow(1, 0, 4));
      if (kind === "linformer") expect(before).toBeGreaterThan(1e-3);
      else expect(before).toBeLessThan(1e-4);
      expect(differ(seen.narrow(1, 4, 2), other.narrow(1, 4, 2))).toBeGreaterThan(1e-3);
    });
    test(`${kind}: learns a cycle in compiled steps`, () => {
      manualSeed(2);
      const model = make(attention, kind === "reformer"), optimizer = new AdamW(model.parameters(), { lr: 0.02 });
      const text = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3];
      const piece = (from: number): number[] => text.slice(from, from + 8);
      const pair = (from: number): Tensor => tokens([...piece(from), ...piece(from + 3)], 2);
      const x = pair(0), y = pair(1);
      const step = compile((a: Tensor, b: Tensor) => {
        optimizer.zeroGrad();
        const loss = F.crossEntropy(model.forward(a).reshape([16, 5]), b.reshape([16]));
        loss.backward();
        optimizer.step();
        return loss;
      });
      let loss = Infinity;
      for (let i = 0; i < 60 && loss > 0.1; i++) loss = step(x, y).itemSync();
      expect(loss).toBeLessThan(0.1);
    });
  }
  test("reversible layers give what they give without recomputing, gradients included", () => {
    manualSeed(3);
    const model = new EfficientTransformer({
      vocabulary: 5, block: 8, width: 8, heads: 2, layers: 2, reversible: true,
      attention: { kind: "reformer", buckets: 2, chunk: 4 },
    });
    const input = tokens([0, 1, 2, 3, 4, 0, 1, 2]), parameters = model.parameters();
    const run = (y: Tensor): Tensor[] => [y, ...grad(y.square().sum(), parameters).map((g) => g!)];
    const made = run(model.forward(input));
    const x = model.wte.forward(input).add(model.wpe.weight);
    const [a, b] = [...model.h.blocks].reduce<[Tensor, Tensor]>((streams, block) => block.forward(...streams), [x, x]);
    const want = run(model.ln_f.forward(a.add(b).mul(0.5)).matmul(model.wte.weight.T));
    made.forEach((y, i) => { expect(differ(y, want[i])).toBeLessThan(1e-3); });
  });
  test("what cannot be is explained", () => {
    expect(() => new EfficientTransformer({
      vocabulary: 5, block: 8, width: 8, heads: 2, layers: 1, attention: { kind: "linformer", rank: 2 },
    })).toThrow(/causal: false/);
    expect(() => make({ kind: "full" }).forward(tokens([0, 1, 2, 3, 4, 0, 1, 2, 3]))).toThrow(/larger block/);
  });
});
