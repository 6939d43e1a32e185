import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  add, compile, createReferenceBackend, eye, gradcheck, linalg, matmul, mul, narrow, select, setBackend, square, sub,
  sum, tensor, transpose, unsqueeze, type Tensor,
} from "../index.ts";
import { close, unpack, type Packed } from "../nn/oracle.fixture.ts";

setBackend(createReferenceBackend());

interface Case {
  readonly name: string;
  readonly inputs: readonly Packed[];
  readonly rest: readonly unknown[];
  readonly outputs: readonly Packed[];
}
const FIXTURE = new URL("../../../../tools/oracle/fixtures/linalg.json", import.meta.url);
const cases = JSON.parse(readFileSync(FIXTURE, "utf8")) as Case[];

/** Within 1e-10 of the largest number. */
function near(got: Tensor, want: Tensor, what: string): void {
  expect(got.shape, what).toEqual(want.shape);
  const a = got.dataSync(), b = want.dataSync(), largest = Math.max(1e-3, ...Array.from(b, Math.abs));
  a.forEach((v, i) => { expect(Math.abs(v - b[i]), what).toBeLessThanOrEqual(1e-10 * largest); });
}
const orthonormal = (q: Tensor): void => {
  near(matmul(transpose(q), q), eye(q.shape[1], q.shape[1], "f64"), "columns are orthonormal");
};
/** What must hold of factors, whatever their signs. */
const IDENTITIES: Readonly<Record<string, (a: Tensor, parts: readonly Tensor[]) => void>> = {
  qr: (a, [q, r]) => {
    orthonormal(q);
    near(matmul(q, r), a, "q r = a");
    near(r, r.triu(), "r is upper triangular");
  },
  svd: (a, [u, s, v]) => {
    orthonormal(u);
    orthonormal(v);
    near(matmul(mul(u, s), transpose(v)), a, "u s v^T = a");
  },
  lu: (a, [p, l, u]) => { near(matmul(p, matmul(l, u)), a, "p l u = a"); },
  cholesky: (a, [l]) => { near(matmul(l, transpose(l)), a, "l l^T = a"); },
  eigh: (a, [values, vectors]) => {
    orthonormal(vectors);
    near(matmul(a, vectors), mul(vectors, values), "a v = v w");
  },
  eig: (a, [values, vectors]) => {
    const [x, y] = [select(values, -1, 0), select(values, -1, 1)];
    const [p, q] = [select(vectors, -1, 0), select(vectors, -1, 1)];
    near(matmul(a, p), sub(mul(p, x), mul(q, y)), "real part of a v = v w");
    near(matmul(a, q), add(mul(p, y), mul(q, x)), "imaginary part of a v = v w");
    near(sum(add(square(p), square(q)), 0), tensor(new Float64Array(a.shape[0]).fill(1)), "length 1");
  },
};
/** Complex numbers (n, 2) by real part, then by imaginary part. */
const sorted = (z: Tensor): Tensor => {
  const rows = z.arraySync() as number[][];
  const round = (v: number): number => Math.round(v * 1e7);
  return tensor([...rows].sort((a, b) => round(a[0]) - round(b[0]) || round(a[1]) - round(b[1])), { dtype: "f64" });
};

describe("linear algebra equals numpy's and scipy's in float64", () => {
  cases.forEach(({ name, inputs, rest, outputs }, i) => {
    test(`${i} ${name} ${inputs.map((x) => x.shape.join("x")).join(", ")} ${JSON.stringify(rest)}`, () => {
      const f = Reflect.get(linalg, name) as (...all: unknown[]) => Tensor | readonly Tensor[];
      const given = inputs.map(unpack), made = f(...given, ...rest);
      const parts = Array.isArray(made) ? made as readonly Tensor[] : [made as Tensor];
      IDENTITIES[name]?.(given[0], parts);
      // A double eigenvalue of a defective matrix is known to half the digits.
      const defective = name === "eig" && i === cases.findIndex((c) => c.name === "eig" && c.inputs[0].shape[0] === 2);
      outputs.forEach((packed, k) => {
        const got = name === "eig" ? sorted(parts[k]) : parts[k].cast("f64");
        if (defective) near(mul(got, 1e-3), mul(unpack(packed), 1e-3), "value");
        else near(got, unpack(packed), `result ${k}`);
      });
    });
  });
});

describe("gradients equal differences", () => {
  const a = tensor([[2, 0.3, -0.5], [0.1, 1.5, 0.4], [0.7, -0.2, 1]], { dtype: "f64" });
  const tall = tensor([[1, 0.2, 0.5], [0.3, -1, 0.1], [0.4, 0.6, 2], [-0.7, 0.2, 0.3]], { dtype: "f64" });
  const b = tensor([[1, 2], [0.5, -1], [0.2, 0.3]], { dtype: "f64" });
  const symmetric = (x: Tensor): Tensor => add(x, transpose(x));
  const positive = (x: Tensor): Tensor => add(matmul(x, transpose(x)), eye(3, 3, "f64"));
  const smooth: [string, (...x: Tensor[]) => Tensor | readonly Tensor[], readonly Tensor[], number][] = [
    ["solve", linalg.solve, [a, b], 2], ["inv", linalg.inv, [a], 2], ["det", linalg.det, [a], 2],
    ["slogdet", (x) => linalg.slogdet(x)[1], [a], 2],
    ["solveTriangular", (x, y) => linalg.solveTriangular(x, y), [a, b], 2],
    ["solveTriangular, upper", (x, y) => linalg.solveTriangular(x, y, { upper: true }), [a, b], 1],
    ["cholesky", (x) => linalg.cholesky(positive(x)), [a], 2], ["lu", (x) => linalg.lu(x).slice(1), [a], 2],
    ["qr", linalg.qr, [tall], 2], ["eigh", (x) => linalg.eigh(symmetric(x))[0], [a], 2],
    ["eigh, vectors", (x) => square(linalg.eigh(symmetric(x))[1]), [a], 1],
    ["svd", linalg.svdvals, [tall], 2],
    ["svd, vectors", (x) => { const [u, s, v] = linalg.svd(x); return [square(u), s, square(v)]; }, [tall], 1],
    ["svd, wide", (x) => { const [u, s, v] = linalg.svd(transpose(x)); return [square(u), s, square(v)]; }, [tall], 1],
    ["pinv", (x) => linalg.pinv(x), [tall], 1], ["lstsq", (x) => linalg.lstsq(x, narrow(tall, 1, 0, 2)), [tall], 1],
    ["matrixNorm", (x) => linalg.matrixNorm(x, "nuc"), [tall], 1], ["expm", (x) => linalg.expm(x), [a], 2],
    ["matrixPower", (x) => linalg.matrixPower(x, -3), [a], 1], ["lowRank", (x) => linalg.lowRank(x, 1), [tall], 1],
    ["fft2", (x) => linalg.fft2(unsqueeze(x, -1).expand([4, 3, 2])), [tall], 2], ["rfft", linalg.rfft, [tall], 1],
    ["irfft", (x) => linalg.irfft(narrow(x, 1, 0, 2), 6), [tall], 1],
  ];
  for (const [name, f, inputs, order] of smooth) {
    test(`${name} to order ${order}`, async () => { await gradcheck(f, inputs, { order, tolerance: 1e-5 }); });
  }
});

describe("linalg", () => {
  test("Fourier transforms, powers and exponentials can be compiled; what needs numbers says so", () => {
    const x = tensor([[1, 2, 3, 4], [0, 1, 0, -1]], { dtype: "f64" });
    close(compile(linalg.rfft)(x), packedOf(linalg.rfft(x)), "rfft");
    const a = tensor([[0.1, 1], [-1, 0.2]], { dtype: "f64" });
    near(compile((y: Tensor) => linalg.expm(y, { squarings: 4 }))(a), linalg.expm(a), "expm");
    near(compile((y: Tensor) => linalg.matrixPower(y, 6))(a), linalg.matrixPower(a, 6), "matrixPower");
    expect(() => compile(linalg.inv)(a)).toThrow(/outside of compile/);
    expect(() => compile((y: Tensor) => linalg.expm(y))(a)).toThrow(/squarings/);
  });
  test("wrong matrices are explained", () => {
    const flat = tensor([[1, 2], [2, 4]]);
    expect(() => linalg.inv(flat)).toThrow(/singular.*lstsq or pinv/);
    expect(() => linalg.cholesky(tensor([[1, 2], [2, 1]]))).toThrow(/not positive definite/);
    expect(() => linalg.det(tensor([[1, 2, 3], [4, 5, 6]]))).toThrow(/2 x 3; it must be square/);
    expect(() => linalg.svd(tensor([1, 2]))).toThrow(/needs two axes/);
    expect(() => linalg.solve(flat, tensor([1, 2, 3]))).toThrow(/as many rows/);
    expect(() => linalg.fft(tensor([1, 2, 3]))).toThrow(/not complex/);
    expect(Math.abs(linalg.det(flat).itemSync())).toBe(0);
  });
  test("rank, and the nearest matrix of low rank", () => {
    const a = matmul(tensor([[1], [2], [3]]), tensor([[1, -1]]));
    expect(linalg.matrixRank(a).itemSync()).toBe(1);
    expect(sum(square(sub(linalg.lowRank(a, 1), a))).itemSync()).toBeLessThan(1e-10);
  });
});
const packedOf = (x: Tensor): Packed => ({
  dtype: "f64", shape: x.shape, data: Buffer.from(Float64Array.from(x.dataSync()).buffer).toString("base64"),
});
