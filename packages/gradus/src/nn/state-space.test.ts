import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../index.ts";
import { gradcheck } from "../autograd/gradcheck.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { compile } from "../exec/compile.ts";
import * as linalg from "../linalg/linalg.ts";
import { setBackend } from "../runtime/registry.ts";
import { eye, tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { RandomStream } from "../vocab/random.ts";
import * as F from "./functional.ts";
import { unpack, type Packed } from "./oracle.fixture.ts";

setBackend(createReferenceBackend());

type Packs<K extends string> = Readonly<Record<K, Packed>>;
interface Fixture {
  readonly dense: readonly (Packs<"A" | "B" | "C" | "x" | "y" | "discreteA" | "discreteB"> &
    { readonly method: F.Discretization; readonly dt: number; readonly size: number })[];
  readonly diagonal: readonly (Packs<"A" | "B" | "C" | "dt" | "x" | "y" | "discreteA" | "discreteB"> &
    { readonly method: F.Discretization })[];
  readonly normal: readonly (Packs<"eigenvalues"> & { readonly size: number })[];
  readonly convolution: Packs<"a" | "b" | "full">;
}
const fixture = JSON.parse(readFileSync(
  new URL("../../../../tools/oracle/fixtures/state-space.json", import.meta.url), "utf8")) as Fixture;

const random = new RandomStream(11);
const noise = (...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Float64Array.from({ length: size }, () => random.normal()), { shape });
};
function close(got: Tensor, want: Tensor, tolerance = 1e-11): void {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [got.dataSync(), want.dataSync()];
  const largest = Math.max(...Array.from(b, Math.abs));
  a.forEach((value, i) => { expect(Math.abs(value - b[i])).toBeLessThanOrEqual(tolerance * largest); });
}

describe("state spaces with a diagonal", () => {
  for (const { method, ...packed } of fixture.diagonal) {
    const [A, B, C, dt, x, y] = [packed.A, packed.B, packed.C, packed.dt, packed.x, packed.y].map(unpack);
    test(`${method}: steps, recurrence and convolution are those of scipy`, () => {
      const discrete = F.discretizeDiagonal({ A, B, C }, dt, method);
      close(discrete.A, unpack(packed.discreteA));
      close(discrete.B, unpack(packed.discreteB));
      close(F.stateSpaceRecurrence(x, discrete).y, y);
      close(F.causalConvolution(x, F.stateSpaceKernel(discrete, x.shape[1])), y);
    });
    test(`${method}: by Fourier transforms, and from the state in the middle`, () => {
      const discrete = F.discretizeDiagonal({ A, B, C }, dt, method), kernel = F.stateSpaceKernel(discrete, 11);
      close(linalg.fftConvolve(x.transpose(1, 2), kernel).narrow(2, 0, 11).transpose(1, 2), y);
      const first = F.stateSpaceRecurrence(x.narrow(1, 0, 4), discrete);
      const second = F.stateSpaceRecurrence(x.narrow(1, 4, 7), discrete, first.state);
      close(first.y, y.narrow(1, 0, 4));
      close(second.y, y.narrow(1, 4, 7));
    });
    test(`${method}: gradients`, async () => {
      const read = (view: "kernel" | "steps") => (...[a, b, c, step, u]: Tensor[]): Tensor => {
        const discrete = F.discretizeDiagonal({ A: a, B: b, C: c }, step, method);
        return view === "steps" ? F.stateSpaceRecurrence(u, discrete).y
          : F.causalConvolution(u, F.stateSpaceKernel(discrete, u.shape[1]));
      };
      const few = [...[A, B, C].map((z) => z.narrow(1, 0, 2)), dt, x.narrow(0, 0, 1).narrow(1, 0, 4)];
      await gradcheck(read("kernel"), few, { elements: 4 });
      await gradcheck(read("steps"), few, { elements: 4 });
    });
  }
  test("a kernel may be shorter than the sequence, or longer", () => {
    const x = noise(2, 6, 3), kernel = noise(3, 4);
    const full = linalg.fftConvolve(x.transpose(1, 2), kernel).narrow(2, 0, 6).transpose(1, 2);
    close(F.causalConvolution(x, kernel), full);
    close(F.causalConvolution(x.narrow(1, 0, 2), kernel), full.narrow(1, 0, 2));
  });
  test("first diagonals: waves, nearly HiPPO's eigenvalues, and decays", () => {
    const rows = (kind: F.DiagonalStart, size: number): number[][] =>
      F.diagonalStart(kind, size).arraySync() as number[][];
    expect(rows("real", 3)).toEqual([[-1, 0], [-2, 0], [-3, 0]].map(([re, im]) => [re, im]));
    rows("linear", 3).forEach(([re, im], n) => {
      expect(re).toBe(-0.5);
      expect(im).toBeCloseTo(Math.PI * n, 5);
    });
    const [values] = linalg.eig(linalg.hippoNormal(32).normal);
    const exact = (values.arraySync() as number[][]).map(([, im]) => im).filter((im) => im > 0).sort((a, b) => b - a);
    // The authors' law for the size of the eigenvalues: rough, and best for the largest.
    rows("inverse", 16).slice(0, 6).forEach(([, im], n) => { expect(Math.abs(im / exact[n] - 1)).toBeLessThan(0.2); });
  });
  test("shapes that do not fit are named", () => {
    const A = noise(2, 3, 2);
    expect(() => F.stateSpaceKernel({ A, B: A, C: noise(2, 4, 2) }, 3)).toThrow(/each must be \(2, state, 2\)/);
    expect(() => F.discretizeDiagonal({ A, B: A, C: A }, noise(3))).toThrow(/each must be \(3, state, 2\)/);
    expect(() => F.causalConvolution(noise(1, 4, 2), noise(3, 4))).toThrow(/\(channels, length\)/);
    expect(() => F.diagonalStart("real", 0)).toThrow(/a state of 0/);
  });
});

describe("state spaces with a full matrix", () => {
  for (const { method, dt, size, ...packed } of fixture.dense) {
    test(`HiPPO of ${size} states, ${method}: steps and answers are those of scipy`, () => {
      const model = linalg.hippo(size), [C, x, y] = [packed.C, packed.x, packed.y].map(unpack);
      close(model.A, unpack(packed.A));
      close(model.B, unpack(packed.B));
      const discrete = linalg.discretize(model, dt, method);
      close(discrete.A, unpack(packed.discreteA));
      close(discrete.B, unpack(packed.discreteB));
      close(linalg.simulate(discrete, C, x), y);
      close(linalg.fftConvolve(x, linalg.impulseResponse(discrete, C, x.numel)).narrow(0, 0, x.numel), y);
    });
  }
  for (const { size, eigenvalues } of fixture.normal) {
    test(`the normal part of ${size} states commutes with its transpose, and has numpy's eigenvalues`, () => {
      const { normal, P } = linalg.hippoNormal(size);
      close(normal.matmul(normal.transpose(0, 1)), normal.transpose(0, 1).matmul(normal));
      close(normal.add(normal.transpose(0, 1)), eye(size, size, "f64").mul(-1));
      close(normal.sub(P.unsqueeze(1).mul(P.unsqueeze(0))), linalg.hippo(size).A);
      const found = (linalg.eig(normal)[0].arraySync() as number[][]).sort((a, b) => a[1] - b[1]);
      close(tensor(found.flat(), { shape: [size, 2], dtype: "f64" }), unpack(eigenvalues), 1e-9);
    });
  }
  test("a state of HiPPO holds the past: a wave can be read from it again", () => {
    const size = 12, steps = 120, wave = (t: number): number => Math.sin(9 * t) + t;
    const { A, B } = linalg.hippo(size);
    let h = tensor(new Float64Array(size), { shape: [size, 1] });
    // LegS proper: at time k the matrix counts 1 / k.
    for (let k = 1; k <= steps; k++) {
      const { A: a, B: b } = linalg.discretize({ A, B }, 1 / k, "bilinear");
      h = a.matmul(h).add(b.mul(wave(k / steps)).unsqueeze(1));
    }
    const legendre = (n: number, x: number): number => {
      let [before, now] = [1, x];
      if (n === 0) return 1;
      for (let i = 1; i < n; i++) [before, now] = [now, ((2 * i + 1) * x * now - i * before) / (i + 1)];
      return now;
    };
    const c = Array.from(h.dataSync());
    for (const t of [0.2, 0.4, 0.6, 0.8]) {
      const read = c.reduce((sum, value, n) => sum + value * Math.sqrt(2 * n + 1) * legendre(n, 2 * t - 1), 0);
      expect(Math.abs(read - wave(t))).toBeLessThan(0.05);
    }
  });
  test("gradients of a discrete model, and shapes that do not fit", async () => {
    const read = (method: "zeroOrderHold" | "bilinear") => (...[A, B, C, x]: Tensor[]): Tensor =>
      linalg.simulate(linalg.discretize({ A, B }, 0.3, method), C, x);
    await gradcheck(read("zeroOrderHold"), [noise(2, 2), noise(2), noise(2), noise(4)]);
    await gradcheck(read("bilinear"), [noise(2, 2), noise(2), noise(2), noise(4)]);
    expect(() => linalg.discretize({ A: noise(3, 3), B: noise(2) }, 1)).toThrow(/must be \(n, n\) and \(n\)/);
    expect(() => linalg.hippo(0)).toThrow(/a state of 0/);
  });
});

test("fftConvolve is scipy's, with gradients", async () => {
  const [a, b, full] = [fixture.convolution.a, fixture.convolution.b, fixture.convolution.full].map(unpack);
  close(linalg.fftConvolve(a, b), full);
  await gradcheck(linalg.fftConvolve, [noise(2, 3), noise(4)]);
  expect(() => linalg.fftConvolve(noise(2, 0), noise(3))).toThrow(/no numbers/);
});

describe("the attention of RWKV", () => {
  /** The formula as it stands, in plain numbers. */
  function plain(k: number[][], v: number[][], w: number[], u: number[]): number[] {
    return k.flatMap((now, t) => now.map((key, d) => {
      let above = Math.exp(u[d] + key) * v[t][d], below = Math.exp(u[d] + key);
      for (let j = 0; j < t; j++) {
        const weight = Math.exp(k[j][d] + (t - 1 - j) * w[d]);
        above += weight * v[j][d];
        below += weight;
      }
      return above / below;
    }));
  }
  const k = noise(2, 9, 3), v = noise(2, 9, 3), w = tensor([-0.1, -1, -3], { dtype: "f64" }), u = noise(3);
  test("is the weighted mean of the paper, at once and step by step", () => {
    const y = F.wkv(k, v, w, u);
    const [keys, values] = [k, v].map((x) => x.arraySync() as number[][][]);
    const want = keys.flatMap((rows, b) => plain(rows, values[b], [...w.dataSync()], [...u.dataSync()]));
    close(y, tensor(Float64Array.from(want), { shape: [2, 9, 3] }));
    let state = F.wkvStart(2, 3);
    for (let t = 0; t < 9; t++) {
      const made = F.wkvStep(k.select(1, t), v.select(1, t), w, u, state);
      close(made.y, y.select(1, t), 1e-6);
      state = made.state;
    }
  });
  test("overflows for no keys, and forgets no early ones", () => {
    const large = tensor(Float32Array.from([300, -300, 500, 0, -400, 499]), { shape: [1, 6, 1] });
    const values = tensor(Float32Array.from([1, 2, 3, 4, 5, 6]), { shape: [1, 6, 1] });
    const y = F.wkv(large, values, tensor([-1]), tensor([0])).dataSync();
    // 500 - 2 of the third against 499 of the last: e^-2 / (e^-2 + e^-1 ...) by hand.
    const last = (3 * Math.exp(498) + 6 * Math.exp(499)) / (Math.exp(498) + Math.exp(499));
    expect(Array.from(y.slice(0, 5))).toEqual([1, 1, 3, 3, 3]);
    expect(y[5]).toBeCloseTo(last, 5);
  });
  test("gradients, and inside compile", async () => {
    await gradcheck(F.wkv, [...[k, v].map((x) => x.narrow(0, 0, 1).narrow(1, 0, 5)), w, u], { elements: 4 });
    const x = tensor(Float32Array.from({ length: 14 }, (_, i) => Math.sin(i)), { shape: [1, 7, 2] });
    const [decay, bonus] = [tensor([-0.5, -2]), tensor([0.1, 0.2])];
    close(compile((a: Tensor) => F.wkv(a, a, decay, bonus))(x), F.wkv(x, x, decay, bonus), 1e-6);
  });
  test("shapes that do not fit are named", () => {
    expect(() => F.wkv(k, v, noise(2), u)).toThrow(/\(channels\) twice/);
  });
});

describe("linear attention", () => {
  const q = noise(2, 7, 2, 3), k = noise(2, 7, 2, 3), v = noise(2, 7, 2, 4);
  const logDecay = tensor([-0.2, -1], { dtype: "f64" });
  test("is a masked product, in chunks of any length and step by step", () => {
    const fade = logDecay.reshape([2, 1, 1]).mul(tensor(Float64Array.from({ length: 49 },
      (_, i) => Math.max(0, Math.floor(i / 7) - i % 7)), { shape: [7, 7] })).exp().tril();
    const [Q, K, V] = [q, k, v].map((x) => x.transpose(1, 2));
    const want = Q.matmul(K.transpose(2, 3)).mul(fade).matmul(V).transpose(1, 2);
    for (const chunk of [1, 2, 3, 7, 64]) close(F.linearAttention(q, k, v, { logDecay, chunk }), want);
    let state = tensor(new Float64Array(48), { shape: [2, 2, 3, 4] });
    for (let t = 0; t < 7; t++) {
      const made = F.linearAttentionStep(q.select(1, t), k.select(1, t), v.select(1, t), state, logDecay);
      close(made.y, want.select(1, t));
      state = made.state;
    }
  });
  test("gradients, and shapes that do not fit", async () => {
    for (const chunk of [2, 64]) {
      const few = [q, k, v].map((x) => x.narrow(0, 0, 1).narrow(1, 0, 4));
      await gradcheck((a, b, c, d) => F.linearAttention(a, b, c, { logDecay: d, chunk }), [...few, logDecay],
        { elements: 4 });
    }
    expect(() => F.linearAttention(q, noise(2, 7, 2, 2), v)).toThrow(/q and k alike/);
  });
});
