import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import * as F from "../nn/functional.ts";
import * as nn from "../nn/nn.ts";
import { unpack, type Packed } from "../nn/oracle.fixture.ts";
import { SGD } from "../optim/optim.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import { manualSeed } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { unpacked } from "./formats.fixture.ts";
import { difference } from "./onnx/runtime.fixture.ts";
import { loadPt, loadSafetensors, saveSafetensors } from "./tensors.ts";

/** Models that were trained on one side, and what PyTorch gives with them: tools/oracle/interop.py. */
const { torch, gradus, inputs } = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/interop-trained.json", import.meta.url), "utf8")) as {
  readonly inputs: Packed;
  readonly torch: { readonly pt: string; readonly safetensors: string; readonly outputs: Packed };
  readonly gradus: { readonly safetensors: string; readonly outputs: Packed };
};
beforeAll(() => setBackend(createReferenceBackend()));

/** The model of the script, layer by layer. */
const model = (): nn.Sequential => new nn.Sequential(
  new nn.Conv2d(1, 4, 3, { padding: 1 }), new nn.BatchNorm2d(4), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(),
  new nn.Linear(64, 8), new nn.Tanh(), new nn.Linear(8, 3),
);
function outputsOf(state: Record<string, Tensor>): Tensor {
  const loaded = model();
  expect(loaded.loadStateDict(state)).toEqual({ missing: [], unexpected: [], mismatched: [] });
  return noGrad(() => loaded.eval().forward(unpack(inputs)));
}
const off = (got: Tensor, want: Packed): number => difference({ shape: got.shape, data: got.dataSync() }, unpack(want));

/** Sixty steps on the inputs of the fixture, the first of three classes for the first of three, and so on. */
function train(): { readonly trained: nn.Sequential; readonly losses: readonly number[] } {
  manualSeed(11);
  const trained = model(), optimizer = new SGD(trained.parameters(), { lr: 0.1, momentum: 0.9 });
  const x = unpack(inputs), labels = tensor(Int32Array.from({ length: x.shape[0] }, (_, i) => i % 3));
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    optimizer.zeroGrad();
    const loss = F.crossEntropy(trained.forward(x), labels);
    loss.backward();
    optimizer.step();
    losses.push(loss.itemSync());
  }
  return { trained, losses };
}

describe("a model trained in PyTorch gives the same outputs here", () => {
  it("from its .pt file", async () => {
    expect(off(outputsOf(await loadPt(unpacked(torch.pt))), torch.outputs)).toBeLessThan(1e-5);
  });
  it("from its safetensors file", () => {
    expect(off(outputsOf(loadSafetensors(unpacked(torch.safetensors))), torch.outputs)).toBeLessThan(1e-5);
  });
});

describe("a model trained here gives the same outputs in PyTorch", () => {
  it("from the safetensors file that it was saved as", () => {
    expect(off(outputsOf(loadSafetensors(unpacked(gradus.safetensors))), gradus.outputs)).toBeLessThan(1e-5);
  });
  it("which training and saving it again writes", async () => {
    const { trained, losses } = train();
    expect(losses[59]).toBeLessThan(losses[0] / 4);
    const file = await saveSafetensors(trained.stateDict());
    const folder = process.env["GRADUS_INTEROP_OUT"];
    if (folder !== undefined) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "trained.safetensors"), file);
    }
    const [again, before] = [loadSafetensors(file), loadSafetensors(unpacked(gradus.safetensors))];
    expect(Object.keys(again)).toEqual(Object.keys(before));
    expect(off(outputsOf(again), gradus.outputs)).toBeLessThan(1e-3);
  });
});
