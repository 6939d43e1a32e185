/**
 * Convolutions whose windows move several cells at a time: their gradients fall into kinds of cells, and windows of
 * one tap into products, which the reference backend knows nothing of.
 */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, F, grad, manualSeed, rand, setBackend, type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["wasm", () => Promise.resolve(createWasmBackend())],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 2 })] as const] : []),
];
interface Case {
  readonly side: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: number | readonly [number, number];
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
}
const cases: Readonly<Record<string, Case>> = {
  "3 x 3 taps, every second cell": { side: [8, 8], kernel: [3, 3], stride: 2, padding: 1 },
  "odd sides": { side: [7, 9], kernel: [3, 3], stride: 2, padding: 1 },
  "one tap, every second cell": { side: [10, 8], kernel: [1, 1], stride: 2 },
  "one tap across, three down": { side: [9, 9], kernel: [3, 1], stride: [1, 2], padding: 0 },
  "every third cell, cells that no tap reaches": { side: [11, 10], kernel: [2, 2], stride: 3 },
  "more padding than taps reach": { side: [6, 6], kernel: [2, 2], stride: 2, padding: 2 },
  "five taps, every second and third": { side: [13, 12], kernel: [5, 5], stride: [2, 3], padding: 2 },
  "taps apart": { side: [9, 9], kernel: [3, 3], stride: 2, padding: 2, dilation: 2 },
  "groups": { side: [8, 8], kernel: [4, 4], stride: 2, padding: 1, groups: 2 },
  "more kinds than are told apart": { side: [20, 20], kernel: [5, 5], stride: 5 },
};

async function run(backend: Backend, { side, kernel, groups = 1, ...options }: Case): Promise<Float32Array[]> {
  setBackend(backend);
  manualSeed(1);
  const x = rand([3, 4, ...side]).sub(0.5), w = rand([6, 4 / groups, ...kernel]).sub(0.5);
  const all = compile((a: Tensor, b: Tensor) => {
    const y = F.conv2d(a, b, null, { ...options, groups });
    // From y back to the cells of x: the same convolution seen from the other side.
    const back = F.convTranspose2d(y, b, null, { ...options, groups });
    return [y, back, ...[y, back].flatMap((z) => grad(z.square().sum(), [a, b]))]
      .map((t) => t ?? expect.fail("a gradient is missing"));
  });
  const made = all(x.requiresGrad_(), w.requiresGrad_());
  return Promise.all(made.map(async (t) => Float32Array.from(await t.data())));
}
describe.each(backends)("%s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  test.each(Object.keys(cases))("%s", async (name) => {
    const wanted = await run(createReferenceBackend(), cases[name]);
    const got = await run(await create(), cases[name]);
    got.forEach((numbers, i) => {
      expect(numbers.length).toBe(wanted[i].length);
      const scale = wanted[i].reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const worst = wanted[i].reduce((most, v, at) => Math.max(most, Math.abs(numbers[at] - v)), 0);
      // float32 sums of some hundred terms in another order
      expect(worst, `result ${i}`).toBeLessThanOrEqual(1e-5 * scale);
    });
  });
});
