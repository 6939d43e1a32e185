import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { gradcheck } from "../autograd/gradcheck.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { compile } from "../exec/compile.ts";
import { iota } from "../ops/create.ts";
import { add, mul, sin, square } from "../ops/elementwise.ts";
import { reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { currentBackend, setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { grad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import * as F from "./functional.ts";
import type { Layer } from "./module.ts";
import * as nn from "./nn.ts";
import { compare, load, unpack, type Case } from "./oracle.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

interface PackedCase extends Case {
  readonly lengths: readonly number[];
  readonly batchFirst: boolean;
}
const { packed, ctc } = load<{ readonly packed: readonly PackedCase[]; readonly ctc: readonly Case[] }>("sequence");
type Recurrent = { forward(x: nn.PackedSequence, state: unknown): [nn.PackedSequence, unknown] };

describe("packed sequences of different lengths give what PyTorch gives", () => {
  for (const item of packed) {
    test(`${item.type} ${JSON.stringify(item.args)}`, () => {
      const Made = Reflect.get(nn, item.type) as new (...args: readonly unknown[]) => Layer;
      const layer = new Made(...item.args!);
      const state = Object.entries(item.state!).map(([name, value]) => [name, unpack(value)] as const);
      layer.loadStateDict(Object.fromEntries(state));
      const run = (x: Tensor, ...states: Tensor[]): unknown => {
        const together = nn.packPaddedSequence(x, item.lengths, { batchFirst: item.batchFirst, enforceSorted: false });
        const state = states.length === 0 ? null : item.type === "LSTM" ? states : states[0];
        const [output, last] = (layer as unknown as Recurrent).forward(together, state);
        const padded = nn.padPackedSequence(output, { batchFirst: item.batchFirst, paddingValue: 0.5, totalLength: 6 });
        expect(padded[1]).toEqual(item.lengths);
        return [padded[0], last];
      };
      compare(run, item, layer);
    });
  }
});

describe("packing", () => {
  const sequences = (): Tensor[] => [tensor([1, 2]), tensor([3, 4, 5]), tensor([6])];
  test("sequences stand time step by time step, the longest first", () => {
    const together = nn.packSequence(sequences(), { enforceSorted: false });
    expect([...together.data.dataSync()]).toEqual([3, 1, 6, 4, 2, 5]);
    expect(together.batchSizes).toEqual([3, 2, 1]);
    expect(together.sortedIndices).toEqual([1, 0, 2]);
    expect(together.sortedLengths).toEqual([3, 2, 1]);
    expect(nn.unpackSequence(together).map((x) => x.arraySync())).toEqual([[1, 2], [3, 4, 5], [6]]);
  });
  test("padding on either side, and back", () => {
    const right = nn.padSequence(sequences(), { batchFirst: true, paddingValue: 9 });
    expect(right.arraySync()).toEqual([[1, 2, 9], [3, 4, 5], [6, 9, 9]]);
    expect(nn.padSequence(sequences(), { paddingSide: "left" }).arraySync()).toEqual([[0, 3, 0], [1, 4, 0], [2, 5, 6]]);
    expect(nn.unpadSequence(right, [2, 3, 1], { batchFirst: true }).map((x) => x.arraySync()))
      .toEqual([[1, 2], [3, 4, 5], [6]]);
  });
  test("lengths that do not fit are explained", () => {
    const x = randn([4, 2, 3]);
    expect(() => nn.packPaddedSequence(x, [2, 3])).toThrow(/do not fall; sort the batch .* enforceSorted: false/);
    expect(() => nn.packPaddedSequence(x, [5, 3])).toThrow(/lengths \[5, 3\] do not fit 2 sequences of up to 4 steps/);
    const together = nn.packPaddedSequence(x, [4, 1]);
    expect(() => nn.padPackedSequence(together, { totalLength: 3 })).toThrow(/longest sequence has 4 steps/);
    expect(() => together.with(randn([4, 3]))).toThrow(/count 5 steps, but the data is \[4, 3\]/);
    expect(() => new nn.LSTM(3, 4, { projSize: 4 })).toThrow(/projSize is 4; it lies below hiddenSize/);
  });
});

describe("CTC behind a softmax gives what PyTorch gives", () => {
  for (const [i, item] of ctc.entries()) {
    test(`${i} ${JSON.stringify(item.call.slice(-1))}`, () => {
      compare((x: Tensor, ...rest: unknown[]) =>
        F.ctcLoss(F.logSoftmax(x), ...(rest as [Tensor, number[], number[], F.CtcOptions?])), item);
    });
  }
  test("its gradient is the derivative, to second order", async () => {
    const x = reshape(sin(mul(iota(5 * 2 * 3, "f64"), 1.7)), [5, 2, 3]);
    const targets = tensor(new Int32Array([1, 1, 2, 0]), { shape: [2, 2] });
    await gradcheck((y) => F.ctcLoss(F.logSoftmax(y), targets, [5, 4], [2, 1], { reduction: "none" }), [x],
      { order: 2, elements: 8, tolerance: 1e-5 });
  });
  test("lengths may be tensors, and what does not fit is explained", () => {
    const x = F.logSoftmax(randn([4, 2, 3])), targets = tensor(new Int32Array([1, 2, 1]));
    const lengths = (...n: number[]): Tensor => tensor(new Int32Array(n));
    const [a, b] = [F.ctcLoss(x, targets, [4, 3], [2, 1]), F.ctcLoss(x, targets, lengths(4, 3), lengths(2, 1))];
    expect(a.itemSync()).toBeCloseTo(b.itemSync(), 6);
    expect(() => F.ctcLoss(x, targets, [4], [2, 1])).toThrow(/1 input lengths, 2 target lengths and blank 0 do not/);
  });
});

test("dropout between layers drops while training and not afterwards", () => {
  manualSeed(3);
  const layer = new nn.GRU(3, 4, { numLayers: 2, dropout: 0.5 }), x = randn([5, 2, 3]);
  const [a, b] = [layer.forward(x)[0].dataSync(), layer.forward(x)[0].dataSync()];
  expect(a).not.toEqual(b);
  layer.eval();
  expect(layer.forward(x)[0].dataSync()).toEqual(layer.forward(x)[0].dataSync());
});

describe("Transformers", () => {
  test("the layers of a stack have values of their own, and PyTorch's names", () => {
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 6 }), 2,
      { norm: new nn.LayerNorm(4) });
    const names = Object.keys(encoder.stateDict());
    expect(names).toHaveLength(26);
    expect(names).toContain("layers.1.self_attn.in_proj_weight");
    expect(names.slice(-2)).toEqual(["norm.weight", "norm.bias"]);
    const [first, second] = [...encoder.layers].map((layer) => [...layer.linear1.weight.dataSync()]);
    expect(first).not.toEqual(second);
  });
  test("causality: a later position changes nothing before it", () => {
    const decoder = new nn.TransformerDecoder(
      new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 6, batchFirst: true }), 2).eval();
    const memory = randn([1, 3, 4]), x = randn([1, 5, 4]);
    const changed = add(x, reshape(mul(iota(5, "f32").sub(3).gt(0).cast("f32"), 2), [1, 5, 1]));
    const [a, b] = [x, changed].map((y) => decoder.forward(y, memory, { tgtCausal: true }).dataSync());
    expect([...a.slice(0, 16)]).toEqual([...b.slice(0, 16)]);
    expect([...a.slice(16)]).not.toEqual([...b.slice(16)]);
    expect(nn.generateSquareSubsequentMask(2).arraySync()).toEqual([[0, -Infinity], [0, 0]]);
  });
});

test("an embedding with a largest norm shortens the rows it is asked for, in the table", () => {
  const layer = new nn.Embedding(4, 2, { maxNorm: 1 });
  layer.weight.assign(tensor([[3, 4], [0.3, 0.4], [6, 8], [0, 2]]));
  layer.forward(tensor(new Int32Array([0, 1, 3])));
  const near = [0.6, 0.8, 0.3, 0.4, 6, 8, 0, 1];
  layer.weight.dataSync().forEach((value, i) => { expect(value).toBeCloseTo(near[i], 5); });
});

test("gumbelSoftmax draws classes as often as their probabilities say, one-hot with soft gradients", () => {
  manualSeed(5);
  const logits = tensor([[0, 1, 2]], { requiresGrad: true });
  const p = [...F.softmax(logits).dataSync()], n = 4000;
  const draws = F.gumbelSoftmax(logits.expand([n, 3]), { hard: true });
  const rows = [...draws.dataSync()];
  expect(rows.every((value) => value === 0 || value === 1)).toBe(true);
  p.forEach((share, c) => {
    const found = rows.filter((_, i) => i % 3 === c).reduce((a, b) => a + b, 0) / n;
    expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt(share * (1 - share) / n));
  });
  const [g] = grad(sum(mul(F.gumbelSoftmax(logits, { hard: true }), tensor([1, 2, 3]))), [logits]);
  expect(g!.dataSync().some((value) => value !== 0)).toBe(true);
  expect(() => F.gumbelSoftmax(logits, { tau: 0 })).toThrow(/temperature above 0/);
});

describe("compiled on the wasm backend, as eagerly on the reference", () => {
  /** Loss and gradient of the input: compiled with wasm, and eagerly with the reference backend. */
  function both(make: () => { f: (x: Tensor) => Tensor; x: () => Tensor }): [number[], number[]] {
    const run = (compiled: boolean): number[] => {
      manualSeed(7);
      const { f, x } = make();
      const step = (given: Tensor): [Tensor, Tensor] => {
        const input = given.detach().requiresGrad_(), loss = f(input);
        return [loss, grad(loss, [input])[0]!];
      };
      const chosen = compiled ? compile(step) : step;
      const data = x();
      chosen(data);
      return chosen(data).flatMap((y) => [...y.dataSync()]);
    };
    const before = currentBackend(), wanted = run(false);
    const wasm = createWasmBackend({ threads: 1 });
    setBackend(wasm);
    try {
      return [run(true), wanted];
    } finally {
      setBackend(before);
    }
  }
  const wave = (...shape: number[]) => (): Tensor =>
    reshape(sin(mul(iota(shape.reduce((a, b) => a * b, 1), "f32"), 1.3)), shape);
  const weigh = (y: Tensor): Tensor => sum(mul(square(y), reshape(sin(iota(y.numel, "f32")), y.shape)));
  const targets = (): Tensor => tensor(new Int32Array([1, 2, 2, 3, 1, 2]), { shape: [2, 3] });
  const CASES: Record<string, () => { f: (x: Tensor) => Tensor; x: () => Tensor }> = {
    LSTM: () => {
      const layer = new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, projSize: 2 });
      return { f: (x) => weigh(layer.forward(x)[0]), x: wave(6, 3, 3) };
    },
    "packed GRU, reset before": () => {
      const layer = new nn.GRU(3, 4, { resetAfter: false, bidirectional: true });
      return { f: (x) => weigh(layer.forward(nn.packPaddedSequence(x, [6, 4, 1]))[0].data), x: wave(6, 3, 3) };
    },
    MultiheadAttention: () => {
      const layer = new nn.MultiheadAttention(8, 2, { addBiasKv: true, addZeroAttn: true, batchFirst: true });
      return { f: (x) => weigh(layer.forward(x, x, x, { causal: true })[0]), x: wave(2, 5, 8) };
    },
    "grouped queries": () => ({
      f: (x) => weigh(F.scaledDotProductAttention(x, x.narrow(1, 0, 2), x.narrow(1, 1, 2), { enableGqa: true })),
      x: wave(2, 4, 5, 3),
    }),
    CTC: () => ({ f: (x) => F.ctcLoss(F.logSoftmax(x), targets(), [7, 5], [3, 2]), x: wave(7, 2, 4) }),
  };
  for (const [name, make] of Object.entries(CASES)) {
    test(name, () => {
      const [got, want] = both(make);
      expect(got).toHaveLength(want.length);
      const largest = Math.max(...want.map(Math.abs));
      got.forEach((value, i) => { expect(Math.abs(value - want[i])).toBeLessThan(1e-4 * largest); });
    });
  }
});
