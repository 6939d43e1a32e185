import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { padSamples, stackSamples } from "./collate.ts";
import type { Dataset } from "./dataset.ts";
import { ItemDataset } from "./items.ts";
import { DataLoader } from "./loader.ts";
import { bucketSampler, stratifiedSampler, weightedSampler } from "./sampler.ts";
import { ConcatDataset, TensorDataset } from "./tensors.ts";
import { WorkerDataset } from "./workers.node.ts";

beforeAll(() => setBackend(createReferenceBackend()));
const numbers = (size: number): Dataset<number[]> => ({ size, batch: (rows) => Array.from(rows) });

describe("data sets", () => {
  it("of items: map, filter, subset, concat, iteration", () => {
    const items = ItemDataset.of(["a", "bb", "ccc", "dddd"]);
    const lengths = items.filter((item) => item.length !== 2).map((item) => item.length);
    expect([...lengths]).toEqual([1, 3, 4]);
    expect([...lengths.concat(lengths.subset([2]), ItemDataset.of<number>([]), lengths)]).toEqual([1, 3, 4, 4, 1, 3,
      4]);
    expect(items.collated((batch) => batch.join("")).batch([3, 0])).toBe("dddda");
    expect(() => items.at(4)).toThrow(/row 4 is outside/);
  });
  it("of tensors, one after another", () => {
    const first = new TensorDataset(tensor([[1, 2], [3, 4]]), tensor([0, 1])), second = new TensorDataset(tensor([[5,
      6]]), tensor([2]));
    const both = new ConcatDataset([first, second]);
    const [x, y] = both.batch([2, 0, 1, 2]);
    expect(x.arraySync()).toEqual([[5, 6], [1, 2], [3, 4], [5, 6]]);
    expect(y.arraySync()).toEqual([2, 0, 1, 2]);
    expect(both.batch([0])[0].arraySync()).toEqual([[1, 2]]);
    expect(() => new TensorDataset(tensor([1, 2]), tensor([1]))).toThrow(/differ in their first axis/);
  });
});

describe("collate", () => {
  it("stacks samples", () => {
    const [x, y, z] = stackSamples([[tensor([1, 2]), 3, Uint8Array.of(1)], [tensor([4, 5]), 6, Uint8Array.of(2)]]);
    expect([x.arraySync(), y.arraySync(), z.arraySync()]).toEqual([[[1, 2], [4, 5]], [3, 6], [[1], [2]]]);
    expect([y.dtype, z.dtype]).toEqual(["i32", "u8"]);
    expect(() => stackSamples([[[1, 2]], [[1]]])).toThrow(/use padSamples/);
  });
  it("pads sequences", () => {
    const { fields: [ids, labels], lengths } = padSamples([[[1, 2, 3], 0], [[4], 1]], { values: [9], multipleOf: 4 });
    expect(ids.arraySync()).toEqual([[1, 2, 3, 9], [4, 9, 9, 9]]);
    expect([labels.arraySync(), lengths.arraySync()]).toEqual([[0, 1], [3, 1]]);
    expect(padSamples([[[1, 2, 3]]], { maxLength: 2 }).fields[0].arraySync()).toEqual([[1, 2]]);
  });
  it("is what a loader gives", () => {
    const words = ItemDataset.of([[1], [2, 3], [4, 5, 6]]);
    const loader = new DataLoader(words, { batchSize: 2, collate: (items) => padSamples(items.map((item) => [item])) });
    expect([...loader].map(({ fields }) => fields[0].shape)).toEqual([[2, 2], [1, 3]]);
  });
});

describe("samplers", () => {
  it("weighted: in proportion, or each row once", () => {
    const { batches } = weightedSampler([1, 0, 3], { batchSize: 100, count: 4000 });
    const rows = batches(0).flatMap((batch) => [...batch]);
    expect(rows.filter((row) => row === 1)).toHaveLength(0);
    expect(rows.filter((row) => row === 2).length / 4000).toBeCloseTo(0.75, 1);
    const once = weightedSampler([1, 2, 0, 5, 1], { batchSize: 4, count: 4, replacement: false }).batches(3)[0];
    expect([...once].sort()).toEqual([0, 1, 3, 4]);
    expect(() => weightedSampler([0, 0], { batchSize: 1 })).toThrow(/all weights are 0/);
    expect(() => weightedSampler([1, 0], { batchSize: 1, replacement: false })).toThrow(/only 1 have a weight/);
  });
  it("stratified: every batch has its share of each class", () => {
    const labels = Array.from({ length: 90 }, (_, i) => (i < 60 ? 0 : 1));
    const batches = stratifiedSampler(labels, { batchSize: 15 }).batches(1);
    expect(new Set(batches.flatMap((batch) => [...batch])).size).toBe(90);
    for (const batch of batches) expect([4, 5, 6]).toContain(batch.filter((row) => labels[row] === 1).length);
  });
  it("by length: little padding, every row once, another order each epoch", () => {
    const lengths = Array.from({ length: 200 }, (_, i) => (i * 7919) % 101);
    const sampler = bucketSampler(lengths, { batchSize: 10 });
    const padding = (batches: readonly Int32Array[]): number => batches.reduce((sum, rows) => {
      const sizes = [...rows].map((row) => lengths[row]);
      return sum + sizes.reduce((waste, size) => waste + Math.max(...sizes) - size, 0);
    }, 0);
    expect(new Set(sampler.batches(0).flatMap((rows) => [...rows])).size).toBe(200);
    expect(padding(sampler.batches(0))).toBeLessThan(0.2 * padding(bucketSampler(lengths, { batchSize: 10,
      poolBatches: 1 }).batches(0)));
    expect(sampler.batches(0)).not.toEqual(sampler.batches(1));
  });
  it.each([
    ["weighted", weightedSampler([1, 2, 3, 4, 5, 6, 7], { batchSize: 2, seed: 4 })],
    ["stratified", stratifiedSampler([0, 1, 0, 1, 1, 1, 0], { batchSize: 2, seed: 4 })],
    ["by length", bucketSampler([5, 3, 8, 1, 2, 9, 9], { batchSize: 2, seed: 4 })],
  ])("%s goes on in the middle of an epoch", (_, sampler) => {
    const whole = new DataLoader(numbers(7), { sampler });
    for (let i = 0; i < 6; i++) whole.next();
    const resumed = new DataLoader(numbers(7), { sampler });
    resumed.restore(whole.state);
    for (let i = 0; i < 7; i++) expect(resumed.next()).toEqual(whole.next());
  });
});

describe("batches that arrive later", () => {
  it("come in order, asked for ahead, and state counts those handed out", async () => {
    const asked: number[] = [];
    const dataset: Dataset<Promise<number>> = {
      size: 5, batch: async (rows) => {
        asked.push(rows[0]);
        for (let i = rows[0]; i < 6; i++) await Promise.resolve();
        return rows[0];
      },
    };
    const loader = new DataLoader(dataset, { batchSize: 1, prefetch: 2 });
    const seen: number[] = [];
    for await (const batch of loader) {
      seen.push(batch);
      if (batch === 1) {
        expect(loader.state).toEqual({ epoch: 0, position: 2 });
        expect(asked.length).toBe(4);
      }
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(loader.state).toEqual({ epoch: 1, position: 0 });
  });
  it("throw when their turn comes", async () => {
    const dataset: Dataset<Promise<number>> = {
      size: 3, batch: (rows) => (rows[0] === 1 ? Promise.reject(new Error("row 1")) : Promise.resolve(rows[0])),
    };
    const seen: number[] = [];
    await expect((async () => {
      for await (const batch of new DataLoader(dataset, { batchSize: 1 })) seen.push(batch);
    })()).rejects.toThrow("row 1");
    expect(seen).toEqual([0]);
  });
});

describe("threads", () => {
  let folder: string;
  beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), "gradus-workers-")); });
  afterAll(() => rm(folder, { recursive: true }));
  it("make batches in their order, and errors arrive", async () => {
    const module = join(folder, "squares.mjs");
    await writeFile(module, `export default ({ power }) => ({ batch(rows) {
      if (rows.includes(7)) throw new Error("row 7 is broken");
      return { values: Float32Array.from(rows, (row) => row ** power) };
    } });`);
    const data = new WorkerDataset<{ values: Float32Array }>({ module, size: 8, settings: { power: 2 }, workers: 2 });
    const loader = new DataLoader(data, { batchSize: 2, prefetch: 4 });
    const seen: number[] = [];
    await expect((async () => {
      for await (const { values } of loader) seen.push(...values);
    })()).rejects.toThrow(/row 7 is broken/);
    expect(seen).toEqual([0, 1, 4, 9, 16, 25]);
    await data.close();
  });
});
