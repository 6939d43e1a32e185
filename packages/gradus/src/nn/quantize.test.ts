import { beforeAll, describe, expect, test } from "vitest";
import "../index.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { createWasmBackend } from "../backends/wasm/index.ts";
import { compile } from "../exec/compile.ts";
import { explain } from "../explain/explain.ts";
import { GPT } from "../models/gpt.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { UsageError } from "../vocab/errors.ts";
import { assign } from "../exec/state.ts";
import * as nn from "./nn.ts";

const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number);
const worst = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

describe("quantizeWeights", () => {
  beforeAll(() => setBackend(createReferenceBackend()));

  test("moves no number by more than half a step, which is the largest of its row / 127", () => {
    manualSeed(1);
    const layer = new nn.Linear(40, 7), before = numbers(layer.weight);
    assign(layer.weight, tensor(before.map((value, i) => (i < 40 ? 0 : value)), { shape: [7, 40] }));
    const given = numbers(layer.weight), after = numbers(nn.quantizeWeights(layer).weight);
    for (let row = 0; row < 7; row++) {
      const own = given.slice(40 * row, 40 * row + 40), step = Math.max(...own.map(Math.abs)) / 127;
      expect(worst(own, after.slice(40 * row, 40 * row + 40))).toBeLessThanOrEqual(step / 2 * (1 + 1e-5));
    }
  });
  test("is what PyTorch's per-channel scheme stores: q = round(w / s), no zero point", () => {
    // torch.quantize_per_channel(w, scales=w.abs().amax(1) / 127, zero_points=0, axis=0, dtype=torch.qint8)
    const layer = new nn.Linear(4, 2, { bias: false });
    assign(layer.weight, tensor([[0.5, -1, 0.26, 0.1], [2, -0.3, 0.7, -1.9]]));
    const state = nn.quantizeWeights(layer).stateDict();
    expect(state["parametrizations.weight.original0"].dtype).toBe("i8");
    expect(numbers(state["parametrizations.weight.original0"])).toEqual([64, -127, 33, 13, 127, -19, 44, -121]);
    expect(worst(numbers(state["parametrizations.weight.original1"]), [1 / 127, 2 / 127])).toBeLessThan(1e-9);
  });
  test("a checkpoint of a quantised model is read into another, and stays within a quarter of the bytes", () => {
    manualSeed(2);
    const make = (): nn.Sequential => new nn.Sequential(new nn.Linear(64, 32), new nn.Tanh(), new nn.Linear(32, 5));
    const first = nn.quantizeWeights(make()), second = nn.quantizeWeights(make()), x = randn([3, 64]);
    second.loadStateDict(first.stateDict());
    expect(numbers(second.forward(x))).toEqual(numbers(first.forward(x)));
    const bytes = (dtype: string, size: number): number => Object.values(first.stateDict())
      .filter((entry) => entry.dtype === dtype).reduce((sum, { numel }) => sum + size * numel, 0);
    expect(bytes("i8", 1)).toBe(64 * 32 + 32 * 5);
    expect(bytes("f32", 4)).toBe(4 * (2 * 32 + 2 * 5));
  });
  test("says what it cannot do", () => {
    expect(() => nn.quantizeWeights(new nn.ReLU())).toThrow(UsageError);
    expect(() => nn.quantizeWeights(nn.quantizeWeights(new nn.Linear(2, 2)))).toThrow(/already/);
  });
});

describe("a compiled step of one row reads the bytes as they are", () => {
  const wasm = createWasmBackend({ threads: 1 });
  const step = (model: GPT): { fn: (...given: Tensor[]) => Tensor[]; inputs: Tensor[] } => ({
    fn: (token, ...state) => noGrad(() => {
      const next = model.step(token, state);
      return [next.logits, ...next.state];
    }),
    inputs: [tensor([3], { dtype: "i32" }), ...model.start(1)],
  });
  test("and gives what eager does, tables and turned matrices among them", () => {
    setBackend(wasm);
    manualSeed(3);
    const model = nn.quantizeWeights(new GPT({ vocabulary: 50, block: 8, width: 32, heads: 2, layers: 2 }).eval());
    const { fn, inputs } = step(model);
    const eager = fn(...inputs).map(numbers), compiled = compile(fn)(...inputs).map(numbers);
    eager.forEach((values, i) => { expect(worst(values, compiled[i])).toBeLessThan(1e-5); });
    // Nothing in the plan is as large as a matrix in floats.
    const { memory } = explain(fn, inputs);
    expect(memory!.arenaBytes).toBeLessThan(4 * 32 * 32);
  });
  test("float16 too, and several rows are products as ever", () => {
    setBackend(wasm);
    const w = tensor(Array.from({ length: 24 }, (_, i) => Math.sin(i)), { shape: [4, 6] }).cast("f16");
    for (const rows of [1, 3]) {
      const x = randn([rows, 6]), fn = (a: Tensor): Tensor => a.matmul(w.cast("f32").transpose(0, 1));
      expect(worst(numbers(compile(fn)(x)), numbers(fn(x)))).toBeLessThan(1e-6);
    }
  });
});
