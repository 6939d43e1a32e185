import { beforeAll, describe, expect, test } from "vitest";
import "../../index.ts";
import { gradcheck } from "../../autograd/gradcheck.ts";
import { createReferenceBackend } from "../../backends/reference/index.ts";
import { setBackend } from "../../runtime/registry.ts";
import { add, cast, mul, sin } from "../../ops/elementwise.ts";
import { matmul } from "../../ops/contract.ts";
import { eye, tensor } from "../../tensor/create.ts";
import { iota } from "../../ops/create.ts";
import { concat, reshape } from "../../ops/movement.ts";
import { traceFunction } from "../../explain/trace.ts";
import { isOp, topologicalOrder, type Node } from "../../ir/node.ts";
import { grad } from "../../tensor/gradient.ts";
import { Generator, manualSeed, randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as F from "../functional.ts";
import { denseAttention } from "./dense-attention.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** Smooth numbers without pattern or ties, in float64. */
function some(seed: number, ...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return reshape(sin(add(mul(iota(size, "f64"), 1.7 + seed / 9), seed)), shape);
}
type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;
/** Two ways to attend give the same results and the same gradients. */
function same(a: Attend, b: Attend, T: number, tolerance = 1e-10, S = T): void {
  const inputs = [some(1, 2, 2, T, 3), some(2, 2, 2, S, 3), some(3, 2, 2, S, 4)].map((x) => x.requiresGrad_());
  const run = (attend: Attend): Tensor[] => {
    const y = attend(...inputs as [Tensor, Tensor, Tensor]);
    return [y, ...grad(y, inputs, { gradient: some(4, ...y.shape) }).map((g) => g!)];
  };
  const [left, right] = [run(a), run(b)];
  left.forEach((x, i) => {
    expect(x.shape).toEqual(right[i].shape);
    const [p, r] = [x.dataSync(), right[i].dataSync()];
    const worst = Array.from(p).reduce((most, value, j) => Math.max(most, Math.abs(value - r[j])), 0);
    expect(worst, `result ${i}`).toBeLessThan(tolerance);
  });
}
const dense = (mask: Tensor | null, causal = false): Attend => (q, k, v) =>
  denseAttention(q, k, v, { mask, causal });

describe("chunkedAttention is scaledDotProductAttention", () => {
  const masks: Record<string, (T: number, S: number) => Tensor | null> = {
    "no mask": () => null,
    "a bool mask with a row that sees nothing": (T, S) => reshape(sin(iota(T * S, "f64")).gt(0.2), [T, S])
      .logicalAnd(reshape(iota(T).ne(2), [T, 1])),
    "a bool mask of keys": (_, S) => reshape(iota(S).remainder(3).ne(1), [1, S]),
    "numbers for each head": (T, S) => some(7, 2, T, S),
  };
  for (const [name, mask] of Object.entries(masks)) {
    for (const causal of [false, true]) {
      test(`${name}${causal ? ", causal" : ""}`, () => {
        for (const [T, S] of [[7, 7], [6, 9], [9, 5]]) {
          const m = mask(T, S);
          same((q, k, v) => F.chunkedAttention(q, k, v, { mask: m, causal, chunk: 3 }), dense(m, causal), T, 1e-10, S);
        }
      });
    }
  }
  test("with a gradient of the mask, whatever it broadcasts over", () => {
    const q = some(1, 2, 5, 3), k = some(2, 2, 5, 3), v = some(3, 2, 5, 3);
    for (const shape of [[5, 5], [2, 5, 5], [1, 5], [5, 1], [5]]) {
      const mask = some(4, ...shape).requiresGrad_();
      const [a, b] = [F.chunkedAttention(q, k, v, { mask, causal: true, chunk: 2 }),
        F.scaledDotProductAttention(q, k, v, { mask, causal: true })]
        .map((y) => grad(y, [mask], { gradient: some(5, 2, 5, 3) })[0]!.dataSync());
      a.forEach((value, i) => { expect(value).toBeCloseTo(b[i], 10); });
    }
  });
  test("with heads that share keys", () => {
    const q = some(1, 2, 4, 5, 3), k = some(2, 2, 2, 5, 3), v = some(3, 2, 2, 5, 3);
    const options = { causal: true, enableGqa: true };
    const a = F.chunkedAttention(q, k, v, { ...options, chunk: 2 }), b = F.scaledDotProductAttention(q, k, v, options);
    a.dataSync().forEach((value, i) => { expect(value).toBeCloseTo(b.dataSync()[i], 10); });
  });
  test("its gradient is the derivative, to second order", async () => {
    await gradcheck((q, k, v, m) => F.chunkedAttention(q, k, v, { mask: m, causal: true, chunk: 2 }),
      [some(1, 2, 3, 2), some(2, 3, 2), some(3, 1, 3, 2), some(4, 3, 3)], { order: 2, elements: 12, tolerance: 1e-5 });
  });
  test("options that make no sense are explained", () => {
    expect(() => F.chunkedAttention(some(1, 2, 2), some(1, 2, 3), some(1, 2, 2))).toThrow(/same last size/);
    expect(() => F.chunkedAttention(some(1, 2, 2), some(1, 2, 2), some(1, 2, 2), { chunk: 0 })).toThrow(/whole number/);
  });
});

describe("sparse forms are attention with a mask", () => {
  for (const causal of [false, true]) {
    const which = causal ? ", causal" : "";
    test(`localAttention${which}`, () => {
      for (const window of [0, 1, 3, 5, 20]) {
        same((q, k, v) => F.localAttention(q, k, v, { window, causal }),
          dense(F.localMask(11, { window, causal })), 11);
      }
    });
    test(`stridedAttention${which}`, () => {
      for (const stride of [1, 3, 4, 11, 15]) {
        same((q, k, v) => F.stridedAttention(q, k, v, { stride, causal }),
          dense(F.stridedMask(13, { stride, causal })), 13);
      }
    });
    test(`blockSparseAttention with the layout of BigBird${which}`, () => {
      for (const T of [24, 22]) {
        const layout = F.bigBirdLayout(8, { random: 2, seed: 3, causal });
        same((q, k, v) => F.blockSparseAttention(q, k, v, layout, { block: 3, causal }),
          dense(F.blockMask(T, layout, { block: 3, causal })), T);
      }
    });
  }
  test("masks say who sees whom", () => {
    expect(F.localMask(4, { window: 1 }).arraySync()).toEqual([
      [true, true, false, false], [true, true, true, false], [false, true, true, true], [false, false, true, true]]);
    const strided = F.stridedMask(9, { stride: 3, causal: true }).arraySync() as boolean[][];
    expect(strided[8].flatMap((seen, j) => (seen ? [j] : []))).toEqual([2, 5, 6, 7, 8]);
    expect(strided[2].flatMap((seen, j) => (seen ? [j] : []))).toEqual([0, 1, 2]);
  });
  test("the layout of BigBird: a window, global blocks, and as many by chance as asked", () => {
    const layout = F.bigBirdLayout(12, { window: 1, globals: 2, random: 3, seed: 1 });
    expect(layout[0]).toHaveLength(12);
    expect(layout.slice(3, 11).map((seen) => seen.length)).toEqual(new Array(8).fill(8));
    expect(layout[2]).toHaveLength(7);
    layout.forEach((seen, i) => { expect(seen).toEqual(expect.arrayContaining([0, 1, i])); });
    expect(F.bigBirdLayout(12, { seed: 1 })).toEqual(F.bigBirdLayout(12, { seed: 1 }));
    expect(F.bigBirdLayout(12, { seed: 1 })).not.toEqual(F.bigBirdLayout(12, { seed: 2 }));
  });
  test("what does not fit is explained", () => {
    const x = some(1, 4, 2);
    expect(() => F.localAttention(x, some(1, 5, 2), x, { window: 1 })).toThrow(/of one length/);
    expect(() => F.localAttention(x, x, x, { window: -1 })).toThrow(/from 0 on/);
    expect(() => F.stridedAttention(x, x, x, { stride: 0 })).toThrow(/from 1 on/);
    expect(() => F.blockSparseAttention(x, x, x, [[0], [0, 0]], { block: 2 })).toThrow(/different numbers below 2/);
    expect(() => F.blockSparseAttention(x, x, x, [[0]], { block: 2 })).toThrow(/are 2 blocks; the layout has 1 rows/);
  });
});

describe("lowRankAttention", () => {
  test("with identities it is full attention", () => {
    const one = cast(eye(6), "f64");
    same((q, k, v) => F.lowRankAttention(q, k, v, one, one), dense(null), 6);
  });
  test("projections have gradients; wrong ones are explained", async () => {
    const x = some(1, 5, 2);
    await gradcheck((E, G) => F.lowRankAttention(x, some(2, 5, 2), some(3, 5, 2), E, G),
      [some(4, 2, 5), some(5, 2, 5)], { order: 2, elements: 12 });
    expect(() => F.lowRankAttention(x, x, x, some(1, 2, 5), some(1, 2, 4))).toThrow(/F is \[2, 4\]; .* \(rank, 5\)/);
  });
});

describe("randomFeatureAttention", () => {
  const drawn = (m: number, d: number, seed: number): Tensor =>
    F.orthogonalFeatures(m, d, { generator: new Generator(seed) });
  const d = 8, draws = 12;
  let kept: Tensor[] | null = null;
  const many = (): Tensor[] => kept ??= Array.from({ length: draws }, (_, i) => drawn(128, d, 100 + i));
  test("rows of a block are orthogonal, and as long as normal vectors", () => {
    const W = drawn(10, 4, 1);
    const products = matmul(W, W.T).arraySync() as number[][];
    products.forEach((row, i) => row.forEach((value, j) => {
      if (i !== j && Math.floor(i / 4) === Math.floor(j / 4)) expect(Math.abs(value)).toBeLessThan(1e-4);
    }));
    expect(Math.abs(drawn(128, 16, 2).square().sum().itemSync() / 128 - 16)).toBeLessThan(1.5);
  });
  for (const causal of [false, true]) {
    test(`comes close to softmax attention as 1 / sqrt(features)${causal ? ", causal" : ""}`, () => {
      const counts = [8, 32, 128];
      const [q, k, v] = [1, 2, 3].map((seed) => cast(some(seed, 2, 12, d), "f32").mul(0.7));
      const want = F.scaledDotProductAttention(q, k, v, { causal }).dataSync();
      const squares = counts.map(() => 0);
      for (const W of many()) {
        counts.forEach((m, at) => {
          F.randomFeatureAttention(q, k, v, W.narrow(0, 0, m), { causal }).dataSync()
            .forEach((value, i) => { squares[at] += (value - want[i]) ** 2 / want.length / draws; });
        });
      }
      const [small, middle, large] = squares.map(Math.sqrt);
      expect(large).toBeLessThan(0.04);
      // Four times the features, half the error.
      for (const ratio of [small / middle, middle / large]) {
        expect(ratio).toBeGreaterThan(1.7);
        expect(ratio).toBeLessThan(2.3);
      }
    });
    test(`has the gradient that differences have${causal ? ", causal" : ""}`, async () => {
      await gradcheck((q, k, v, W) => F.randomFeatureAttention(q, k, v, W, { causal, epsilon: 0 }),
        [some(1, 1, 5, 2), some(2, 1, 5, 2), some(3, 1, 5, 3), some(4, 6, 2)], { elements: 8 });
    });
  }
  test("long vectors do not overflow", () => {
    const x = some(1, 1, 5, 2).mul(40);
    expect(F.randomFeatureAttention(x, x, x, some(4, 6, 2)).dataSync().every(Number.isFinite)).toBe(true);
  });
  test("what does not fit is explained", () => {
    const x = some(1, 4, 2);
    expect(() => F.randomFeatureAttention(x, x, x, some(1, 3, 3))).toThrow(/must be \(features, 2\)/);
  });
});

describe("lshAttention", () => {
  const rotations = (rounds: number, buckets: number): Tensor => some(9, rounds, 3, buckets / 2);
  /** What all rounds together find, by sorting plainly. */
  function unionMask(qk: Tensor, R: Tensor, chunk: number): boolean[][] {
    const T = qk.shape[0], buckets = F.lshBuckets(qk, R).arraySync() as number[][];
    const mask = Array.from({ length: T }, () => new Array<boolean>(T).fill(false));
    for (const bucket of buckets) {
      const order = Array.from({ length: T }, (_, i) => i).sort((i, j) => bucket[i] - bucket[j] || i - j);
      const chunkOf = new Map(order.map((i, at) => [i, Math.floor(at / chunk)]));
      for (let i = 0; i < T; i++) for (let j = 0; j < T; j++) {
        const apart = chunkOf.get(i)! - chunkOf.get(j)!;
        if (bucket[i] === bucket[j] && (apart === 0 || apart === 1)) mask[i][j] = true;
      }
    }
    return mask;
  }
  /** Attention of queries that are also keys, where a position sees itself only if it sees nobody else. */
  function plain(qk: Tensor, v: Tensor, mask: Tensor, causal: boolean): Tensor {
    const T = qk.shape[0], k = qk.div(qk.square().sum(-1, { keepdim: true }).sqrt());
    const at = iota(T), rows = reshape(at, [T, 1]);
    const seen = causal ? mask.logicalAnd(at.le(rows)) : mask;
    const bias = cast(at.eq(rows), "f64").mul(-1e5);
    const floats = cast(seen.logicalOr(at.eq(rows)), "f64").sub(1).mul(1e9);
    return F.scaledDotProductAttention(qk, k, v, { mask: bias.add(floats) });
  }
  for (const causal of [false, true]) {
    test(`is attention among what all rounds find together${causal ? ", causal" : ""}`, () => {
      for (const [rounds, buckets, chunk, T] of [[1, 2, 12, 12], [1, 4, 4, 12], [3, 4, 3, 12], [2, 4, 5, 13]]) {
        const R = rotations(rounds, buckets), qk = some(1, T, 3).requiresGrad_(), v = some(2, T, 4).requiresGrad_();
        const mask = tensor(unionMask(qk, R, chunk)).ne(0);
        const results = [F.lshAttention(qk, v, R, { chunk, causal }), plain(qk, v, mask, causal)].map((y) =>
          [y, ...grad(y, [qk, v], { gradient: some(5, T, 4) })].map((x) => x!.dataSync()));
        results[0].forEach((values, part) => values.forEach((value, i) => {
          expect(Math.abs(value - results[1][part][i]), `part ${part} of ${rounds} rounds`).toBeLessThan(1e-9);
        }));
      }
    });
    test(`with one bucket for all it is full attention but for a position's own${causal ? ", causal" : ""}`, () => {
      // All vectors on one side of the only plane.
      const qk = concat([some(1, 2, 8, 2), some(1, 2, 8, 1).mul(0.1).add(3)], -1), v = some(2, 2, 8, 4);
      const y = F.lshAttention(qk, v, tensor([[[0], [0], [1]]], { dtype: "f64" }), { chunk: 8, causal });
      for (const i of [0, 1]) {
        const want = plain(qk.select(0, i), v.select(0, i), tensor([true]).expand([8, 8]), causal).dataSync();
        y.select(0, i).dataSync().forEach((value, j) => { expect(value).toBeCloseTo(want[j], 10); });
      }
    });
  }
  test("what does not fit is explained", () => {
    const x = some(1, 4, 3);
    expect(() => F.lshAttention(x, x, some(1, 1, 2, 1), { chunk: 2 })).toThrow(/\(rounds, width, buckets \/ 2\)/);
    expect(() => F.lshAttention(x, x, some(1, 1, 3, 1), { chunk: 0 })).toThrow(/whole number/);
  });
});

/** Numbers in the largest tensor of a function and of its gradient, bodies of composites and loops included. */
function largest(attend: (q: Tensor, k: Tensor, v: Tensor) => Tensor, T: number): number {
  const inputs = [1, 2, 3].map((seed) => cast(some(seed, 1, 1, T, 4), "f32").requiresGrad_());
  const { graph } = traceFunction((q: Tensor, k: Tensor, v: Tensor) => {
    const y = attend(q, k, v);
    return [y, ...grad(y, [q, k, v], { gradient: y.detach() }).filter((g) => g !== null)];
  }, inputs);
  const sizes = (outputs: readonly Node[]): number => topologicalOrder(outputs).reduce((most, node) => Math.max(most,
    node.shape.reduce((a, b) => a * b, 1),
    isOp(node, "composite") || isOp(node, "scan") ? sizes(node.params.body.outputs) : 0), 0);
  return sizes(graph.outputs);
}
describe("the largest tensor of forward and gradient grows with the length, not with its square", () => {
  const W = (): Tensor => F.orthogonalFeatures(8, 4, { generator: new Generator(1) });
  const FORMS: Record<string, (T: number) => (q: Tensor, k: Tensor, v: Tensor) => Tensor> = {
    chunkedAttention: () => (q, k, v) => F.chunkedAttention(q, k, v, { causal: true, chunk: 16 }),
    localAttention: () => (q, k, v) => F.localAttention(q, k, v, { window: 8, causal: true }),
    blockSparseAttention: (T) => (q, k, v) => F.blockSparseAttention(q, k, v,
      F.bigBirdLayout(T / 8, { globals: 1, causal: false }), { block: 8 }),
    lowRankAttention: (T) => (q, k, v) => F.lowRankAttention(q, k, v, randn([8, T]), randn([8, T])),
    randomFeatureAttention: () => (q, k, v) => F.randomFeatureAttention(q, k, v, W()),
    "randomFeatureAttention, causal": () => (q, k, v) => F.randomFeatureAttention(q, k, v, W(), { causal: true }),
    lshAttention: () => (q, _, v) => F.lshAttention(q, v, randn([2, 4, 4]), { chunk: 8, causal: true }),
  };
  for (const [name, form] of Object.entries(FORMS)) {
    test(name, () => {
      manualSeed(1);
      const [short, long] = [256, 1024].map((T) => largest(form(T), T));
      expect(long / short).toBeLessThan(4.5);
    });
  }
  test("stridedAttention with a stride of the root: with the length to the power 1.5", () => {
    const [short, long] = [256, 1024].map((T) =>
      largest((q, k, v) => F.stridedAttention(q, k, v, { stride: Math.sqrt(T), causal: true }), T));
    expect(long / short).toBeLessThanOrEqual(8.1);
  });
  test("denseAttention: with its square", () => {
    const [short, long] = [256, 1024].map((T) => largest((q, k, v) => denseAttention(q, k, v, {}), T));
    expect(long / short).toBe(16);
  });
  test.each([true, false])("scaledDotProductAttention, causal %s: with the length, once it is long", (causal) => {
    const [short, long] = [1024, 2048].map((T) =>
      largest((q, k, v) => F.scaledDotProductAttention(q, k, v, { causal }), T));
    expect(long / short).toBeLessThan(2.1);
  });
});
