import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import "../../tensor/tensor.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { fill, flat, loadAll, unpack, type Case } from "../../nn/oracle.fixture.ts";
import * as F from "../../nn/functional.ts";
import { Module, type Layer } from "../../nn/module.ts";
import * as nn from "../../nn/nn.ts";
import { noGrad } from "../../tensor/gradient.ts";
import { tensor } from "../../tensor/create.ts";
import { manualSeed, randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { exportOnnx } from "./export.ts";
import { difference, runOnnx } from "./runtime.fixture.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const title = (item: Case, i: number): string =>
  `${i} ${item.type} ${JSON.stringify(item.args ?? item.call.slice(item.inputs.length)).slice(0, 60)}`;

/** Exports what a case computes, and compares ONNX Runtime with it. */
async function compare(item: Case, run: (...args: unknown[]) => unknown): Promise<void> {
  const inputs = item.inputs.map(unpack);
  const forward = (...given: Tensor[]): unknown => run(...(fill(item.call, given) as unknown[]));
  const found = await runOnnx(await exportOnnx(forward, inputs), inputs);
  const want = noGrad(() => flat(forward(...inputs)));
  expect(found).toHaveLength(want.length);
  want.forEach((y, n) => { expect(difference(found[n], y), `output ${n}`).toBeLessThanOrEqual(1e-5); });
}

describe("ONNX Runtime gives what the layers give", () => {
  for (const [i, item] of loadAll("layers").entries()) {
    test(title(item, i), async () => {
      const Made = Reflect.get(nn, item.type) as new (...args: unknown[]) => Layer;
      const layer = new Made(...(item.args ?? [])).train(item.train);
      layer.loadStateDict(Object.fromEntries(Object.entries(item.state!).map(([key, x]) => [key, unpack(x)])));
      await compare(item, (...args) => layer.forward(...(args as Parameters<Layer["forward"]>)));
    });
  }
});

describe("ONNX Runtime gives what the functions give", () => {
  for (const [i, item] of loadAll("functions").entries()) {
    test(title(item, i), async () => {
      await compare(item, Reflect.get(F, item.type) as (...args: unknown[]) => unknown);
    });
  }
});

/** What PyTorch's fixtures have no case of: wrappers, what is not PyTorch's, and what long inputs change. */
type Make = () => Module | ((...inputs: Tensor[]) => unknown);
const OTHERS: Readonly<Record<string, readonly [make: Make, inputs: readonly (readonly number[])[]]>> = {
  Sequential: [() => new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU()), [[4, 3]]],
  Flatten: [() => new nn.Flatten(), [[2, 3, 4]]],
  Identity: [() => new nn.Identity(), [[2, 3]]],
  DropPath: [() => new nn.DropPath(0.5), [[2, 3]]],
  TransformerEncoder: [() => new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true }), 2), [[2, 5, 8]]],
  TransformerDecoder: [() => new nn.TransformerDecoder(
    new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true }), 2), [[2, 5, 8], [2, 4, 8]]],
  CRF: [() => {
    const crf = new nn.CRF(3), tags = tensor([[0, 2, 1, 1], [1, 0, 0, 2]], { dtype: "i32" });
    return (x) => crf.forward(x, tags);
  }, [[2, 4, 3]]],
  ReversibleBlock: [() => new nn.ReversibleBlock(new nn.Linear(4, 4), new nn.Tanh()), [[2, 4], [2, 4]]],
  ReversibleSequence: [() => new nn.ReversibleSequence(
    [0, 1].map(() => new nn.ReversibleBlock(new nn.Linear(4, 4), new nn.Tanh()))), [[2, 4], [2, 4]]],
  CTCLoss: [() => (x) => new nn.CTCLoss().forward(F.logSoftmax(x),
    tensor([[1, 2, 2], [3, 1, 0]], { dtype: "i32" }), tensor([7, 6], { dtype: "i32" }),
    tensor([3, 2], { dtype: "i32" })),
  [[7, 2, 4]]],
  "attention over a long sequence, in chunks": [() => (q, k, v) =>
    F.scaledDotProductAttention(q, k, v, { causal: true }), [[2, 300, 4], [2, 300, 4], [2, 300, 3]]],
};
/** Modules without a forward pass of their own: they hold others. */
const HOLDERS = [
  "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Parametrization", "ParametrizationList",
];

describe("ONNX Runtime gives what the other layers give", () => {
  test.each(Object.keys(OTHERS))("%s", async (name) => {
    manualSeed(8);
    const [make, shapes] = OTHERS[name], inputs = shapes.map((shape) => randn(shape)), made = make();
    if (made instanceof Module) made.eval();
    const run = made instanceof Module ? Reflect.get(made, "forward").bind(made) as (...x: Tensor[]) => unknown : made;
    const found = await runOnnx(await exportOnnx(made, inputs), inputs);
    const want = noGrad(() => flat(run(...inputs)));
    expect(want.length).toBeGreaterThan(0);
    want.forEach((y, n) => {
      expect(difference(found[n], y), `output ${n}`).toBeLessThanOrEqual(1e-5);
    });
  });
  test("and no layer is left out; a loss is its function", () => {
    const tried = new Set([...loadAll("layers").map(({ type }) => type), ...Object.keys(OTHERS), ...HOLDERS]);
    const functions = new Set(loadAll("functions").map(({ type }) => type.toLowerCase()));
    const isTried = (name: string): boolean => tried.has(name) ||
      [name, name.replace(/Loss$/, ""), name.replace(/^BCE/, "BinaryCrossEntropy").replace(/Loss$/, "")]
        .some((one) => functions.has(one.toLowerCase()));
    const modules = Object.entries(nn)
      .filter(([, made]) => (made as { prototype?: unknown }).prototype instanceof Module);
    expect(modules.length).toBeGreaterThan(100);
    expect(modules.map(([name]) => name).filter((name) => !isTried(name))).toEqual([]);
  });
});
