import { beforeAll, expect, test } from "vitest";
import "../../index.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { arange } from "../../tensor/create.ts";
import { manualSeed, randn } from "../../tensor/random.ts";
import { alibi, rotary, sinusoidalPositions } from "./positions.ts";

beforeAll(() => setBackend(createReferenceBackend()));
const rows = (data: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: data.length / width }, (_, i) => Array.from(data).slice(i * width, (i + 1) * width));

test("sinusoidalPositions is the formula of the paper, sines first", () => {
  const table = rows(sinusoidalPositions(5, 6).dataSync(), 6);
  table.forEach((row, t) => { row.forEach((value, j) => {
    const angle = t / 10000 ** (2 * (j % 3) / 6);
    expect(value).toBeCloseTo(j < 3 ? Math.sin(angle) : Math.cos(angle), 6);
  }); });
  expect(() => sinusoidalPositions(5, 3)).toThrow(/width is 3/);
});
test("rotary keeps lengths, and products depend on the distance only", () => {
  manualSeed(1);
  const q = randn([1, 8]).broadcastTo([6, 8]), k = randn([1, 8]).broadcastTo([6, 8]);
  const products = rows(rotary(q).matmul(rotary(k).transpose()).dataSync(), 6);
  for (let t = 1; t < 6; t++) for (let s = 1; s < 6; s++) expect(products[t][s]).toBeCloseTo(products[t - 1][s - 1], 5);
  expect(products[0][3]).not.toBeCloseTo(products[0][0], 2);
  const later = rotary(q, { positions: arange(3, 9, 1, "i32") }).matmul(rotary(k, { positions: arange(3, 9, 1, "i32") })
    .transpose());
  rows(later.dataSync(), 6).forEach((row, i) => { row.forEach((value, j) => {
    expect(value).toBeCloseTo(products[i][j], 5);
  }); });
  expect(() => rotary(randn([4, 3]))).toThrow(/even d/);
});
test("alibi: slopes of the paper for 8 heads, distances to the last row's end", () => {
  const bias = alibi(8, 3).dataSync();
  // Press et al. 2022, section 3: 1/2, 1/4, ..., 1/256.
  for (let h = 0; h < 8; h++) {
    expect(bias[h * 9 + 6]).toBeCloseTo(-2 * 2 ** -(h + 1), 6);
    expect(bias[h * 9 + 8]).toBeCloseTo(0, 6);
  }
  expect(Array.from(alibi(1, 1, 3).dataSync())).toEqual([-2, -1, -0].map((d) => d * 2 ** -8));
});
