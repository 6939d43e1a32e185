/** Values that many others read: compiling visits each once, however often it is read. */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, explain, F, grad, rand, setBackend, tensor, where, type KernelBackend,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { WasmBackend } from "../../packages/gradus/src/backends/wasm/device.ts";

/** Each of 40 steps reads the one before three times: 3^40 paths lead through the graph. */
const STEPS = 40, INPUT = [-3, 0, 1.5, 9, 20.25, 41];
const step = (x: number, i: number): number => (x > i ? x - 1 : x / 2);
const expected = INPUT.map((x) => Array.from({ length: STEPS }, (_, i) => i).reduce(step, x));

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<KernelBackend>])[] = [
  ["wasm", () => Promise.resolve(new WasmBackend({ threads: 1 }))],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 1 })] as const] : []),
];
describe.each(backends)("a chain of choices on %s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  test("is compiled in a number of steps that grows with its length", async () => {
    setBackend(await create());
    const chain = compile((x: ReturnType<typeof tensor>) => {
      let y = x;
      for (let i = 0; i < STEPS; i++) y = where(y.gt(i), y.sub(1), y.div(2));
      return y;
    });
    // Halves of short binary fractions are exact in f32.
    expect([...await chain(tensor(INPUT)).data()]).toEqual(expected);
  });
});
describe.each(backends)("a sum that grows from layer to layer on %s", (_, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });
  test("is read in a few arrays, however many layers made it", async () => {
    setBackend(await create());
    const weights = Array.from({ length: 10 }, () => rand([32, 32]).sub(0.5).requiresGrad_());
    const { kernels } = explain((x: ReturnType<typeof tensor>) => {
      let y = x;
      for (const w of weights) y = y.add(F.linear(F.layerNorm(y, [32]), w));
      return grad(y.square().sum(), weights).map((g) => g ?? expect.fail("a gradient is missing"));
    }, [rand([64, 32])]);
    const reads = kernels.map(({ ir }) => new Set(ir.match(/\bin\d+\b/g)).size);
    expect(Math.max(...reads)).toBeGreaterThan(0);
    expect(Math.max(...reads)).toBeLessThanOrEqual(7);
  });
});
