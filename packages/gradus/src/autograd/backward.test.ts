import { beforeAll, describe, expect, test } from "vitest";
import {
  amax, backward, createReferenceBackend, detach, grad, maximum, minimum, mul, noGrad, prod, scan, setBackend, square,
    sum,
  tensor, tanh, add, type Tensor,
} from "../index.ts";
import { ShapeError, UsageError } from "../vocab/errors.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const leaf = (...numbers: number[]): Tensor => tensor(numbers, { dtype: "f64", requiresGrad: true });
const numbers = (x: Tensor | null): number[] | null => (x === null ? null : [...x.dataSync()]);

describe("backward", () => {
  test("adds to what is there, as in PyTorch", () => {
    const x = leaf(1, 2, 3);
    backward(sum(square(x)));
    backward(sum(mul(x, 10)));
    expect(numbers(x.grad)).toEqual([12, 14, 16]);
  });
  test("sums over all ways to a value", () => {
    const x = leaf(3);
    const y = square(x);
    backward(sum(add(mul(y, y), y)));
    expect(numbers(x.grad)).toEqual([4 * 27 + 6]);
  });
  test("needs one number, or the gradient that arrives", () => {
    const x = leaf(1, 2);
    expect(() => backward(square(x))).toThrow(ShapeError);
    backward(square(x), { gradient: tensor([1, -1], { dtype: "f64" }) });
    expect(numbers(x.grad)).toEqual([2, -4]);
  });
  test("releases what was saved, unless asked to keep it", () => {
    const x = leaf(2);
    const y = sum(square(x));
    backward(y, { retainGraph: true });
    backward(y);
    expect(numbers(x.grad)).toEqual([8]);
    expect(() => backward(y)).toThrow(/released by an earlier backward; pass \{ retainGraph: true \}/);
  });
  test("has nothing to follow without gradients", () => {
    const x = leaf(2);
    expect(() => backward(sum(noGrad(() => square(x))))).toThrow(UsageError);
    expect(() => backward(sum(square(detach(x))))).toThrow(/nothing this tensor was computed from/);
    expect(() => noGrad(() => Promise.resolve(1))).toThrow(UsageError);
  });
});

describe("grad", () => {
  test("gives null where the output does not depend on an input", () => {
    const [x, y] = [leaf(2), leaf(3)];
    expect(grad(sum(square(x)), [x, y]).map(numbers)).toEqual([[4], null]);
    expect([x.grad, y.grad]).toEqual([null, null]);
  });
  test("of values in the middle", () => {
    const x = leaf(2);
    const y = square(x);
    expect(grad(sum(square(y)), [y, x]).map(numbers)).toEqual([[8], [32]]);
  });
  test("again and again with createGraph", () => {
    const x = leaf(2);
    let y = mul(square(x), square(x));
    const found: number[] = [];
    for (let order = 1; order <= 4; order++) {
      y = grad(sum(y), [x], { createGraph: true })[0]!;
      found.push(...y.dataSync());
    }
    expect(found).toEqual([32, 48, 48, 24]);
  });
});

describe("rules", () => {
  test("equal elements share the gradient of an extreme", () => {
    const x = leaf(1, 3, 3, 2);
    expect(numbers(grad(amax(x), [x])[0])).toEqual([0, 0.5, 0.5, 0]);
    const [a, b] = [leaf(1, 5, 3), leaf(2, 4, 3)];
    expect(grad(sum(maximum(a, b)), [a, b]).map(numbers)).toEqual([[0, 1, 0.5], [1, 0, 0.5]]);
    expect(grad(sum(minimum(a, b)), [a, b]).map(numbers)).toEqual([[1, 0, 0.5], [0, 1, 0.5]]);
  });
  test("a product with zeros, to second order", () => {
    const x = leaf(2, 0, 3);
    const [g] = grad(prod(x), [x], { createGraph: true });
    expect(numbers(g)).toEqual([0, 6, 0]);
    // d/dx of the gradient for x[0], x[1] x[2]: 0, x[2], x[1].
    expect(numbers(grad(sum(mul(g!, tensor([1, 0, 0], { dtype: "f64" }))), [x])[0])).toEqual([0, 3, 0]);
    const zeros = leaf(0, 0, 5);
    expect(numbers(grad(prod(zeros), [zeros])[0])).toEqual([0, 0, 0]);
  });
  test("the second derivative of a loop is that of its steps written out", () => {
    const [x, h0] = [tensor([0.3, -0.2, 0.5], { dtype: "f64", requiresGrad: true }),
      tensor(0.1, { dtype: "f64", requiresGrad: true })];
    const step = (h: Tensor, u: Tensor): Tensor => tanh(add(mul(h, 0.7), u));
    const second = (y: Tensor): (number[] | null)[] => {
      const [gx, gh] = grad(y, [x, h0], { createGraph: true });
      return grad(add(sum(square(gx!)), gh!), [x, h0]).map(numbers);
    };
    const looped = second(scan([h0], [x], [], ([h], [u]) => ({ carries: [step(h, u)], results: [] })).carries[0]);
    const unrolled = second([0, 1, 2].reduce((h, t) => step(h, x.select(0, t)), h0));
    looped.forEach((list, i) => list!.forEach((value, k) => { expect(value).toBeCloseTo(unrolled[i]![k], 12); }));
  });
});
