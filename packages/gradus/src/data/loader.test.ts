import { beforeAll, describe, expect, it } from "vitest";
import "../exec/setup.ts";
import "../tensor/tensor.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { DataError } from "../vocab/errors.ts";
import { ArrayDataset, subset, type Dataset } from "./dataset.ts";
import { DataLoader } from "./loader.ts";
import { shuffledSplit, tailSplit } from "./split.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** Batches are the row numbers themselves. */
const numbers = (size: number): Dataset<number[]> => ({ size, batch: (rows) => Array.from(rows) });
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe("ArrayDataset", () => {
  const data = new ArrayDataset([
    { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2] }, { data: Int32Array.of(7, 8, 9), shape: [] },
  ]);
  it("gathers rows as tensors", async () => {
    const [x, y] = data.batch([2, 0]);
    expect(await x.array()).toEqual([[5, 6], [1, 2]]);
    expect(await y.array()).toEqual([9, 7]);
    expect([x.dtype, y.dtype]).toEqual(["f32", "i32"]);
  });
  it("refuses what has no rows or no such row", () => {
    expect(() => new ArrayDataset([{ data: new Float32Array(0), shape: [2] }])).toThrow(/empty/);
    expect(() => new ArrayDataset([{ data: new Float32Array(3), shape: [2] }])).toThrow(/whole rows/);
    expect(() => new ArrayDataset([{ data: new Float32Array(3), shape: [] }, { data: new Float32Array(4), shape: [] }]))
      .toThrow(/differ in length: 3, 4/);
    expect(() => data.batch([3])).toThrow(/row 3 is outside a data set of 3 rows/);
    expect(() => subset(data, [])).toThrow(DataError);
  });
  it("takes subsets of subsets", () => {
    expect(subset(subset(numbers(10), [9, 7, 5]), [2, 0]).batch([0, 1])).toEqual([5, 9]);
  });
});

describe("DataLoader", () => {
  it("shows every row once an epoch, in another order each time", () => {
    const loader = new DataLoader(numbers(10), { batchSize: 4, shuffle: true, seed: 3 });
    const first = [...loader], second = [...loader];
    expect(first.map((batch) => batch.length)).toEqual([4, 4, 2]);
    expect(sorted(first.flat())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sorted(second.flat())).toEqual(sorted(first.flat()));
    expect(second).not.toEqual(first);
  });
  it("repeats itself for the same seed and not for another", () => {
    const order = (seed: number): number[] =>
      [...new DataLoader(numbers(50), { batchSize: 50, shuffle: true, seed })].flat();
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });
  it("goes on where a saved state stood", () => {
    const options = { batchSize: 3, shuffle: true, seed: 5 };
    const whole = new DataLoader(numbers(10), options);
    for (let i = 0; i < 6; i++) whole.next();
    const resumed = new DataLoader(numbers(10), options);
    resumed.restore(JSON.parse(JSON.stringify(whole.state)) as typeof whole.state);
    for (let i = 0; i < 6; i++) expect(resumed.next()).toEqual(whole.next());
    expect(() => resumed.restore({ epoch: 0, position: 4 })).toThrow(DataError);
  });
  it("counts steps over epochs", () => {
    const loader = new DataLoader(numbers(7), { batchSize: 2, shuffle: true, dropLast: true });
    const walked = Array.from({ length: 7 }, () => loader.next());
    expect(walked).toEqual(Array.from({ length: 7 }, (_, step) => loader.at(step)));
    expect(loader.length).toBe(3);
  });
  it("refuses an empty epoch", () => {
    expect(() => new DataLoader(numbers(3), { batchSize: 4, dropLast: true })).toThrow(/do not fill one batch/);
    expect(() => new DataLoader(numbers(3), { batchSize: 0 })).toThrow(/batchSize 0/);
  });
});

describe("splits", () => {
  it("hold out by seed or from the end, without overlap", () => {
    const { train, test } = shuffledSplit(20, 5, 1);
    expect([train.length, test.length]).toEqual([15, 5]);
    expect(sorted([...train, ...test])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect([...shuffledSplit(20, 5, 2).test]).not.toEqual([...test]);
    expect([...tailSplit(6, 2).test]).toEqual([4, 5]);
    expect(() => tailSplit(6, 6)).toThrow(/cannot hold out 6 of 6/);
  });
});
