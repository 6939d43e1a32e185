/**
 * Convolutions as large as those that the compiler cuts up by what stays in cache, against the sum over the taps of
 * products of shifted pictures: another path through it. Small shapes, in tests/contract, never meet these loops.
 */
import { afterAll, describe, expect, test } from "vitest";
import {
  createReferenceBackend, createWasmBackend, F, grad, manualSeed, rand, setBackend, type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["wasm", () => Promise.resolve(createWasmBackend())],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 2 })] as const] : []),
];

/** x (N, C, H, W) by w (O, C, 3, 3), padding 1: (N, O, H, W). */
function byTaps(x: Tensor, w: Tensor): Tensor {
  const [N, C, H, W] = x.shape, [O] = w.shape, padded = F.pad(x, [1, 1, 1, 1]);
  let y: Tensor | undefined;
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
    const shifted = padded.narrow(2, i, H).narrow(3, j, W).permute([0, 2, 3, 1]).reshape([-1, C]);
    const product = shifted.matmul(w.select(2, i).select(2, j).transpose(0, 1));
    y = y === undefined ? product : y.add(product);
  }
  return y!.reshape([N, H, W, O]).permute([0, 3, 1, 2]);
}

// Channels and side: sums that need no split, taps inside one, places of a picture inside one, scattered results.
describe.each(backends)("%s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  const sizes = [[64, 32], [128, 16], [256, 8], [512, 4]] as const;
  test.each(sizes)("%i channels on a side of %i, and gradients", async (C, side) => {
    setBackend(await create());
    manualSeed(C);
    const x = rand([8, C, side, side]).sub(0.5), w = rand([C, C, 3, 3]).sub(0.5), u = rand([8, C, side, side]).sub(0.5);
    const of = (conv: (x: Tensor, w: Tensor) => Tensor): Tensor[] => {
      const [a, b] = [x.detach().requiresGrad_(), w.detach().requiresGrad_()];
      const y = conv(a, b), gradients = grad(y, [a, b], { gradient: u });
      return [y, ...gradients.map((g) => g ?? expect.fail("a gradient is missing"))];
    };
    const [own, other] = [of((a, b) => F.conv2d(a, b, null, { padding: 1 })), of(byTaps)];
    for (const [i, y] of own.entries()) {
      // Sums of up to 8192 products of numbers around 0.3, in another order: relative to the largest result.
      const largest = await other[i].detach().abs().max().item();
      expect(await y.detach().sub(other[i].detach()).abs().max().item()).toBeLessThan(1e-5 * largest);
    }
  });
});
