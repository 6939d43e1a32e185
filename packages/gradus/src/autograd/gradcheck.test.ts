import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, setBackend, tensor } from "../index.ts";
import { apply } from "../ops/composite.ts";
import { exp, floor, mul, sin, square } from "../ops/elementwise.ts";
import { take } from "../ops/indexing.ts";
import { linear } from "../ops/contract.ts";
import { sum } from "../ops/reduce.ts";
import type { CompositeDefinition } from "../ir/op.ts";
import { gradcheck } from "./gradcheck.ts";

beforeAll(() => setBackend(createReferenceBackend()));

/** x^2 with a gradient of choice. */
const squareWith = (vjp: CompositeDefinition["vjp"]): CompositeDefinition => ({
  name: "square", body: ([x]) => square(x), vjp,
});

describe("gradcheck", () => {
  test("accepts right gradients to second order, of several inputs and outputs", async () => {
    const x = tensor([[0.3, -1.2, 2], [0.1, 0.7, -0.4]]), w = tensor([[1, 2, 3], [-1, 0.5, 0.2]]), b = tensor([0.3, 1]);
    await gradcheck((a, c, d) => [sin(linear(a, c, d)), exp(sum(mul(a, c), 0))], [x, w, b], { order: 2 });
  });
  test("passes integer inputs through", async () => {
    await gradcheck((x, index) => square(take(x, index)), [tensor([1, 2, 3]), tensor([2, 0, 2], { dtype: "i32" })],
      { order: 2 });
  });
  test("names input, element and both numbers where the gradient is wrong", async () => {
    const wrong = squareWith(([x], _, [g]) => [mul(g!, x)]);
    await expect(gradcheck((x) => sum(apply(wrong, [x])), [tensor([[1, 2], [3, 4]])]))
      .rejects.toThrow(/order 1, input 0 of shape \[2, 2\], element \[0, 0\]: .* says 0\.989\d*, .* say 1\.978/);
  });
  test("finds a wrong second derivative behind a right first one", async () => {
    // floor has derivative 0, so that the gradient 2x looks constant in x.
    const flat = squareWith(([x], _, [g]) => [mul(g!, mul(floor(x), 2))]);
    const whole = tensor([1, 2, 3]);
    await gradcheck((x) => apply(squareWith(undefined), [x]), [whole], { order: 2 });
    await expect(gradcheck((x) => apply(flat, [x]), [tensor([1.5])])).rejects.toThrow(/order 1/);
    const constant = squareWith(([x], _, [g]) => [mul(g!, mul(x.detach(), 2))]);
    await expect(gradcheck((x) => apply(constant, [x]), [whole], { order: 2 })).rejects.toThrow(/order 2, input 0/);
  });
  test("large inputs are checked along random directions", async () => {
    const x = tensor(Float32Array.from({ length: 100 }, (_, i) => Math.sin(i)));
    await gradcheck((y) => square(y), [x], { order: 2 });
    const wrong = squareWith(([y], _, [g]) => [mul(g!, y)]);
    await expect(gradcheck((y) => apply(wrong, [y]), [x])).rejects.toThrow(/random direction 0/);
  });
  test("leaves its inputs as they are, and has nothing to say without floating point", async () => {
    const x = tensor([1, 2]);
    await gradcheck((y) => square(y), [x]);
    expect([x.requiresGrad, x.grad]).toEqual([false, null]);
    await expect(gradcheck((y) => y, [tensor([1], { dtype: "i32" })])).rejects.toThrow(/none of the inputs/);
  });
});
