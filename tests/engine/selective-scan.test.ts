/**
 * The kernels of Mamba's scan where few rows are cut in parts of their channels: against the reference backend, which
 * runs the definition, and the same bits for one and two threads.
 */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, F, grad, manualSeed, randn, setBackend, tensor, type Backend,
  type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, (threads: number) => Promise<Backend>])[] = [
  ["wasm", (threads) => Promise.resolve(createWasmBackend({ threads }))],
  ...(missing === null ? [["native", (threads: number) => createNativeBackend({ threads })] as const] : []),
];
interface Given { readonly shape: readonly number[]; readonly numbers: Float32Array }

/** x, dt, A, B, C, D of a scan; steps of 0.05 to 0.5 keep the states alive. */
async function given([b, t, d, n]: readonly number[]): Promise<Given[]> {
  setBackend(createReferenceBackend());
  manualSeed(11);
  const kept = [randn([b, t, d]), randn([b, t, d]).sigmoid().mul(0.45).add(0.05), randn([d, n]).exp().neg(),
    randn([b, t, n]), randn([b, t, n]), randn([d])];
  return Promise.all(kept.map(async (x) => ({ shape: x.shape, numbers: await x.data() as Float32Array })));
}
function gradients(x: Tensor, dt: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor): Tensor[] {
  const inputs = [x, dt, a, b, c, d].map((v) => v.detach().requiresGrad_());
  const [p, q, r, s, t, u] = inputs;
  return grad(F.selectiveScan(p, q, r, s, t, u).sin().sum(), inputs).map((g) => g!);
}
async function run(values: readonly Given[], compiled: boolean): Promise<Float32Array[]> {
  const [x, dt, a, b, c, d] = values.map(({ shape, numbers }) => tensor(numbers, { shape }));
  const found = (compiled ? compile(gradients) : gradients)(x, dt, a, b, c, d);
  return Promise.all(found.map((g) => g.data() as Promise<Float32Array>));
}

describe.each(backends)("%s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });

  // Rows, steps, channels, states: one part, several, and several whose last one is shorter and leaves channels over.
  test.each([
    [5, 20, 70, 4], [1, 35, 256, 4], [2, 19, 263, 3], [1, 21, 531, 2],
  ])("%i x %i x %i x %i", async (...shape) => {
    const values = await given(shape);
    const wanted = await run(values, false);
    const once = await create(1);
    setBackend(once);
    const got = await run(values, true);
    once.dispose();
    wanted.forEach((w, i) => {
      // Sums of up to a few thousand terms in another order: a part in 10,000 of the largest.
      const scale = w.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      const worst = w.reduce((most, v, k) => Math.max(most, Math.abs(v - got[i][k])), 0);
      expect(worst / scale, `gradient ${i}`).toBeLessThan(1e-4);
    });
    const twice = await create(2);
    setBackend(twice);
    expect(await run(values, true)).toEqual(got);
    twice.dispose();
  });
});
