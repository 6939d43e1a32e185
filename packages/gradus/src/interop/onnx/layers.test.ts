import { beforeAll, describe, expect, test } from "vitest";
import "../../exec/setup.ts";
import "../../tensor/tensor.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { fill, flat, loadAll, unpack, type Case } from "../../nn/oracle.fixture.ts";
import * as F from "../../nn/functional.ts";
import type { Layer } from "../../nn/module.ts";
import * as nn from "../../nn/nn.ts";
import { noGrad } from "../../tensor/gradient.ts";
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
