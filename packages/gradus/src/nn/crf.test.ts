import { beforeAll, describe, expect, test } from "vitest";
import "../exec/setup.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { compile } from "../exec/compile.ts";
import { gradcheck } from "../autograd/gradcheck.ts";
import { setBackend } from "../runtime/registry.ts";
import { tensor } from "../tensor/create.ts";
import { grad, noGrad } from "../tensor/gradient.ts";
import { manualSeed, randn } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { CRF } from "./crf.ts";

beforeAll(() => {
  setBackend(createReferenceBackend());
  manualSeed(3);
});

const K = 3, LENGTHS = [5, 3, 1, 4], T = 5;
/** A field whose transitions matter, in float64. */
function fieldOf(): CRF {
  const crf = new CRF(K);
  crf.loadStateDict({
    start_transitions: randn([K]), end_transitions: randn([K]), transitions: randn([K, K]),
  });
  return crf;
}
const maskOf = (lengths: readonly number[], steps: number): Tensor =>
  tensor(lengths.map((n) => Array.from({ length: steps }, (_, t) => t < n)));
const taggings = (length: number): number[][] =>
  (length === 0 ? [[]] : taggings(length - 1).flatMap((some) => [0, 1, 2].map((tag) => [...some, tag])));

/** s(x, y) of every tagging of one sequence, by the formula. */
function scoresOf(crf: CRF, emissions: Tensor, row: number, length: number): { tags: number[]; score: number }[] {
  const x = emissions.dataSync(), A = crf.transitions.dataSync();
  const start = crf.start_transitions.dataSync(), end = crf.end_transitions.dataSync();
  return taggings(length).map((tags) => {
    let score = start[tags[0]] + end[tags[length - 1]];
    tags.forEach((tag, t) => {
      score += x[(row * T + t) * K + tag] + (t > 0 ? A[tags[t - 1] * K + tag] : 0);
    });
    return { tags, score };
  });
}

describe("CRF", () => {
  test("partition, score and best tags are those of all taggings, counted one by one", () => {
    const crf = fieldOf(), x = randn([LENGTHS.length, T, K]), mask = maskOf(LENGTHS, T);
    const partition = crf.logPartition(x, mask).dataSync(), decoded = crf.decode(x, mask).dataSync();
    LENGTHS.forEach((length, row) => {
      const all = scoresOf(crf, x, row, length);
      expect(partition[row]).toBeCloseTo(Math.log(all.reduce((total, { score }) => total + Math.exp(score), 0)), 5);
      const best = all.reduce((a, b) => (b.score > a.score ? b : a));
      expect(Array.from(decoded.subarray(row * T, row * T + length))).toEqual(best.tags);
      for (const { tags, score } of [all[0], all[all.length - 1], best]) {
        const padded = tensor([[...tags, ...new Array<number>(T - length).fill(2)]], { dtype: "i32" });
        const found = crf.score(x.narrow(0, row, 1), padded, mask.narrow(0, row, 1));
        expect(found.itemSync()).toBeCloseTo(score, 5);
      }
    });
  });
  test("the probabilities of all taggings sum to 1, and the loss is their mean surprise", () => {
    const crf = fieldOf(), x = randn([1, 4, K]), all = taggings(4);
    const many = tensor(all, { dtype: "i32" }), wide = x.expand([all.length, 4, K]);
    const logs = crf.score(wide, many).sub(crf.logPartition(wide));
    expect(logs.exp().sum().itemSync()).toBeCloseTo(1, 5);
    expect(crf.forward(wide, many).itemSync()).toBeCloseTo(-logs.mean().itemSync(), 5);
  });
  test("the gradient of ln Z for the emissions is the probability of each tag at each place", () => {
    const crf = fieldOf(), x = randn([LENGTHS.length, T, K]), mask = maskOf(LENGTHS, T);
    x.requiresGrad = true;
    const [marginals] = grad(crf.logPartition(x, mask).sum(), [x]);
    const got = marginals!.dataSync();
    LENGTHS.forEach((length, row) => {
      const all = scoresOf(crf, x, row, length), Z = all.reduce((total, { score }) => total + Math.exp(score), 0);
      for (let t = 0; t < T; t++) {
        for (let k = 0; k < K; k++) {
          const share = t < length
            ? all.reduce((total, { tags, score }) => total + (tags[t] === k ? Math.exp(score) : 0), 0) / Z : 0;
          expect(got[(row * T + t) * K + k]).toBeCloseTo(share, 5);
        }
      }
    });
  });
  test("gradients are finite differences, in float64", async () => {
    const mask = maskOf([4, 2], 4), tags = tensor([[0, 2, 1, 1], [2, 0, 0, 0]], { dtype: "i32" });
    const crf = new CRF(K);
    const draw = (...shape: number[]): Tensor => randn(shape).cast("f64");
    const loss = (x: Tensor, A: Tensor, start: Tensor, end: Tensor): Tensor =>
      Object.assign(crf, { transitions: A, start_transitions: start, end_transitions: end }).forward(x, tags, mask);
    await gradcheck(loss, [draw(2, 4, K), draw(K, K), draw(K), draw(K)]);
  });
  test("padding changes no bit: neither of ln Z, nor of the score, nor of the tags", () => {
    const crf = fieldOf(), x = randn([LENGTHS.length, T, K]), mask = maskOf(LENGTHS, T);
    const tags = tensor(LENGTHS.map(() => [0, 1, 2, 1, 0]), { dtype: "i32" });
    const wide = { Z: crf.logPartition(x, mask), score: crf.score(x, tags, mask), tags: crf.decode(x, mask) };
    LENGTHS.forEach((length, row) => {
      const own = x.narrow(0, row, 1).narrow(1, 0, length), y = tags.narrow(0, row, 1).narrow(1, 0, length);
      expect(crf.logPartition(own).itemSync()).toBe(wide.Z.dataSync()[row]);
      expect(crf.score(own, y).itemSync()).toBe(wide.score.dataSync()[row]);
      expect(crf.decode(own).dataSync()).toEqual(wide.tags.dataSync().slice(row * T, row * T + length));
    });
  });
  test("compiled and eager give the same numbers", () => {
    const crf = fieldOf(), x = randn([LENGTHS.length, T, K]), mask = maskOf(LENGTHS, T);
    const both = compile((e: Tensor, m: Tensor) => [crf.logPartition(e, m), crf.decode(e, m)]);
    const [Z, tags] = noGrad(() => both(x, mask));
    expect(tags.dataSync()).toEqual(crf.decode(x, mask).dataSync());
    Z.dataSync().forEach((value, i) => expect(value).toBeCloseTo(crf.logPartition(x, mask).dataSync()[i], 5));
  });
  test("wrong shapes are one sentence", () => {
    const crf = new CRF(K);
    expect(() => crf.decode(randn([2, 4, 5]))).toThrow(/CRF.decode: emissions are \[2, 4, 5\].*\(B, T, 3\)/);
    expect(() => crf.score(randn([2, 4, K]), tensor([[0, 1]]))).toThrow(/tags are \[1, 2\]/);
  });
});
