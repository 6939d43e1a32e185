import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile, IndexError, memoryReport, ones, scope, state, tensor, useBackend, zeros, type Tensor } from "gradus";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import type { Backend } from "../../packages/gradus/src/runtime/backend.ts";

// Without a C compiler there is no native backend to test.
const names = await findCompiler().then(() => ["wasm", "native"] as const, () => ["wasm"] as const);

for (const name of names) describe(`donated arguments on ${name}`, () => {
  let backend: Backend;
  beforeAll(async () => { backend = await useBackend(name, { threads: 2 }); });
  afterAll(() => backend.dispose());

  /** Puts a row into a cache (2, 5, 3) and sums what is there. */
  const put = (cache: Tensor, row: Tensor, at: Tensor): { cache: Tensor; total: Tensor } => {
    const next = cache.indexCopy(1, at, row);
    return { cache: next, total: next.sum() };
  };
  const at = (i: number): Tensor => tensor(Int32Array.of(i));
  const row = (value: number): Tensor => ones([2, 1, 3]).mul(value);

  it("are written where they lie, and freed", async () => {
    const step = compile(put, { donate: [0] });
    const first = zeros([2, 5, 3]);
    let made = step(first, row(1), at(0));
    await expect(first.data()).rejects.toThrow("this tensor's memory was freed");
    const before = memoryReport().bytes;
    for (let i = 1; i < 5; i++) {
      const next = step(made.cache, row(i + 1), at(i));
      made.total.dispose();
      made = next;
    }
    // Rows and indices are garbage of their own; the caches (120 bytes each) are one.
    expect(await made.total.item()).toBe(2 * 3 * (1 + 2 + 3 + 4 + 5));
    expect(Array.from(await made.cache.data())).toEqual([...Array.from({ length: 15 }, (_, i) =>
      1 + Math.floor(i / 3)), ...Array.from({ length: 15 }, (_, i) => 1 + Math.floor(i / 3))]);
    expect(memoryReport().bytes - before).toBeLessThan(4 * (24 + 4) * 8);
  });
  it("leave what somebody else looks at as it was", async () => {
    const step = compile(put, { donate: [0] });
    const whole = zeros([4, 5, 3]), part = whole.narrow(0, 1, 2), kept = zeros([2, 5, 3]), twin = kept.detach();
    await twin.data();
    for (const cache of [part, kept]) {
      const { cache: next, total } = step(cache, row(1), at(2));
      expect(await total.item()).toBe(6);
      expect(await next.sum().item()).toBe(6);
    }
    expect(await whole.sum().item()).toBe(0);
    expect(await twin.sum().item()).toBe(0);
  });
  it("may be given twice, and State stays State", async () => {
    const both = compile((x: Tensor, y: Tensor) => x.indexCopy(0, at(0), ones([1, 2])).add(y), { donate: [0, 1] });
    const x = zeros([3, 2]);
    expect(await both(x, x).sum().item()).toBe(2);
    const copied = compile((s: Tensor) => s.indexCopy(0, tensor(Int32Array.of(1)), ones([1, 2])), { donate: [0] });
    const weights = state(zeros([3, 2]));
    expect(await copied(weights).sum().item()).toBe(2);
    expect(await weights.sum().item()).toBe(0);
  });
  it("are copied where the old numbers are needed too", async () => {
    const change = compile((x: Tensor) => {
      const next = x.indexAdd(0, tensor(Int32Array.of(1)), ones([1, 2]));
      return [next, next.sub(x)];
    }, { donate: [0] });
    const [next, difference] = change(ones([3, 2]));
    expect(await next.sum().item()).toBe(8);
    expect(Array.from(await difference.data())).toEqual([0, 0, 1, 1, 0, 0]);
  });
  it("compare with eager numbers under check, and name a wrong index", async () => {
    const step = compile(put, { donate: [0], check: true });
    scope(() => { step(zeros([2, 5, 3]), row(1), at(4)); });
    const plain = compile(put, { donate: [0] });
    await expect((async () => await plain(zeros([2, 5, 3]), row(1), at(5)).total.item())()).rejects.toThrow(IndexError);
  });
});
