import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, F, manualSeed, noGrad, rand, tensor, useBackend, type Tensor } from "gradus";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";

// Without a C compiler there is no native backend to test.
const names = await findCompiler().then(() => ["wasm", "native"] as const, () => ["wasm"] as const);

/** Softmax of rows in float64, scores i > row in a row left out. */
function softmaxOf(x: ArrayLike<number>, rows: number, width: number): number[] {
  return Array.from({ length: rows }, (_, r) => {
    const row = Array.from({ length: width }, (_x, i) => Math.exp(i > r ? -Infinity : x[r * width + i]));
    const sum = row.reduce((a, b) => a + b);
    return row.map((e) => e / sum);
  }).flat();
}
/** Largest difference, relative to the largest number. */
function error(got: ArrayLike<number>, wanted: readonly number[]): number {
  expect(got.length).toBe(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((w, i) => Math.abs(got[i] - w))) / scale;
}

for (const name of names) describe(`long rows and deep products on ${name}`, () => {
  let backend: Backend;
  beforeAll(async () => { backend = await useBackend(name, { threads: 2 }); });
  afterAll(() => backend.dispose());

  // Whole vectors, what they leave, and rows that no vector fills: exponents wait in the cells of the result.
  it.each([1, 3, 4, 15, 16, 17, 63, 64, 65, 130, 1000])("masked softmax of rows of %i, and more", async (width) => {
    manualSeed(width);
    const rows = Math.min(width, 40), x = rand([rows, width]).mul(8).sub(4);
    const given = await x.data(), mask = tensor(Float32Array.from({ length: rows * width }, (_, i) =>
      (i % width > Math.floor(i / width) ? -Infinity : 0)), { shape: [rows, width] });
    const both = compile((scores: Tensor) => noGrad(() => {
      const y = F.softmax(scores.add(mask), -1);
      return [y, y.mul(2).add(scores)];
    }));
    const [y, more] = both(x), wanted = softmaxOf(given, rows, width);
    // Exponentials are good to 2 ulp, a row's sum and its reciprocal add another.
    expect(error(await y.data(), wanted)).toBeLessThan(1e-6);
    expect(error(await more.data(), wanted.map((p, i) => 2 * p + given[i]))).toBeLessThan(1e-6);
  });

  // Sums of 256 terms and more, whose operands are packed; sizes that tiles divide, and that they do not.
  it.each([[64, 256, 96], [200, 300, 192], [256, 512, 256], [97, 260, 130]])("%i x %i x %i in all its turns",
    async (m, k, n) => {
      manualSeed(m);
      const a = rand([m, k]).sub(0.5), b = rand([k, n]).sub(0.5);
      const [p, q] = [await a.data(), await b.data()];
      const wanted = Array.from({ length: m * n }, (_, at) => {
        const i = Math.floor(at / n), j = at % n;
        let sum = 0;
        for (let t = 0; t < k; t++) sum += p[i * k + t] * q[t * n + j];
        return sum;
      });
      const turned = [await copied(a.transpose(0, 1)), await copied(b.transpose(0, 1))];
      const forms = [() => a.matmul(b), () => a.matmul(turned[1].transpose(0, 1)),
        () => turned[0].transpose(0, 1).matmul(b), () => turned[0].transpose(0, 1).matmul(turned[1].transpose(0, 1))];
      // float32 sums of up to 512 terms
      for (const form of forms) expect(error(await compile(form)().data(), wanted)).toBeLessThan(3e-6);
    });
});
const copied = async (x: Tensor): Promise<Tensor> => {
  const made = x.add(0);
  await made.data();
  return made;
};
