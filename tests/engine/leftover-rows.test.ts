/** Products whose rows do not fill whole register tiles: what is left over, packed or not, against plain sums. */
import { afterAll, describe, expect, test } from "vitest";
import {
  compile, createReferenceBackend, createWasmBackend, explain, F, setBackend, tensor, type Backend, type Tensor,
} from "../../packages/gradus/src/index.ts";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ["wasm", () => Promise.resolve(createWasmBackend({ threads: 1 }))],
  ...(missing === null ? [["native", () => createNativeBackend({ threads: 2 })] as const] : []),
];
/** Small whole numbers: their sums are exact in f32 whatever the order. */
const whole = (shape: readonly number[], step: number): Tensor =>
  tensor(Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => (i * step) % 7 - 3), { shape });
const product = (x: Tensor, y: Tensor): Tensor => x.transpose(0, 1).matmul(y);

describe.each(backends)("%s", (name, create) => {
  afterAll(() => { setBackend(createReferenceBackend()); });

  test.each<readonly [number, number]>([
    ...[5, 7, 10, 65, 66, 67, 70, 71, 100].map((rows) => [rows, 272] as const),
    // Tiles are filled from 16, 15 or single lines of their source.
    [67, 270], [70, 257],
  ])("%i rows of %i terms", async (rows, depth) => {
    setBackend(await create());
    const columns = 512;
    const a = whole([depth, rows], 5), b = whole([depth, columns], 3);
    const [got, p, q] = await Promise.all([compile(product)(a, b).data(), a.data(), b.data()]);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += p[k * rows + i] * q[k * columns + j];
        if (got[i * columns + j] !== sum) expect.fail(`cell ${i}, ${j} is ${got[i * columns + j]}, not ${sum}`);
      }
    }
  });
  if (name === "native") test("rows are packed where they fill no whole tiles too", async () => {
    setBackend(await create());
    const { kernels } = explain(product, [whole([272, 101], 5), whole([272, 512], 3)]);
    expect(kernels.some((k) => k.source.includes("row_panel"))).toBe(true);
  });
  test.each([[10, 6], [70, 20], [16, 34]])("a convolution from %i to %i channels", async (from, to) => {
    setBackend(await create());
    const x = whole([16, from, 8, 8], 5), w = whole([to, from, 3, 3], 3);
    const run = (p: Tensor, q: Tensor): Tensor => F.conv2d(p, q, undefined, { padding: 1 });
    const got = await compile(run)(x, w).data(), [p, q] = await Promise.all([x.data(), w.data()]);
    for (let cell = 0; cell < got.length; cell += 11) {
      const n = Math.floor(cell / (to * 64)), o = Math.floor(cell / 64) % to;
      const y = Math.floor(cell / 8) % 8, c = cell % 8;
      let sum = 0;
      for (let i = 0; i < from; i++) for (let u = 0; u < 9; u++) {
        const [r, s] = [y + Math.floor(u / 3) - 1, c + u % 3 - 1];
        if (r >= 0 && r < 8 && s >= 0 && s < 8) sum += p[((n * from + i) * 8 + r) * 8 + s] * q[(o * from + i) * 9 + u];
      }
      if (got[cell] !== sum) expect.fail(`cell ${cell} is ${got[cell]}, not ${sum}`);
    }
  });
});
