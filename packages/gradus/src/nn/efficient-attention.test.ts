import { beforeAll, describe, expect, test } from "vitest";
import "../index.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { Generator, randn } from "../tensor/random.ts";
import * as F from "./functional.ts";
import * as nn from "./nn.ts";

beforeAll(() => setBackend(createReferenceBackend()));

describe("layers of efficient attention", () => {
  test("Linformer: parameters, one or two; shorter sequences; longer ones are explained", () => {
    const layer = new nn.LinformerAttention({ length: 8, rank: 3 });
    expect(layer.namedParameters().map(([name, p]) => [name, p.shape])).toEqual([["E", [3, 8]], ["F", [3, 8]]]);
    expect(new nn.LinformerAttention({ length: 8, rank: 3, share: true }).parameters()).toHaveLength(1);
    const x = randn([2, 5, 4]);
    const want = F.lowRankAttention(x, x, x, layer.E.narrow(1, 0, 5), layer.F!.narrow(1, 0, 5));
    expect(layer.forward(x, x, x).dataSync()).toEqual(want.dataSync());
    expect(() => layer.forward(randn([9, 4]), randn([9, 4]), randn([9, 4]))).toThrow(/more than its length of 8/);
  });
  test("Performer: features are a buffer that a checkpoint holds, and can be drawn anew", () => {
    const layer = new nn.PerformerAttention(4, { generator: new Generator(1) });
    expect(layer.stateDict().projection.shape).toEqual([12, 4]);
    expect(layer.parameters()).toHaveLength(0);
    const before = layer.projection.dataSync();
    layer.redraw({ generator: new Generator(2) });
    expect(layer.projection.dataSync()).not.toEqual(before);
    layer.redraw({ generator: new Generator(1) });
    expect(layer.projection.dataSync()).toEqual(before);
  });
  test("LSH: rotations are a buffer; buckets come in pairs", () => {
    const layer = new nn.LSHAttention(4, { buckets: 6, rounds: 3, chunk: 2 });
    expect(layer.stateDict().rotations.shape).toEqual([3, 4, 3]);
    const before = layer.rotations.dataSync();
    layer.redraw();
    expect(layer.rotations.dataSync()).not.toEqual(before);
    expect(() => new nn.LSHAttention(4, { buckets: 5, chunk: 2 })).toThrow(/even number/);
  });
});
